/** A client of the HTTP API: every answer is parsed with the schema of the contract. */
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import {
  LogList,
  MetricList,
  Problem,
  type WorkflowCompose,
  type WorkflowCreate,
  WorkflowList,
} from '../contract/api.js';
import type { Dialect } from '../contract/config.js';
import { Dataset, DatasetPreview, type LogLine, type Metric, Workflow } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import type { Language } from '../contract/messages/translate.js';
import { QueueOverview, TaskList, WorkerList } from '../contract/operations.js';
import { interruptionOf } from './interruption.js';
import { postFile } from './send-file.js';

export interface ClientOptions {
  /** Address of the server, without a slash at its end. */
  url: string;
  language: Language;
  /** Header that signs in. */
  authorization?: string | null;
  /** Ends every request under way. */
  signal?: AbortSignal;
}

/** Codes stay open, so that an answer of a newer server is shown and not refused. */
const AnyProblem = Problem.extend({ code: z.string() });
const Started = z.object({ id: z.int().positive() });

/** An error that the server answered, with its words. */
export class ProblemError extends Error {
  readonly problem: z.infer<typeof AnyProblem>;

  constructor(problem: z.infer<typeof AnyProblem>) {
    super(problem.detail);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

export interface WorkflowFilter {
  model?: string;
  status?: string;
  search?: string;
  sort?: string;
  limit?: number;
  cursor?: string;
}

export interface TaskChoice {
  /** One state, or several with commas between them. */
  state?: string;
  worker?: string;
  workflow?: number;
  search?: string;
  limit?: number;
}

export type Client = ReturnType<typeof createClient>;

export function createClient(options: ClientOptions) {
  const common: Record<string, string> = {
    'accept-language': options.language,
    ...(options.authorization ? { authorization: options.authorization } : {}),
  };

  const request = (route: string, init: RequestInit = {}): Promise<Response> =>
    settle(() =>
      fetch(options.url + route, {
        ...init,
        headers: { ...common, ...init.headers },
        signal: init.signal ?? options.signal ?? null,
      }),
    );

  /** @throws ProblemError where the server answers an error, AppError `SERVER_UNREACHABLE`, `Interrupted` */
  async function settle(send: () => Promise<Response>): Promise<Response> {
    const response = await send().catch((error: unknown) => {
      throw interruptionOf(options.signal) ?? unreachable(options, error);
    });
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  async function read<Answer extends z.ZodType>(schema: Answer, route: string, response: Response) {
    const parsed = schema.safeParse(await bodyOf(response, options));
    if (parsed.success) return parsed.data;
    const detail = `${options.url}${route}: ${z.prettifyError(parsed.error)}`;
    throw new AppError('INTERNAL', { detail }, { cause: parsed.error });
  }

  const call = async <Answer extends z.ZodType>(schema: Answer, route: string, init?: RequestInit) =>
    read(schema, route, await request(route, init));

  const get = <Answer extends z.ZodType>(schema: Answer, route: string) => call(schema, route);
  const post = <Answer extends z.ZodType>(schema: Answer, route: string, body?: unknown) =>
    call(schema, route, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  /** Answers the number of the workflow that runs. */
  const start = async (route: string, body?: unknown): Promise<number> => (await post(Started, route, body)).id;

  return {
    url: options.url,
    request,

    /** Streams a file from the disk; what `reading` says is not detected. @throws AppError `FILE_NOT_FOUND` */
    async upload(file: string, reading: Partial<Dialect> = {}): Promise<Dataset> {
      const route = '/api/datasets';
      const sizeBytes = await sizeOf(file);
      const { signal } = options;
      const fields: Record<string, string> =
        Object.keys(reading).length > 0 ? { reading: JSON.stringify(reading) } : {};
      const send = () => postFile(options.url + route, file, { sizeBytes, signal, headers: common, fields });
      return read(Dataset, route, await settle(send));
    },
    /** The first rows of a dataset, as `reading` says. */
    preview: (id: number, reading: Partial<Dialect> = {}): Promise<DatasetPreview> =>
      get(DatasetPreview, `/api/datasets/${id}/preview${queryOf(reading)}`),
    createWorkflow: (body: z.input<typeof WorkflowCreate>): Promise<number> => start('/api/workflows', body),
    workflow: (id: number): Promise<Workflow> => get(Workflow, `/api/workflows/${id}`),
    listWorkflows: (filter: WorkflowFilter = {}): Promise<WorkflowList> =>
      get(WorkflowList, `/api/workflows${queryOf({ ...filter })}`),

    /** All epochs after the given one. */
    async metrics(id: number, after = 0): Promise<Metric[]> {
      const all: Metric[] = [];
      for (;;) {
        const last = all.at(-1)?.epoch ?? after;
        const page = await get(MetricList, `/api/workflows/${id}/metrics?after=${last}`);
        all.push(...page.items);
        if (page.nextCursor === null || page.items.length === 0) return all;
      }
    },
    /** All log lines after the one of that number. */
    async logs(id: number, after = 0): Promise<LogLine[]> {
      const all: LogLine[] = [];
      for (;;) {
        const last = all.at(-1)?.id ?? after;
        const page = await get(LogList, `/api/workflows/${id}/logs?after=${last}&limit=1000`);
        all.push(...page.items);
        if (page.nextCursor === null || page.items.length === 0) return all;
      }
    },
    queue: (): Promise<QueueOverview> => get(QueueOverview, '/api/queue'),
    workers: (): Promise<WorkerList> => get(WorkerList, '/api/workers'),
    tasks: (filter: TaskChoice = {}): Promise<TaskList> => get(TaskList, `/api/tasks${queryOf({ ...filter })}`),
    run: (id: number): Promise<number> => start(`/api/workflows/${id}/run`),
    restart: (id: number): Promise<number> => start(`/api/workflows/${id}/restart`),
    retry: (id: number): Promise<number> => start(`/api/workflows/${id}/retry`),
    cancel: (id: number): Promise<number> => start(`/api/workflows/${id}/cancel`),
    compose: (body: WorkflowCompose): Promise<number> => start('/api/workflows/compose', body),
    artifact: (id: number, name: string): Promise<Response> =>
      request(`/api/workflows/${id}/artifacts/${encodeURIComponent(name)}`),
  };
}

/** Size of a file in bytes. @throws AppError `FILE_NOT_FOUND`, `FILE_IS_DIRECTORY`, `FILE_NOT_REGULAR` */
export async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: unknown) => {
    throw new AppError('FILE_NOT_FOUND', { path: file }, { cause: error });
  });
  if (found.isDirectory()) throw new AppError('FILE_IS_DIRECTORY', { path: file });
  // A pipe has no size that could be told before it is sent.
  if (!found.isFile()) throw new AppError('FILE_NOT_REGULAR', { path: file });
  return found.size;
}

const unreachable = ({ url }: ClientOptions, cause: unknown) => new AppError('SERVER_UNREACHABLE', { url }, { cause });

async function bodyOf(response: Response, options: ClientOptions): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw interruptionOf(options.signal) ?? unreachable(options, error);
  }
}

async function problemOf(response: Response): Promise<Error> {
  const text = await response.text().catch(() => '');
  const parsed = AnyProblem.safeParse(jsonOrNull(text));
  if (parsed.success) return new ProblemError(parsed.data);
  return new AppError('INTERNAL', { detail: `${response.url}: HTTP ${response.status} ${text.slice(0, 200)}`.trim() });
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function queryOf(values: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query}`;
}
