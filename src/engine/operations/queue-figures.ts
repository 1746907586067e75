/** The broker's figures, asked for once for all who watch. */
import { AppError } from '../../contract/errors.js';
import { queueNames } from '../../contract/tasks.js';
import type { Broker, Clock, Store, WorkerRow } from '../ports.js';
import { silentAfterMs } from '../silence.js';
import type { BrokerFault, QueueCount } from './queue-ports.js';

/** `workers`: those that take from a queue; one whose slots are all busy consumes nothing meanwhile. */
export interface QueueFigures {
  source: 'broker' | 'database';
  /** When they were counted. */
  at: Date;
  queues: (QueueCount & { oldestWaitMs: number | null; workers: number })[];
  /** Why the broker takes no messages; empty while it does. */
  alarms: string[];
  fault: BrokerFault | null;
  broker: { ok: boolean; detail: string };
}

/** Figures this old are good enough; RabbitMQ itself counts every five seconds. */
const freshForMs = 2_000;
/** A management API that is away is not asked again for every watcher. */
const awayForMs = 5_000;

export interface QueueReader {
  read(): Promise<QueueFigures>;
  /** What was read before is not to be believed any more. */
  forget(): void;
}

export function createQueueReader(ports: { store: Store; broker: Broker; clock: Clock }): QueueReader {
  let latest: { figures: QueueFigures; until: number } | null = null;
  let reading: Promise<QueueFigures> | null = null;

  const readNow = async (): Promise<QueueFigures> => {
    const figures = await readFigures(ports);
    const goodFor = figures.source === 'broker' ? freshForMs : awayForMs;
    latest = { figures, until: performance.now() + goodFor };
    return figures;
  };
  return {
    async read() {
      if (latest !== null && performance.now() < latest.until) return latest.figures;
      reading ??= readNow().finally(() => {
        reading = null;
      });
      return reading;
    },
    forget() {
      latest = null;
    },
  };
}

async function readFigures({ store, broker, clock }: { store: Store; broker: Broker; clock: Clock }) {
  const [told, check] = await Promise.all([broker.queues.count(), checked(broker)]);
  const now = clock.now();
  const { queues, alarms } = told.ok ? told.answer : { queues: await backlog(store, broker, now), alarms: [] };
  const names = queues.map(({ name }) => name);
  const [waits, workers] = await Promise.all([store.oldestWaits(names, now), store.onlineWorkers(silentAfterMs)]);
  const figures: QueueFigures = {
    source: told.ok ? 'broker' : 'database',
    at: now,
    queues: inOrder(queues, broker.queues.dead).map((queue) => ({
      ...queue,
      oldestWaitMs: waits[queue.name] ?? null,
      workers: countTakers(queue.name, workers),
    })),
    alarms,
    fault: told.ok ? null : told.fault,
    broker: check,
  };
  return figures;
}

/** Workers that take from a queue, busy or not; those that rest or stop take from none. */
export const countTakers = (queue: string, workers: readonly WorkerRow[]): number =>
  workers.filter(({ queues, draining }) => !draining && queues.some((name) => name === queue)).length;

/** What the database knows of the steps' queues, and the broker of the dead letters even now. */
async function backlog(store: Store, broker: Broker, now: Date): Promise<QueueCount[]> {
  const unknown = { state: 'unknown', publishRate: null, ackRate: null };
  const [steps, dead] = await Promise.all([
    store.queueBacklog(queueNames, silentAfterMs, now),
    broker.queues.countDead(),
  ]);
  const letters = dead === null ? [] : [{ name: broker.queues.dead, ready: dead, unacked: 0, consumers: 0 }];
  return [...steps, ...letters].map((queue) => ({ ...queue, ...unknown }));
}

/** The steps' as a chain goes through them, then others, the dead letters last. */
function inOrder(queues: readonly QueueCount[], dead: string): QueueCount[] {
  const place = ({ name }: QueueCount) => {
    if (name === dead) return queueNames.length + 1;
    const step = queueNames.map(String).indexOf(name);
    return step === -1 ? queueNames.length : step;
  };
  return queues.toSorted((a, b) => place(a) - place(b) || a.name.localeCompare(b.name));
}

async function checked(broker: Broker): Promise<QueueFigures['broker']> {
  try {
    return await broker.check();
  } catch (thrown) {
    return { ok: false, detail: thrown instanceof AppError ? String(thrown.params.detail) : String(thrown) };
  }
}
