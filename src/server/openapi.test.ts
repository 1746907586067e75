import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestServer, type TestServer } from '../../test/support/server.js';
import { errorCatalogue, errorCodes } from '../contract/errors.js';
import { fill, messagesOf } from '../contract/messages/translate.js';
import { tags } from './openapi.js';

const Operation = z.looseObject({
  summary: z.string().min(5),
  operationId: z.string(),
  tags: z.array(z.string()).min(1),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content: z.record(z.string(), z.object({ schema: z.unknown() })).optional() }),
  ),
});
const Document = z.object({
  openapi: z.string(),
  info: z.object({ description: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({
    schemas: z.record(z.string(), z.unknown()).and(
      z.object({
        Problem: z.object({
          description: z.string(),
          properties: z.object({ code: z.object({ enum: z.array(z.string()) }) }),
        }),
      }),
    ),
  }),
});

let server: TestServer;
let document: z.infer<typeof Document>;
beforeAll(async () => {
  server = await startTestServer();
  document = Document.parse(await (await fetch(`${server.url}/api/openapi.json`)).json());
});
afterAll(() => server.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );

describe('the OpenAPI document', () => {
  it('is of version 3.1 and names every route of the contract that is served', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(
      operations()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(
      [
        'DELETE /api/datasets/{id}',
        'DELETE /api/session',
        'GET /api/datasets',
        'GET /api/datasets/{id}',
        'GET /api/datasets/{id}/preview',
        'GET /api/datasets/{id}/profile',
        'GET /api/flower',
        'GET /api/queue',
        'GET /api/queue/{name}',
        'GET /api/session',
        'GET /api/tasks',
        'GET /api/tasks/errors',
        'GET /api/tasks/{id}',
        'GET /api/webhooks/deliveries',
        'GET /api/workers',
        'GET /api/workers/history',
        'GET /api/workers/{name}',
        'GET /api/workflows',
        'GET /api/workflows/{id}',
        'GET /api/workflows/{id}/artifacts/{name}',
        'GET /api/workflows/{id}/events',
        'GET /api/workflows/{id}/logs',
        'GET /api/workflows/{id}/metrics',
        'GET /api/workflows/{id}/result',
        'GET /api/workflows/{id}/steps',
        'GET /healthz',
        'GET /metrics',
        'GET /readyz',
        'POST /api/datasets',
        'POST /api/queue/zincir.dead/move',
        'POST /api/queue/{name}/purge',
        'POST /api/session',
        'POST /api/tasks/bulk',
        'POST /api/tasks/{id}/retry',
        'POST /api/tasks/{id}/revoke',
        'POST /api/workers/{name}/grow',
        'POST /api/workers/{name}/quiet',
        'POST /api/workers/{name}/resume',
        'POST /api/workers/{name}/shrink',
        'POST /api/workers/{name}/shutdown',
        'POST /api/workflows',
        'POST /api/workflows/compose',
        'POST /api/workflows/{id}/cancel',
        'POST /api/workflows/{id}/restart',
        'POST /api/workflows/{id}/retry',
        'POST /api/workflows/{id}/run',
      ].sort(),
    );
  });

  it('describes every route: a summary, a known tag, an id of its own, and each answer in words', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { name, operation } of operations()) {
      expect(Object.keys(tags), name).toEqual(expect.arrayContaining(operation.tags));
      const statuses = Object.keys(operation.responses);
      expect(
        statuses.some((status) => status.startsWith('2')),
        name,
      ).toBe(true);
      for (const { description } of Object.values(operation.responses)) {
        expect(description, name).not.toMatch(/^(Default Response)?$/);
      }
    }
  });

  it('answers every error of every route as a problem document under the status of its codes', () => {
    for (const { name, operation } of operations()) {
      for (const [status, response] of Object.entries(operation.responses)) {
        if (Number(status) < 400 || name === 'GET /readyz') continue;
        expect(response.content, name).toEqual({
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        });
        for (const code of response.description.split(', ')) {
          expect(Object.entries(errorCatalogue).find(([known]) => known === code)?.[1].status, `${name} ${code}`).toBe(
            Number(status),
          );
        }
      }
    }
  });

  it('lists the codes of the catalogue in the problem schema and, with texts and status, below it', () => {
    expect(document.components.schemas.Problem.properties.code.enum).toEqual(errorCodes);
    const { errors } = messagesOf('en');
    const rows = document.components.schemas.Problem.description.split('\n').slice(2);
    expect(rows).toEqual(
      errorCodes.map((code) => {
        const { message, hint } = errors[code];
        return `| ${code} | ${errorCatalogue[code].status} | ${fill('en', message)} | ${fill('en', hint)} |`;
      }),
    );
  });

  it('refers to no schema that is missing, and holds none that is unused', () => {
    const text = JSON.stringify(document);
    const referred = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));
    const held = Object.keys(document.components.schemas);
    expect(held).toEqual(expect.arrayContaining([...referred]));
    expect(held.filter((name) => !referred.has(name))).toEqual([]);
  });
});

describe('the readable page', () => {
  it('loads only from this server', async () => {
    const page = await fetch(`${server.url}/api/docs`);
    expect(page.status).toBe(200);
    const html = await page.text();
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    expect(parts.length).toBeGreaterThan(4);
    for (const part of parts) {
      expect(part).toMatch(/^\/api\/docs\/static\//);
      expect((await fetch(`${server.url}${part}`)).status, part).toBe(200);
    }
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
  });
});
