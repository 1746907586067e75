/** A way to an HTTP server on which a test can see, refuse and cut requests. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request: passed on, answered with a status, or cut after so many bytes of the answer. */
type Fate = 'pass' | { status: number } | { cutAfter: number };

export interface HttpProxy {
  port: number;
  /** Method and address of each request, in order. */
  seen: string[];
  decide: (line: string, headers: IncomingMessage['headers']) => Fate;
  stop(): Promise<void>;
}

export async function startHttpProxy(to: { port: number }): Promise<HttpProxy> {
  const proxy: HttpProxy = { port: 0, seen: [], decide: () => 'pass', stop };
  const server = createServer((incoming, answer) => {
    const line = `${incoming.method} ${incoming.url}`;
    proxy.seen.push(line);
    const fate = proxy.decide(line, incoming.headers);
    if (fate !== 'pass' && 'status' in fate) {
      incoming.resume();
      answer.writeHead(fate.status).end();
      return;
    }
    const onward = request({
      port: to.port,
      host: '127.0.0.1',
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    });
    onward.on('error', () => answer.destroy());
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      if (fate === 'pass') {
        response.pipe(answer);
        return;
      }
      let left = fate.cutAfter;
      response.on('data', (chunk: Buffer) => {
        if (left <= 0) return;
        answer.write(chunk.subarray(0, left), () => {
          if (left <= 0) answer.destroy();
        });
        left -= chunk.length;
      });
    });
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.port = (server.address() as AddressInfo).port; // A TCP server that listens has one.
  return proxy;

  async function stop() {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}
