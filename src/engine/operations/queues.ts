/** What operators see of queues, and do to them. */
import { AppError, toAppError } from '../../contract/errors.js';
import { renderWarning } from '../../contract/messages/render.js';
import { fill, type Language, messagesOf } from '../../contract/messages/translate.js';
import type {
  OperationsWarning,
  QueueDetails,
  QueueOverview,
  QueuePurged,
  QueueState,
} from '../../contract/operations.js';
import type { Broker, Clock, Store, WorkerRow } from '../ports.js';
import { iso, summaryEntity } from '../render.js';
import { silentAfterMs } from '../silence.js';
import { countTakers, createQueueReader, type QueueFigures } from './queue-figures.js';
import type { DeadLetter, QueueConsumer } from './queue-ports.js';
import { taskSummary } from './render-task.js';

export interface Queues {
  overview(language: Language): Promise<QueueOverview>;
  /** @throws AppError `QUEUE_NOT_FOUND` */
  get(name: string, language: Language): Promise<QueueDetails>;
  /** @throws AppError `QUEUE_NOT_CONFIRMED`, `QUEUE_NOT_FOUND`, `BROKER_UNAVAILABLE` */
  purge(name: string, confirm: string, language: Language): Promise<QueuePurged>;
  /** Dead letters go back to where they came from. @throws AppError `QUEUE_NOT_CONFIRMED`, `BROKER_UNAVAILABLE` */
  moveDead(confirm: string, language: Language): Promise<QueuePurged>;
  /** Remembers the figures, where no other server has just done so. */
  sample(): Promise<void>;
}

export interface QueuesContext {
  store: Store;
  broker: Broker;
  clock: Clock;
  /** A task that has waited for longer is worth a warning. */
  waitWarningMs: number;
}

const recentTasks = 9;
const recentWorkflows = 6;
const shownNext = 20;
const shownLetters = 50;
/** Looking at letters takes them out and hands them back: not for every watcher. */
const lettersFreshForMs = 5_000;

export function createQueues(context: QueuesContext): Queues {
  const { store, broker, clock, waitWarningMs } = context;
  const { dead } = broker.queues;
  const reader = createQueueReader(context);
  const letters = cached(() => broker.queues.peekDead(shownLetters), lettersFreshForMs);

  const stateOf = ({ workers, ...queue }: QueueFigures['queues'][number], language: Language): QueueState => ({
    ...queue,
    dead: queue.name === dead,
    warnings: warningsOf({ workers, ...queue }, queue.name === dead, waitWarningMs, language),
  });
  const confirmed = (name: string, confirm: string) => {
    if (confirm !== name) throw new AppError('QUEUE_NOT_CONFIRMED', { name });
  };
  const changed = () => {
    reader.forget();
    letters.forget();
  };

  return {
    async overview(language) {
      const [figures, tasks, workflows] = await Promise.all([
        reader.read(),
        store.recentTasks(recentTasks),
        store.recentWorkflows(recentWorkflows),
      ]);
      const now = clock.now();
      return {
        broker: { kind: broker.queues.kind, ...figures.broker },
        source: figures.source,
        ...sampledAt(figures, now),
        queues: figures.queues.map((queue) => stateOf(queue, language)),
        warnings: brokerWarnings(figures, language),
        recentTasks: tasks.map((task) => taskSummary(task, now, language)),
        recentWorkflows: workflows.map((record) => ({
          ...summaryEntity(record),
          steps: summaryEntity(record).steps.map((step) => ({
            ...step,
            progress: record.steps.find(({ name }) => name === step.name)?.progress ?? null,
          })),
        })),
      };
    },
    async get(name, language) {
      const [figures, told] = await Promise.all([reader.read(), broker.queues.inspect(name)]);
      const known = figures.queues.find((queue) => queue.name === name);
      const inspected = told.ok ? told.answer : null;
      const counted = known ?? (inspected && { ...inspected, oldestWaitMs: null });
      if (!counted) throw new AppError('QUEUE_NOT_FOUND', { name });
      const now = clock.now();
      const [history, next, workers, dying] = await Promise.all([
        store.queueSamples(name),
        store.nextTasks(name, shownNext, now),
        store.onlineWorkers(silentAfterMs),
        name === dead ? letters.read().catch(broughtNone) : [],
      ]);
      const { arguments: given = {}, policy = null, consumersOf = [] } = inspected ?? {};
      const { oldestWaitMs, ready, unacked, consumers, state, publishRate, ackRate } = counted;
      const takers = countTakers(name, workers);
      const shown = { name, ready, unacked, consumers, state, publishRate, ackRate, oldestWaitMs, workers: takers };
      return {
        ...stateOf(shown, language),
        source: figures.source,
        ...sampledAt(figures, now),
        arguments: given,
        policy,
        consumersOf: consumersOf.map((consumer) => withWorker(consumer, workers)),
        history: history.map(({ at, ...sample }) => ({ at: at.toISOString(), ...sample })),
        next: next.map((task) => taskSummary(task, now, language)),
        deadLetters: dying.map((letter) => ({ ...letter, at: iso(letter.at) })),
      };
    },
    async purge(name, confirm, language) {
      confirmed(name, confirm);
      const messages = await broker.queues.purge(name);
      changed();
      return purged(name, messages, name === dead ? 'dead' : 'steps', language);
    },
    async moveDead(confirm, language) {
      confirmed(dead, confirm);
      const messages = await broker.queues.moveDead();
      changed();
      return purged(dead, messages, 'moved', language);
    },
    async sample() {
      if (!(await store.queueSampleDue())) return;
      const { queues } = await reader.read();
      await store.recordQueues(
        queues.map(({ name, ready, unacked, consumers, publishRate, ackRate, oldestWaitMs }) => {
          return { queue: name, ready, unacked, consumers, publishRate, ackRate, oldestWaitMs };
        }),
      );
    },
  };
}

