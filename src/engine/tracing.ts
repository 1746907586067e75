/**
 * Traces: what a request set off, over all processes, as spans within spans. The port is small so that nothing but
 * `src/main` knows by which packages they are gathered and sent; where they are not, a call costs next to nothing.
 */

/** Values that a span shows; a name without a value is left out. */
export type SpanValues = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface SpanOptions {
  /** `server` and `consumer` take work in, `producer` hands it on; else it is done here. */
  kind?: 'server' | 'producer' | 'consumer';
  /** W3C `traceparent` of the span that it is within; else the current one of this process. */
  parent?: string | null | undefined;
  values?: SpanValues;
}

export interface Span {
  /** By which another process puts its spans within this one; null where nothing is traced. */
  readonly traceparent: string | null;
  set(values: SpanValues): void;
  /** Once. @param fault what it failed with */
  end(fault?: unknown): void;
  /** Calls `work` with this span as the current one, also in what `work` starts and does not wait for. */
  run<Result>(work: () => Result): Result;
}

export interface Tracer {
  /** `traceparent` of the current span. */
  current(): string | null;
  start(name: string, options?: SpanOptions): Span;
  /** Sends what has ended; waits no longer than `ms`. Never throws. */
  flush(ms: number): Promise<void>;
}

const noSpan: Span = { traceparent: null, set() {}, end() {}, run: (work) => work() };

/** Where nothing is traced. */
export const noTracer: Tracer = { current: () => null, start: () => noSpan, flush: async () => {} };

/** Runs `work` within a span that ends with it. */
export async function traced<Result>(
  tracer: Tracer,
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  const span = tracer.start(name, options);
  try {
    const result = await span.run(() => work(span));
    span.end();
    return result;
  } catch (thrown) {
    span.end(thrown);
    throw thrown;
  }
}
