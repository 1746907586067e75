/** HTTP to the server: every answer is parsed by its schema, every failure is one kind of error. */
import { z } from 'zod';
import { Problem } from '../../contract/api.js';
import type { ErrorParams } from '../../contract/errors.js';
import { renderError } from '../../contract/messages/render.js';
import { fill, type Language, messagesOf } from '../../contract/messages/translate.js';

/** Codes stay open, so that an answer of a newer server is shown in its own words. */
const AnyProblem = Problem.extend({ code: z.string() });
type AnyProblem = z.infer<typeof AnyProblem>;

/** An answer that is an error, or none at all. */
export class ApiError extends Error {
  readonly code: string;
  readonly params: ErrorParams | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly status: number | undefined;

  constructor(problem: Pick<AnyProblem, 'code'> & Partial<AnyProblem>) {
    super(problem.code);
    this.name = 'ApiError';
    this.code = problem.code;
    this.params = problem.params;
    this.detail = problem.detail;
    this.hint = problem.hint;
    this.status = problem.status;
  }
}

/** Any thrown value in the words of a language. */
export function describeError(language: Language, thrown: unknown): { code: string; message: string; hint: string } {
  if (!(thrown instanceof ApiError)) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return renderError(language, { code: 'INTERNAL', params: { detail } });
  }
  const { code, params, detail, hint } = thrown;
  if (code === 'SERVER_UNREACHABLE') {
    const { message, hint } = messagesOf(language).web.shell.away;
    return { code, message: fill(language, message, params ?? {}), hint };
  }
  // The values let it be said in the language of the page; without them the server's own words are the best there is.
  const said = renderError(language, { code, params: params ?? {}, message: detail, hint });
  return { code, message: params || !detail ? said.message : detail, hint: params || !hint ? said.hint : hint };
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
  /** The server is taken for away when nothing came from it for so long; without it the wait has no end. */
  withinMs?: number;
}

/** For what is asked again and again: a server that hangs keeps its connections open, and an answer never comes. */
const answerWithinMs = 6000;

/** Asks for what a page watches: as `request`, but not for longer than a server that is there may be silent. */
export const ask = <Schema extends z.ZodType>(
  schema: Schema,
  path: string,
  signal?: AbortSignal,
): Promise<z.output<Schema>> =>
  request(schema, path, { withinMs: answerWithinMs, ...(signal === undefined ? {} : { signal }) });

/**
 * Asks the server and parses the answer.
 * @throws ApiError with the server's code, or `SERVER_UNREACHABLE`
 */
export async function request<Schema extends z.ZodType>(
  schema: Schema,
  path: string,
  { method = 'GET', body, signal, withinMs }: RequestOptions = {},
): Promise<z.output<Schema>> {
  const patience = startPatience(withinMs);
  const { status, text } = await fetch(path, {
    method,
    headers: {
      accept: 'application/json',
      'accept-language': document.documentElement.lang,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ? AbortSignal.any([signal, patience.signal]) : patience.signal,
  })
    .then(async (response) => ({ status: response.status, text: await readText(response, patience.renew) }))
    .catch((cause: unknown) => {
      if (signal?.aborted) throw cause;
      throw unreachable();
    })
    .finally(patience.end);
  return parseAnswer(schema, status, text);
}

interface Patience {
  /** Aborts once it is over. */
  signal: AbortSignal;
  renew: () => void;
  end: () => void;
}

/** Waits `ms` for the next sign of the server, or for ever. */
function startPatience(ms: number | undefined): Patience {
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = () => clearTimeout(timer);
  const renew = () => {
    end();
    if (ms !== undefined) timer = setTimeout(() => over.abort(), ms);
  };
  renew();
  return { signal: over.signal, renew, end };
}

/** The whole body; `onPart` hears each part as it comes, however slow the line. */
async function readText({ body }: Response, onPart: () => void): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    onPart();
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

/** The text of an answer as its schema, or the error that it is. */
export function parseAnswer<Schema extends z.ZodType>(schema: Schema, status: number, text: string): z.output<Schema> {
  const parsed = parseJson(text);
  if (status >= 200 && status < 300) {
    const answer = schema.safeParse(parsed);
    if (answer.success) return answer.data;
    throw new ApiError({ code: 'INTERNAL', params: { detail: z.prettifyError(answer.error) } });
  }
  const problem = AnyProblem.safeParse(parsed);
  if (problem.success) throw new ApiError(problem.data);
  // A proxy in between answers for a server that is away.
  if (status === 502 || status === 503 || status === 504) throw unreachable();
  throw new ApiError({ code: 'INTERNAL', params: { detail: `HTTP ${status}` }, status });
}

export const unreachable = (): ApiError =>
  new ApiError({ code: 'SERVER_UNREACHABLE', params: { url: window.location.origin } });

/** `?name=value` of the values that are set. */
export function queryString(values: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
