/**
 * What is counted from the log of all workflows: the same for every server, and never less than before, whatever is
 * restarted. The database keeps it as JSON between two readings; a series that a newer version added stays in it.
 */
import { z } from 'zod';
import { type StepName, stepNames } from '../../contract/entities.js';
import type { ChainEvent } from '../ports.js';
import { shared } from './catalogue.js';
import type { CounterFamily, HistogramFamily, Labels, Observed, Shown } from './family.js';
import { bucketOf } from './instruments.js';

/** By the upper bound of the bucket, `+Inf` for the last, so that a version with other bounds can read it. */
const Series = z.union([z.number(), z.object({ sum: z.number(), counts: z.record(z.string(), z.number()) })]);
const Totals = z.record(z.string(), z.record(z.string(), Series));
type Totals = z.infer<typeof Totals>;

type Outcome = 'completed' | 'failed' | 'retried' | 'lost' | 'handed_back' | 'revoked';

const counters = [
  shared.workflowsCreated,
  shared.workflowsEnded,
  shared.stepRetries,
  shared.stepFailures,
  shared.leasesLost,
] as const;
const histograms = [shared.stepDuration, shared.stepWait] as const;

/** @param kept what an earlier call gave, or `{}` */
export function countEvents(kept: unknown, events: readonly ChainEvent[]): unknown {
  const totals = structuredClone(parse(kept));
  for (const event of events) countEvent(totals, event);
  return totals;
}

/** Every counter that can be named beforehand is there from the first scrape on, at zero. */
export function showTotals(kept: unknown): Shown[] {
  const totals = parse(kept);
  return [
    ...counters.map((family) => ({ family, series: scalarsOf(totals, family) })),
    ...histograms.map((family) => ({ family, series: observedOf(totals, family) })),
  ];
}

const parse = (kept: unknown): Totals => Totals.safeParse(kept).data ?? {};

function countEvent(totals: Totals, event: ChainEvent): void {
  const { code, step } = event;
  if (code === 'workflowCreated') add(totals, shared.workflowsCreated, []);
  if (code === 'workflowCompleted') add(totals, shared.workflowsEnded, ['completed']);
  if (step === null) return;
  const waited = code === 'stepStarted' ? waitOf(event) : null;
  if (waited !== null) observe(totals, shared.stepWait, [step], waited);
  const outcome = outcomeOf(event);
  if (outcome !== null) countEnd(totals, event, step, outcome);
}

function countEnd(totals: Totals, { at, before, params }: ChainEvent, step: StepName, outcome: Outcome): void {
  if (before?.code === 'stepStarted') {
    observe(totals, shared.stepDuration, [step, outcome], secondsBetween(before.at, at.getTime()));
  }
  if (outcome === 'failed') {
    add(totals, shared.workflowsEnded, ['failed']);
    add(totals, shared.stepFailures, [step, String(params.code ?? 'INTERNAL')]);
  }
  if (outcome === 'revoked') add(totals, shared.workflowsEnded, ['cancelled']);
  if (outcome === 'retried' || outcome === 'lost') add(totals, shared.stepRetries, [step]);
  if (outcome === 'lost' || params.lastCode === 'WORKER_LOST') add(totals, shared.leasesLost, [step]);
}

function outcomeOf({ code, attempt }: ChainEvent): Outcome | null {
  switch (code) {
    case 'stepCompleted':
      return 'completed';
    case 'stepFailed':
      return 'failed';
    case 'stepRetrying':
      return 'retried';
    case 'workerLost':
      return 'lost';
    case 'stepCancelled':
      return 'revoked';
    // A step that is queued by the one before it, or anew, has no attempt that queues it.
    case 'stepQueued':
      return attempt === null ? null : 'handed_back';
    case 'stepStarted':
    case 'workflowCreated':
    case 'workflowCompleted':
      return null;
  }
}

/** Since it was due: a pause after a fault is not waiting. */
function waitOf({ at, before }: ChainEvent): number | null {
  if (before === null || before.code === 'stepStarted') return null;
  const pause = before.code === 'stepRetrying' ? Number(before.params.seconds ?? 0) : 0;
  return secondsBetween(before.at + pause * 1000, at.getTime());
}

/** Clocks of two machines differ a little. */
const secondsBetween = (from: number, to: number): number => Math.max(0, to - from) / 1000;

function add(totals: Totals, family: CounterFamily, labels: Labels): void {
  const series = seriesOf(totals, family.name);
  const known = series[keyOf(labels)];
  series[keyOf(labels)] = (typeof known === 'number' ? known : 0) + 1;
}

function observe(totals: Totals, family: HistogramFamily, labels: Labels, value: number): void {
  const series = seriesOf(totals, family.name);
  const known = series[keyOf(labels)];
  const { sum, counts } = typeof known === 'object' ? known : { sum: 0, counts: {} };
  const bound = String(family.bounds[bucketOf(family.bounds, value)] ?? '+Inf');
  series[keyOf(labels)] = { sum: sum + value, counts: { ...counts, [bound]: (counts[bound] ?? 0) + 1 } };
}

function seriesOf(totals: Totals, name: string): Totals[string] {
  const known = totals[name] ?? {};
  totals[name] = known;
  return known;
}

const keyOf = (labels: Labels): string => JSON.stringify(labels);
const Key = z.array(z.string());
const labelsOf = (key: string): Labels => Key.parse(JSON.parse(key));

function scalarsOf(totals: Totals, family: CounterFamily): [Labels, number][] {
  const series: Totals[string] = Object.fromEntries(foreseen(family).map((labels) => [keyOf(labels), 0]));
  return Object.entries({ ...series, ...totals[family.name] }).flatMap(([key, value]): [Labels, number][] =>
    typeof value === 'number' ? [[labelsOf(key), value]] : [],
  );
}

function foreseen(family: CounterFamily): readonly Labels[] {
  if (family === shared.workflowsCreated) return [[]];
  if (family === shared.workflowsEnded) return [['completed'], ['failed'], ['cancelled']];
  if (family === shared.stepRetries || family === shared.leasesLost) return stepNames.map((step) => [step]);
  return [];
}

function observedOf(totals: Totals, { name, bounds }: HistogramFamily): [Labels, Observed][] {
  return Object.entries(totals[name] ?? {}).flatMap(([key, value]): [Labels, Observed][] => {
    if (typeof value === 'number') return [];
    const counts = new Array<number>(bounds.length + 1).fill(0);
    for (const [bound, count] of Object.entries(value.counts)) {
      const place = bucketOf(bounds, bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound));
      counts[place] = (counts[place] ?? 0) + count;
    }
    return [[labelsOf(key), { counts, sum: value.sum }]];
  });
}
