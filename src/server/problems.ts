/** Every error leaves the server as a problem document (RFC 9457) in the client's language. */
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../contract/api.js';
import { AppError, type ErrorCode, toAppError } from '../contract/errors.js';
import { renderError } from '../contract/messages/render.js';
import type { Language } from '../contract/messages/translate.js';
import { languageOf } from './app.js';
import { InvalidRequest, ruleOf } from './validation.js';

export const problemType = 'application/problem+json; charset=utf-8';

/** The document of an error; `instance` is the path that was asked. */
export function toProblem(error: AppError, language: Language, instance: string): Problem {
  const { code, params, message, hint } = renderError(language, error);
  return {
    type: `urn:zincir:error:${code}`,
    title: STATUS_CODES[error.status] ?? code,
    status: error.status,
    detail: message,
    instance,
    code,
    hint,
    params,
  };
}

/** Sends the problem document of whatever was thrown, and logs what is our own fault. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const language = languageOf(request);
  const error = describe(thrown, request, language);
  if (error.status >= 500) request.log.error({ err: thrown, code: error.code, reqId: request.id }, error.message);
  if (error.status === 503) reply.header('retry-after', '5');
  return reply
    .code(error.status)
    .header('vary', 'Accept-Language')
    .header('content-language', language)
    .header('cache-control', 'no-store')
    .type(problemType)
    .send(JSON.stringify(toProblem(error, language, pathOf(request.url))));
}

/** A request for a path that is not there. */
export const routeNotFound = (request: FastifyRequest): AppError =>
  new AppError('ROUTE_NOT_FOUND', { method: request.method, path: pathOf(request.url) });

export const pathOf = (url: string): string => url.split('?', 1)[0] ?? url;

function describe(thrown: unknown, request: FastifyRequest, language: Language): AppError {
  if (thrown instanceof InvalidRequest) return new AppError('REQUEST_INVALID', ruleOf(thrown, language));
  if (isFastifyError(thrown)) return fromFramework(thrown, request);
  const error = toAppError(thrown);
  // The words of an unforeseen fault may hold paths or queries: the client gets a reference into the log instead.
  return error.code === 'INTERNAL' ? new AppError('INTERNAL', { detail: `#${request.id}` }, { cause: thrown }) : error;
}

function isFastifyError(thrown: unknown): thrown is FastifyError {
  return thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number';
}

const unroutable: readonly string[] = ['FST_ERR_BAD_URL', 'FST_ERR_MAX_PARAM_LENGTH'];

/** Fastify's own errors and those of its plugins, by what they mean to the client. */
function fromFramework(error: FastifyError, request: FastifyRequest): AppError {
  const status = error.statusCode ?? 500;
  const wrap = (code: ErrorCode, params: AppError['params']) => new AppError(code, params, { cause: error });
  if (status >= 500) return wrap('INTERNAL', { detail: `#${request.id}` });
  if (status === 403 || status === 404 || unroutable.includes(error.code))
    return wrap('ROUTE_NOT_FOUND', { ...routeNotFound(request).params });
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return wrap('REQUEST_TOO_LARGE', { limitBytes: request.routeOptions.bodyLimit ?? 0 });
  }
  if (error.code === 'FST_ERR_CTP_INVALID_JSON_BODY') return wrap('REQUEST_NOT_JSON', {});
  if (status === 415 || status === 406) return unsupportedMediaType(request, acceptedBy(request));
  return wrap('REQUEST_INVALID', { field: 'body', rule: error.message });
}

/** A body of a media type that the route does not take. */
export function unsupportedMediaType(request: FastifyRequest, accepted: string): AppError {
  return new AppError('UNSUPPORTED_MEDIA_TYPE', { mediaType: request.headers['content-type'] ?? '', accepted });
}

const acceptedBy = (request: FastifyRequest): string =>
  request.routeOptions.schema?.consumes?.[0] ?? 'application/json';
