/** What every route is written against. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { chooseLanguage, type Language } from '../contract/messages/translate.js';
import type { Engine } from '../engine/engine.js';
import type { MetricSource } from '../engine/metrics/family.js';
import type { Accounts } from './auth/accounts.js';
import type { LiveHub } from './events/hub.js';

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface RouteContext {
  engine: Engine;
  hub: LiveHub;
  version: string;
  /** All that /metrics shows. */
  metrics: readonly MetricSource[];
  maxUploadBytes: number | null;
  /** Null: nobody needs to sign in. */
  accounts: Accounts | null;
  /** Address of a running Celery Flower; null: none is set. */
  flowerUrl: string | null;
}

/** One route of the API, added to the app. */
export type Route = (app: App, context: RouteContext) => void;

/** The language in which the client wants texts. */
export const languageOf = (request: FastifyRequest): Language => chooseLanguage(request.headers['accept-language']);

/** Answers a create: 201, where it stands, and the thing itself. */
export const created = (reply: FastifyReply, location: string): FastifyReply =>
  reply.code(201).header('location', location);
