/** Metrics of the whole installation, read from the database for all who scrape this server within a few seconds. */
import { stepNames } from '../../contract/entities.js';
import type { Clock, Figures, Store } from '../ports.js';
import { within } from '../within.js';
import { shared } from './catalogue.js';
import type { GaugeFamily, MetricSource, Shown } from './family.js';
import { countEvents, showTotals } from './totals.js';

const reader = 'metrics';
const maxAgeMs = 3_000;
/** A database that takes longer than this to answer is shown as away: a scrape has its own limit, and goes on. */
const patienceMs = 2_000;

interface Context {
  store: Store;
  clock: Clock;
  /** A worker that has said nothing for this long is lost. */
  silentAfterMs: number;
}

/** Counts what the log says since it was last counted, by this server or another. */
export async function countLog({ store, clock }: Context): Promise<void> {
  for (;;) {
    const reading = await store.readLog(reader);
    if (reading === null) return;
    const totals = countEvents(reading.totals, reading.events);
    const ended = await store.endReading(reader, reading, totals, [], clock.now());
    if (!ended || !reading.more) return;
  }
}

export function createSharedMetrics({ store, clock, silentAfterMs }: Context): MetricSource {
  let latest: { shown: Shown[]; at: number } | null = null;
  let reading: Promise<Shown[]> | null = null;

  const read = async (): Promise<Shown[]> => {
    const shown = show(await store.figures(reader, silentAfterMs, clock.now()));
    latest = { shown, at: performance.now() };
    return shown;
  };
  return async () => {
    if (latest !== null && performance.now() - latest.at < maxAgeMs) return latest.shown;
    reading ??= read().finally(() => {
      reading = null;
    });
    try {
      return await within(patienceMs, reading);
    } catch {
      // Old figures would look like new ones.
      return [{ family: shared.up, series: [[[], 0]] }];
    }
  };
}

function show({ queues, steps, workflows, workers, outbox, deliveries, totals }: Figures): Shown[] {
  const there = workers.filter(({ status }) => status === 'online' || status === 'draining');
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const stepOf = (name: string) => steps.find(({ step }) => step === name);
  return [
    one(shared.up, 1),
    by(shared.queueReady, queues, (each) => [each.queue, each.ready]),
    by(shared.queueUnacked, queues, (each) => [each.queue, each.unacked]),
    by(shared.queueConsumers, queues, (each) => [each.queue, each.consumers]),
    by(shared.queueWorkers, queues, (each) => [each.queue, each.workers]),
    by(shared.queueSampleAge, queues, (each) => [each.queue, each.ageSeconds]),
    by(shared.stepsQueued, stepNames, (name) => [name, stepOf(name)?.queued ?? 0]),
    by(shared.stepsRunning, stepNames, (name) => [name, stepOf(name)?.running ?? 0]),
    by(shared.oldestWait, stepNames, (name) => [name, stepOf(name)?.oldestWaitSeconds ?? 0]),
    by(shared.workflows, ['PENDING', 'RUNNING'], (name) => [
      name,
      workflows.find(({ status }) => status === name)?.count ?? 0,
    ]),
    one(shared.workflowsHeld, sum(workflows.map(({ held }) => held))),
    by(shared.workers, ['online', 'draining', 'lost', 'offline'], (name) => [
      name,
      workers.find(({ status }) => status === name)?.count ?? 0,
    ]),
    one(shared.workerSlots, sum(there.map(({ slots }) => slots))),
    one(shared.workerActive, sum(there.map(({ active }) => active))),
    one(shared.outbox, outbox.messages),
    one(shared.outboxOldest, outbox.oldestSeconds),
    by(shared.webhookDeliveries, ['pending', 'delivered', 'given_up'], (name) => [
      name,
      deliveries.find(({ status }) => status === name)?.count ?? 0,
    ]),
    ...showTotals(totals),
  ];
}

const one = (family: GaugeFamily, value: number): Shown => ({ family, series: [[[], value]] });

/** One label. */
const by = <Item>(family: GaugeFamily, items: readonly Item[], show: (item: Item) => [string, number]): Shown => ({
  family,
  series: items.map((item) => {
    const [label, value] = show(item);
    return [[label], value] as const;
  }),
});
