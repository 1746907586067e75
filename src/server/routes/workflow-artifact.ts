import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { IdParams } from '../../contract/api.js';
import { type ArtifactName, artifactNames } from '../../contract/entities.js';
import { AppError } from '../../contract/errors.js';
import type { ArtifactFile } from '../../engine/engine.js';
import type { Route } from '../app.js';
import { chooseRange, namesTag } from '../byte-range.js';
import { nothing, problems } from '../openapi.js';

const mediaTypes: Record<ArtifactName, string> = {
  'model.joblib': 'application/octet-stream',
  'model.onnx': 'application/octet-stream',
  'processed.pkl': 'application/octet-stream',
  'metrics.csv': 'text/csv; charset=utf-8',
  'report.json': 'application/json; charset=utf-8',
};
const mediaTypeOf = (name: string): string =>
  Object.entries(mediaTypes).find(([known]) => known === name)?.[1] ?? 'application/octet-stream';

const bytes = { content: { 'application/octet-stream': { schema: z.custom<Readable>() } } };

export const workflowArtifact: Route = (app, { engine }) => {
  const params = IdParams.extend({ name: z.string().describe(artifactNames.join(', ')) });
  const schema = {
    summary: 'A file that the workflow left',
    description: 'One range of bytes a request; the ETag is the sha256 of the file.',
    operationId: 'downloadArtifact',
    tags: ['artifacts'],
    params,
    response: {
      200: { description: 'The file', ...bytes },
      206: { description: 'The part of it that was asked for', ...bytes },
      304: nothing('The client has it already'),
      ...problems(
        'REQUEST_INVALID',
        'WORKFLOW_NOT_FOUND',
        'ARTIFACT_NOT_FOUND',
        'ARTIFACT_NOT_READY',
        'RANGE_NOT_SATISFIABLE',
      ),
    },
  };
  const url = '/api/workflows/:id/artifacts/:name';
  app.get(url, { schema, exposeHeadRoute: false }, async (request, reply) => {
    const { id, name } = request.params;
    return sendFile(await engine.workflows.artifact(id, name), request, reply);
  });
  app.head(url, { schema: { params, hide: true } }, async (request, reply) => {
    const { id, name } = request.params;
    return sendFile(await engine.workflows.artifact(id, name), request, reply);
  });
};

function sendFile(file: ArtifactFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { sizeBytes, sha256, name } = file;
  const etag = `"${sha256}"`;
  const { headers, method } = request;
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    // A retry may write the file anew, so a copy is asked after before it is used.
    .header('cache-control', 'private, no-cache');
  if (namesTag(headers['if-none-match'], etag)) return reply.code(304).send();

  const ifRange = headers['if-range'];
  const asked = ifRange === undefined || ifRange === etag ? headers.range : undefined;
  // A range is a matter of GET alone.
  const range = chooseRange(method === 'GET' ? asked : undefined, sizeBytes);
  if (range.kind === 'unsatisfiable') {
    reply.header('content-range', `bytes */${sizeBytes}`).removeHeader('etag');
    throw new AppError('RANGE_NOT_SATISFIABLE', { range: headers.range ?? '', sizeBytes });
  }
  reply.type(mediaTypeOf(name)).header('content-disposition', `attachment; filename="${name}"`);
  if (range.kind === 'whole') {
    reply.header('content-length', sizeBytes);
    return method === 'HEAD' ? reply.send() : reply.send(file.open());
  }
  const { start, length } = range;
  return reply
    .code(206)
    .header('content-range', `bytes ${start}-${start + length - 1}/${sizeBytes}`)
    .header('content-length', length)
    .send(file.open({ start, length }));
}
