import {
  type WorkerAction,
  WorkerActionRequest,
  WorkerCommand,
  WorkerParams,
  workerActions,
} from '../../contract/operations.js';
import { languageOf, type Route } from '../app.js';
import { json, problems } from '../openapi.js';

const summaries: Record<WorkerAction, string> = {
  grow: 'Give a worker more slots',
  shrink: 'Take slots from a worker',
  quiet: 'Let a worker take nothing new',
  resume: 'Let a worker take steps again',
  shutdown: 'Let a worker hand back its steps and end',
};

/** What can be asked of a worker: one route each, alike but for the word. */
export const workerCommands: Route = (app, { engine }) => {
  for (const action of workerActions) {
    app.post(
      `/api/workers/:name/${action}`,
      {
        schema: {
          summary: summaries[action],
          description:
            'The worker is told, and answers by itself, mostly within a second: look for the `id` among its `commands`.',
          operationId: `${action}Worker`,
          tags: ['operations'],
          params: WorkerParams,
          body: WorkerActionRequest.optional(),
          response: {
            202: json(WorkerCommand, 'Told'),
            ...problems('REQUEST_INVALID', 'REQUEST_NOT_JSON', 'WORKER_NOT_FOUND', 'WORKER_OFFLINE'),
          },
        },
      },
      async (request, reply) => {
        const { slots } = WorkerActionRequest.parse(request.body ?? {});
        const command = await engine.workers.ask(request.params.name, action, slots, languageOf(request));
        return reply.code(202).send(command);
      },
    );
  }
};