const sampledAt = ({ source, at }: QueueFigures, now: Date) =>
  source === 'broker'
    ? { sampledAt: at.toISOString(), sampleAgeMs: Math.max(0, now.getTime() - at.getTime()) }
    : { sampledAt: null, sampleAgeMs: null };

/** Nothing, while all is well: workers whose slots are all busy come back for what waits. */
function warningsOf(
  { name, ready, consumers, workers, oldestWaitMs }: QueueFigures['queues'][number],
  dead: boolean,
  waitWarningMs: number,
  language: Language,
): OperationsWarning[] {
  const warn = (...[code, params]: [Parameters<typeof renderWarning>[1], OperationsWarning['params']]) =>
    renderWarning(language, code, { queue: name, ...params });
  if (dead) return ready > 0 ? [warn('DEAD_LETTERS', { ready })] : [];
  const abandoned = ready > 0 && consumers === 0 && workers === 0;
  const warnings = abandoned ? [warn('QUEUE_NO_CONSUMER', { ready })] : [];
  if (oldestWaitMs === null || oldestWaitMs <= waitWarningMs) return warnings;
  const [seconds, limit] = [Math.round(oldestWaitMs / 1000), Math.round(waitWarningMs / 1000)];
  return [...warnings, warn('QUEUE_WAIT_LONG', { seconds, limit })];
}

function brokerWarnings({ broker, alarms, fault }: QueueFigures, language: Language): OperationsWarning[] {
  const warnings: OperationsWarning[] = [];
  if (alarms.length > 0) warnings.push(renderWarning(language, 'BROKER_BLOCKED', { reason: alarms.join(', ') }));
  else if (!broker.ok) warnings.push(renderWarning(language, 'BROKER_AWAY', { detail: broker.detail }));
  if (fault !== null) warnings.push(renderWarning(language, fault.code, fault.params));
  return warnings;
}

function withWorker(
  { tag, prefetch, address, host, pid }: QueueConsumer,
  workers: readonly WorkerRow[],
): QueueDetails['consumersOf'][number] {
  const worker = workers.find((one) => one.host === host && one.pid === pid);
  return { worker: worker?.name ?? null, tag, prefetch, address };
}

function purged(queue: string, messages: number, what: 'steps' | 'dead' | 'moved', language: Language): QueuePurged {
  const texts = messagesOf(language).operations.purged[what];
  const say = (text: string) => fill(language, text, { queue, messages });
  return { queue, messages, message: say(texts.message), hint: say(texts.hint) };
}

/** The broker is away: the page shows the rest, and says so by its figures. */
function broughtNone(thrown: unknown): DeadLetter[] {
  const error = toAppError(thrown);
  if (error.code === 'BROKER_UNAVAILABLE') return [];
  throw error;
}

/** One reading at a time, for all who ask within a while. */
function cached<Value>(read: () => Promise<Value>, freshForMs: number) {
  let latest: { value: Promise<Value>; until: number } | null = null;
  return {
    read(): Promise<Value> {
      if (latest !== null && performance.now() < latest.until) return latest.value;
      const value = read();
      latest = { value, until: performance.now() + freshForMs };
      return value;
    },
    forget() {
      latest = null;
    },
  };
}
