/** Every request, as those see it who watch over the server: a line in the log, a metric, a span of a trace. */
import type { FastifyRequest } from 'fastify';
import { own } from '../engine/metrics/catalogue.js';
import type { MetricSource } from '../engine/metrics/family.js';
import { Histogram } from '../engine/metrics/instruments.js';
import type { Span, Tracer } from '../engine/tracing.js';
import type { App } from './app.js';

declare module 'fastify' {
  interface FastifyRequest {
    span: Span | null;
  }
}

/** What watches the server itself, again and again, would only hide what else is asked. */
const untraced: readonly string[] = ['/healthz', '/readyz', '/metrics'];
/** A stream of live events lasts for as long as somebody looks. */
const streams: readonly string[] = ['/api/workflows/:id/events'];
const workflowRoute = /^\/api\/workflows\/:id(\/|$)/;

/** Before all other hooks, so that what they refuse is seen too. */
export function observeRequests(app: App, tracer: Tracer): MetricSource {
  const durations = new Histogram(own.requestDuration);
  app.decorateRequest('span', null);
  app.addHook('onRequest', (request, _, done) => {
    const route = routeOf(request);
    if (untraced.includes(route)) return done();
    const { traceparent } = request.headers;
    const values = {
      'http.request.method': request.method,
      'http.route': route,
      'url.path': request.url.split('?', 1)[0],
    };
    const parent = typeof traceparent === 'string' ? traceparent : null;
    request.span = tracer.start(`${request.method} ${route}`, { kind: 'server', parent, values });
    request.span.run(done);
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = routeOf(request);
    const { statusCode: status, elapsedTime: ms } = reply;
    if (!streams.includes(route)) durations.observe([request.method, route, String(status)], ms / 1000);
    request.span?.set({ 'http.response.status_code': status });
    request.span?.end(status >= 500 ? new Error(`HTTP ${status}`) : undefined);
    const { method, url, id: reqId } = request;
    request.log.debug(
      { method, url, route, status, ms: Math.round(ms), reqId, ...workflowOf(request, route) },
      'request',
    );
  });
  return () => [durations.show()];
}

/** The template, of which there are few; never the address, of which there are as many as anybody likes. */
const routeOf = ({ routeOptions, is404 }: FastifyRequest): string =>
  is404 ? 'unmatched' : (routeOptions.url ?? 'unmatched');

function workflowOf({ params }: FastifyRequest, route: string): { workflow?: number } {
  if (!workflowRoute.test(route) || typeof params !== 'object' || params === null || !('id' in params)) return {};
  return { workflow: Number(params.id) };
}
