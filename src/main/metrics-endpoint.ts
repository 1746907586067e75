/** Where a process that serves nothing else shows its metrics, and that it lives. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { toAppError } from '../contract/errors.js';
import { expose, expositionType } from '../engine/metrics/exposition.js';
import type { MetricSource } from '../engine/metrics/family.js';
import { listenBy } from './http.js';

export interface MetricsEndpoint {
  url: string;
  close(): Promise<void>;
}

/** @throws AppError `PORT_IN_USE`, `PORT_FORBIDDEN` */
export async function openMetricsEndpoint(
  where: { host: string; port: number },
  sources: readonly MetricSource[],
): Promise<MetricsEndpoint> {
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (path !== '/metrics' && path !== '/healthz') {
      response.writeHead(404).end();
      return;
    }
    if (path === '/healthz') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
      return;
    }
    try {
      const shown = await Promise.all(sources.map((source) => source()));
      response.writeHead(200, { 'content-type': expositionType }).end(expose(shown.flat()));
    } catch (thrown) {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(toAppError(thrown).message);
    }
  });
  const url = await listenBy(server, where, async () => {
    server.listen(where.port, where.host);
    await once(server, 'listening');
  });
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
