/** A collector of traces: takes OTLP over HTTP as JSON and keeps the spans. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { z } from 'zod';

const Value = z.union([
  z.object({ stringValue: z.string() }),
  z.object({ intValue: z.union([z.number(), z.string()]) }),
  z.object({ doubleValue: z.number() }),
  z.object({ boolValue: z.boolean() }),
  z.looseObject({}),
]);
const Attributes = z.array(z.object({ key: z.string(), value: Value }));
const Export = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string().length(32),
              spanId: z.string().length(16),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.int(),
              startTimeUnixNano: z.string(),
              endTimeUnixNano: z.string(),
              attributes: Attributes,
              status: z.looseObject({ code: z.int().optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
});

export interface CollectedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  /** As the protocol counts them: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  failed: boolean;
  startMs: number;
  endMs: number;
  values: Record<string, unknown>;
  /** Of the process that sent it. */
  resource: Record<string, unknown>;
}

export interface Collector {
  url: string;
  spans: CollectedSpan[];
  close(): void;
}

const valuesOf = (attributes: z.infer<typeof Attributes>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      if (request.method !== 'POST' || request.url !== '/v1/traces') return void response.writeHead(404).end();
      for (const { resource, scopeSpans } of Export.parse(JSON.parse(body)).resourceSpans) {
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          const { name, traceId, spanId, kind, parentSpanId = '' } = span;
          spans.push({
            name,
            traceId,
            spanId,
            kind,
            parentSpanId: parentSpanId === '' ? null : parentSpanId,
            failed: span.status.code === 2,
            startMs: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
            endMs: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
            values: valuesOf(span.attributes),
            resource: valuesOf(resource.attributes),
          });
        }
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    spans,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
