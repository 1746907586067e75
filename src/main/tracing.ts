/**
 * Traces by OpenTelemetry's own packages, sent by OTLP over HTTP as JSON. They are loaded only where an endpoint is
 * set (150 ms and 16 MB). All of OpenTelemetry's settings hold that these packages read: `OTEL_EXPORTER_OTLP_HEADERS`,
 * `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import type { Span as OtelSpan, SpanContext } from '@opentelemetry/api';
import { noTracer, type Span, type SpanOptions, type SpanValues, type Tracer } from '../engine/tracing.js';

const prefix = 'OTEL_';
/** A process that ends waits for what it is sending: ten seconds, the packages' own limit, would be noticed. */
const exportWithinMs = 2_000;
const timeouts = ['OTEL_EXPORTER_OTLP_TIMEOUT', 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'];
const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

/** The variables that OpenTelemetry's packages read, for a child process. */
export const tracingEnvironment = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      name.startsWith(prefix) && value !== undefined ? [[name, value] as const] : [],
    ),
  );

/** @param part which kind of process this is: `server`, `worker`, `child` */
export async function openTracer(environment: NodeJS.ProcessEnv, part: string, version: string): Promise<Tracer> {
  const wanted = endpoints.some((name) => environment[name]) && environment.OTEL_SDK_DISABLED !== 'true';
  if (!wanted || environment.OTEL_TRACES_EXPORTER === 'none') return noTracer;
  const [api, sdk, { OTLPTraceExporter }, { defaultResource, detectResources, envDetector, resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const named = {
    'service.name': 'zincir',
    'service.version': version,
    'service.instance.id': `${hostname()}-${process.pid}`,
    'process.pid': process.pid,
    'zincir.part': part,
  };
  // What the environment says goes before our own.
  const fromEnvironment = detectResources({ detectors: [envDetector] });
  const resource = defaultResource().merge(resourceFromAttributes(named)).merge(fromEnvironment);
  const processor = new sdk.BatchSpanProcessor(
    new OTLPTraceExporter({
      // A connection that a child keeps open would look like something that its step left behind.
      keepAlive: part !== 'child',
      ...(timeouts.some((name) => environment[name]) ? {} : { timeoutMillis: exportWithinMs }),
    }),
  );
  const provider = new sdk.BasicTracerProvider({ resource, spanProcessors: [processor] });
  const tracer = provider.getTracer('zincir', version);
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = api;
  const kinds = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER } as const;
  const currentSpan = new AsyncLocalStorage<OtelSpan>();

  const spanOf = (span: OtelSpan): Span => ({
    traceparent: formatTraceparent(span.spanContext()),
    set: (values) => void span.setAttributes(present(values)),
    end(fault) {
      if (fault !== undefined) {
        const error = fault instanceof Error ? fault : new Error(String(fault));
        span.recordException(error);
        span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      }
      span.end();
    },
    run: (work) => currentSpan.run(span, work),
  });
  const contextOf = ({ parent }: SpanOptions) => {
    const remote = parent ? parseTraceparent(parent) : null;
    if (remote !== null) return trace.setSpanContext(ROOT_CONTEXT, remote);
    const current = currentSpan.getStore();
    return current === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, current);
  };

  return {
    current() {
      const span = currentSpan.getStore();
      return span === undefined ? null : formatTraceparent(span.spanContext());
    },
    start(name, options = {}) {
      const { kind, values = {} } = options;
      const kindOf = kind === undefined ? SpanKind.INTERNAL : kinds[kind];
      return spanOf(tracer.startSpan(name, { kind: kindOf, attributes: present(values) }, contextOf(options)));
    },
    async flush(ms) {
      const timer = new AbortController();
      const late = new Promise<void>((resolve) => {
        const timeout = setTimeout(resolve, ms);
        timer.signal.addEventListener('abort', () => clearTimeout(timeout));
      });
      // A collector that is away costs its spans, nothing else.
      await Promise.race([provider.forceFlush().catch(() => {}), late]);
      timer.abort();
    },
  };
}

const present = (values: SpanValues): Record<string, string | number | boolean> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, value]])),
  );

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;

function parseTraceparent(text: string): SpanContext | null {
  const [, version = '', traceId = '', spanId = '', flags = ''] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/.exec(text.trim()) ?? [];
  if (traceId === '' || version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}
