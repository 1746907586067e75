import { IdParams, LiveEvent, LiveQuery } from '../../contract/api.js';
import { languageOf, type Route } from '../app.js';
import { parseCursor, startCursor } from '../events/cursor.js';
import { streamEvents } from '../events/stream.js';
import { nothing, problems } from '../openapi.js';

export const workflowEvents: Route = (app, { hub }) => {
  app.get(
    '/api/workflows/:id/events',
    {
      // A HEAD would open a stream only to drop it.
      exposeHeadRoute: false,
      schema: {
        summary: 'Live events of a workflow (server-sent events)',
        description:
          'Begins with the present state, goes on from `Last-Event-ID` (or `after`), and ends with the final status; ' +
          'a client that has seen it gets 204.',
        operationId: 'watchWorkflow',
        tags: ['workflows'],
        params: IdParams,
        querystring: LiveQuery,
        response: {
          200: {
            description: 'Events `status`, `step`, `metrics` and `log`; `data` is the JSON of the schema’s `data`',
            content: { 'text/event-stream': { schema: LiveEvent } },
          },
          204: nothing('The workflow has ended and nothing is new'),
          ...problems('REQUEST_INVALID', 'WORKFLOW_NOT_FOUND', 'FORBIDDEN_ORIGIN'),
        },
      },
      config: { checkOrigin: true },
    },
    async (request, reply) => {
      const language = request.query.language ?? languageOf(request);
      // On a reconnect the browser repeats the address, so the header is the newer of the two.
      const cursor = parseCursor(lastEventId(request.headers)) ?? parseCursor(request.query.after);
      const watching = await hub.watch(request.params.id, language, cursor ?? startCursor);
      try {
        const news = await watching.feed.news(cursor ?? startCursor);
        if (cursor && news.last && news.summary === null) return await reply.code(204).send();
        reply
          .header('content-type', 'text/event-stream; charset=utf-8')
          .header('cache-control', 'no-cache, no-transform')
          .header('content-language', language)
          // Proxies such as nginx would otherwise hold events back.
          .header('x-accel-buffering', 'no');
        reply.hijack();
        reply.raw.writeHead(200, headersOf(reply.getHeaders()));
        await streamEvents(reply.raw, watching, cursor ?? startCursor);
      } catch (error) {
        if (!reply.sent) throw error;
        request.log.warn({ err: error }, 'live events broke off');
        reply.raw.destroy();
      } finally {
        watching.release();
      }
      return reply;
    },
  );
};

function lastEventId(headers: Record<string, string | string[] | undefined>): string | undefined {
  const value = headers['last-event-id'];
  return typeof value === 'string' ? value : undefined;
}

const headersOf = (headers: Record<string, number | string | string[] | undefined>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
