/**
 * Celery Flower under our own login: its pages, its API and its websockets below `/flower/proxy`.
 *
 * Flower has the rights of its visitors, so only operators pass (`auth/guard.ts`), requests from pages of other
 * origins do not (`checkOrigin`, which a websocket needs too), and Flower never sees our cookies and passwords.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import fastifyHttpProxy from '@fastify/http-proxy';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../contract/errors.js';
import { splitCredentials } from '../../contract/session.js';
import type { App } from '../app.js';
import { sessionCookie } from '../auth/accounts.js';
import { sendProblem } from '../problems.js';
import { flowerPath, rewriteCookie, rewriteLocation, rewritePage } from './rewrite.js';

/** Flower asks its workers while a page waits, a second or two each. */
const answerWithinMs = 20_000;

/** Flower's pages hold scripts in themselves; they are shown in a frame of ours and nowhere else. */
const contentSecurity = [
  "default-src 'self' 'unsafe-inline' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join('; ');

/** @param address of a running Flower, with a name and a password where it asks for them */
export async function proxyFlower(app: App, address: string): Promise<void> {
  const { url, authorization } = splitCredentials(address);
  const flower = new URL(url);
  const base = flower.pathname.replace(/\/+$/, '');
  const own = (headers: IncomingHttpHeaders): IncomingHttpHeaders => {
    const cookie = withoutSession(headers.cookie);
    return { ...(cookie === '' ? {} : { cookie }), ...(authorization === null ? {} : { authorization }) };
  };
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    await scope.register(fastifyHttpProxy, {
      upstream: flower.origin,
      prefix: flowerPath,
      rewritePrefix: `${base}/`,
      internalRewriteLocationHeader: false,
      websocket: true,
      wsClientOptions: {
        // Typed as `ws` types its own options, which do not know of this one.
        ...({ rewriteRequestHeaders: (_none: object, { headers }: FastifyRequest) => own(headers) } as object),
        handshakeTimeout: answerWithinMs,
      },
      config: { checkOrigin: true },
      undici: { headersTimeout: answerWithinMs, bodyTimeout: answerWithinMs, connect: { timeout: 3_000 } },
      disableRequestLogging: true,
      replyOptions: {
        rewriteRequestHeaders: (_request, headers) => {
          const { cookie: _cookie, authorization: _authorization, ...others } = headers;
          // What is rewritten must be readable.
          return { ...others, ...own(headers), 'accept-encoding': 'identity' };
        },
        rewriteHeaders: (headers) => answerHeaders(headers, flower, base),
        onResponse(_request, reply, response) {
          const body = bodyOf(response);
          if (!isPage(reply.getHeader('content-type'))) return void reply.send(body);
          text(body).then(
            (page) => reply.send(rewritePage(page, base)),
            (cause: unknown) => reply.send(cause),
          );
        },
        onError(reply, { error }) {
          const away = new AppError('FLOWER_UNAVAILABLE', { detail: error.message }, { cause: error });
          // The library's types leave open which kind of server it is; ours is the usual one.
          sendProblem(away, reply.request as FastifyRequest, reply as FastifyReply);
        },
      },
    });
  });
}

const isPage = (contentType: unknown): boolean => /^text\/html\b/i.test(String(contentType ?? ''));

/** The library's types name the answer itself where it hands over an object that has it as `stream`. */
const bodyOf = (response: { stream?: IncomingMessage }): IncomingMessage => {
  if (response.stream === undefined) throw new TypeError('the answer has no body to read');
  return response.stream;
};

function answerHeaders(headers: IncomingHttpHeaders, flower: URL, base: string): IncomingHttpHeaders {
  const {
    location,
    'set-cookie': cookies,
    'content-length': length,
    'content-encoding': _encoding,
    ...others
  } = headers;
  return {
    ...others,
    ...(length === undefined || isPage(headers['content-type']) ? {} : { 'content-length': length }),
    ...(location === undefined ? {} : { location: rewriteLocation(location, flower, base) }),
    ...(cookies === undefined ? {} : { 'set-cookie': [cookies].flat().map(rewriteCookie) }),
    'content-security-policy': contentSecurity,
    'x-frame-options': 'SAMEORIGIN',
  };
}

const withoutSession = (cookie: string | undefined): string =>
  (cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !part.startsWith(`${sessionCookie}=`))
    .join('; ');
