import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Dataset } from '../../contract/entities.js';
import { created, type Route } from '../app.js';
import { json, problems, readingProblems } from '../openapi.js';
import { drain, openUpload } from '../upload.js';

/** What the form holds, for the document: the body is a stream, checked as it flows. */
const UploadForm = z.object({
  file: z.file().describe('The CSV'),
  name: z.string().max(200).optional().describe('A name for people; default: the name of the file'),
  reading: z
    .string()
    .optional()
    .describe('How to read the file, as JSON such as {"delimiter": ";", "decimal": ","}; what is left out is detected'),
});

export const datasetCreate: Route = (app, { engine, maxUploadBytes }) => {
  app.post(
    '/api/datasets',
    {
      schema: {
        summary: 'Upload a CSV',
        description:
          'The file is streamed to storage and its head is looked at. Bytes that are known already answer 200 with the dataset of that time, detected as it was then: to read it in another way, give `preprocessing.reading` with the workflow.',
        operationId: 'createDataset',
        tags: ['datasets'],
        consumes: ['multipart/form-data'],
        body: UploadForm,
        response: {
          200: json(Dataset, 'The same bytes were uploaded before: the dataset of that time'),
          201: json(Dataset, 'Stored'),
          ...problems(
            'REQUEST_INVALID',
            'UPLOAD_NO_FILE',
            'UPLOAD_INCOMPLETE',
            'UPLOAD_TOO_LARGE',
            'UNSUPPORTED_MEDIA_TYPE',
            ...readingProblems,
            'STORAGE_FULL',
            'STORAGE_UNAVAILABLE',
          ),
        },
      },
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const dataset = await receive(request);
      const location = `/api/datasets/${dataset.id}`;
      if (dataset.duplicate === true) return reply.code(200).header('location', location).send(dataset);
      return created(reply, location).send(dataset);
    },
  );

  async function receive(request: FastifyRequest): Promise<Dataset> {
    try {
      return await engine.datasets.add(await openUpload(request, maxUploadBytes));
    } finally {
      drain(request);
    }
  }
};
