/** The OpenAPI document at /api/openapi.json, made from the schemas that also check requests and answers. */
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import * as api from '../contract/api.js';
import * as config from '../contract/config.js';
import * as entities from '../contract/entities.js';
import { type ErrorCode, errorCatalogue, errorCodes } from '../contract/errors.js';
import { fill, messagesOf } from '../contract/messages/translate.js';
import type { App } from './app.js';

export const tags = {
  datasets: 'CSV files, stored once by their hash',
  workflows: 'Chains of steps from a CSV to a model',
  artifacts: 'Files that a workflow leaves',
  operations: 'Queues, tasks and workers, for operators',
  service: 'Is the server alive, and what it depends on',
} as const;

/** Schemas that the document names once and refers to. */
const components = {
  Problem: api.Problem,
  Dataset: entities.Dataset,
  DatasetList: api.DatasetList,
  DatasetProfile: entities.DatasetProfile,
  DatasetPreview: entities.DatasetPreview,
  Workflow: entities.Workflow,
  WorkflowSummary: entities.WorkflowSummary,
  WorkflowList: api.WorkflowList,
  WorkflowConfig: config.WorkflowConfig,
  WorkflowCreate: api.WorkflowCreate,
  WorkflowCompose: api.WorkflowCompose,
  Step: entities.Step,
  StepList: api.StepList,
  Metric: entities.Metric,
  MetricList: api.MetricList,
  LogLine: entities.LogLine,
  LogList: api.LogList,
  TrainingResult: entities.TrainingResult,
  Artifact: entities.Artifact,
  Dialect: config.Dialect,
  Preprocessing: config.Preprocessing,
  LiveEvent: api.LiveEvent,
  Health: api.Health,
  Readiness: api.Readiness,
};
for (const [id, schema] of Object.entries(components)) {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id });
}
z.globalRegistry.add(api.Problem, { id: 'Problem', description: describeCodes() });

/** A JSON answer with what it means. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** An answer without a body. */
export const nothing = (description: string): z.ZodUndefined => z.undefined().describe(description);

/** Response schemas of the errors that a route may answer with, by status. */
export function problems(...codes: ErrorCode[]): Record<number, ProblemResponse> {
  const byStatus: Record<number, ErrorCode[]> = {};
  for (const code of codes) {
    const { status } = errorCatalogue[code];
    byStatus[status] = [...(byStatus[status] ?? []), code];
  }
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, list]) => [
      status,
      { description: list.join(', '), content: { 'application/problem+json': { schema: api.Problem } } },
    ]),
  );
}
/** What reading the head of a file may end in. */
export const readingProblems = [
  'CSV_EMPTY',
  'CSV_HEADER_ONLY',
  'CSV_ONE_COLUMN',
  'CSV_TOO_FEW_ROWS',
  'CSV_RAGGED',
  'CSV_BINARY',
  'CSV_ENCODING',
  'CSV_QUOTE_UNTERMINATED',
  'CSV_RECORD_TOO_LONG',
] as const satisfies ErrorCode[];

interface ProblemResponse {
  description: string;
  content: { 'application/problem+json': { schema: typeof api.Problem } };
}

/** Registers the document and its readable page; before the routes, which it collects. */
export async function describeApi(app: App, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Zincir', version, description: introduction, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/' }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => {
      const complete = jsonSchemaTransformObject(document);
      if ('components' in complete) dropUnused(complete, complete.components?.schemas ?? {});
      return complete;
    },
  });
  await app.register(fastifySwaggerUi, {
    routePrefix: '/api/docs',
    theme: {
      title: 'Zincir API',
      // The bar holds another project's sign and a field for other documents.
      css: [{ filename: 'theme.css', content: '.swagger-ui .topbar { display: none }' }],
    },
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true },
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

/** Each registered schema is offered as it is read and as it is written; only one of the two is used by most. */
function dropUnused(document: object, schemas: Record<string, unknown>): void {
  const used = new Set(['Problem', 'LiveEvent']);
  const visit = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name] ?? null);
    }
  };
  visit({ ...document, components: null });
  for (const name of [...used]) visit(schemas[name] ?? null);
  for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
}

const introduction = [
  'A CSV goes in, a chain of recorded steps runs in the background, and a model that opens in scikit-learn and ONNX Runtime comes out.',
  '',
  'Times are ISO 8601 in UTC. Texts follow `Accept-Language` (en, tr). Every error is a problem document (RFC 9457,',
  '`application/problem+json`); scripts branch on its `code`, and the schema `Problem` at the end lists them all.',
].join('\n');

/** What each code means, as a table below the schema of the problem document. */
function describeCodes(): string {
  const { errors } = messagesOf('en');
  const cell = (text: string) => fill('en', text).replaceAll('|', '\\|');
  const rows = errorCodes.map((code) => {
    const { message, hint } = errors[code];
    return `| ${code} | ${errorCatalogue[code].status} | ${cell(message)} | ${cell(hint)} |`;
  });
  return ['| code | status | what happened | what to do |', '|---|---|---|---|', ...rows].join('\n');
}
