/** What operators see of workers, and ask of them. */
import { AppError } from '../../contract/errors.js';
import type { Language } from '../../contract/messages/translate.js';
import type {
  TaskSummary,
  WorkerAction,
  WorkerCommand,
  WorkerDetails,
  WorkerList,
  WorkerSample,
  WorkerTotals,
} from '../../contract/operations.js';
import type { Clock, Store, WorkerRow } from '../ports.js';
import { taskSummary } from './render-task.js';
import { commandEntity, sampleEntity, statusOf, workerEntity } from './render-worker.js';

export interface Workers {
  list(language: Language): Promise<WorkerList>;
  /** Samples of all together. */
  history(since: string | undefined): Promise<WorkerSample[]>;
  /** @throws AppError `WORKER_NOT_FOUND` */
  get(name: string, language: Language): Promise<WorkerDetails>;
  /** Leaves word for the worker, which answers by itself. @throws AppError `WORKER_NOT_FOUND`, `WORKER_OFFLINE` */
  ask(name: string, action: WorkerAction, slots: number, language: Language): Promise<WorkerCommand>;
}

const historyMs = 3600 * 1000;
const recentTasks = 20;
const recentCommands = 20;

export function createWorkers({ store, clock }: { store: Store; clock: Clock }): Workers {
  const find = async (name: string): Promise<WorkerRow> => {
    const row = await store.findWorker(name);
    if (row === null) throw new AppError('WORKER_NOT_FOUND', { name });
    return row;
  };
  /** What runs on these workers, by worker. */
  const running = async (rows: readonly WorkerRow[], language: Language) => {
    // One that signed off has handed back what it ran.
    const names = rows.filter(({ online }) => online).map(({ name }) => name);
    const tasks = names.length === 0 ? [] : await store.runningTasks(names);
    const now = clock.now();
    const byWorker = new Map<string, TaskSummary[]>();
    for (const task of tasks) {
      const of = byWorker.get(task.worker ?? '') ?? [];
      byWorker.set(task.worker ?? '', [...of, taskSummary(task, now, language)]);
    }
    return byWorker;
  };

  return {
    async list(language) {
      const [rows, counted] = await Promise.all([store.listWorkers(), store.countAttempts()]);
      const active = await running(rows, language);
      const items = rows.map((row) => workerEntity(row, active.get(row.name) ?? [], language));
      return { items, nextCursor: null, totals: { ...totalsOf(rows), ...counted } };
    },
    async history(since) {
      const sinceMs = since === undefined ? historyMs : clock.now().getTime() - new Date(since).getTime();
      return (await store.fleetSamples(Math.max(0, sinceMs))).map(sampleEntity);
    },
    async get(name, language) {
      const row = await find(name);
      const [active, samples, commands, tasks] = await Promise.all([
        running([row], language),
        store.workerSamples(name),
        store.listCommands(name, recentCommands),
        store.listTasks({ states: [], words: [], worker: name }, recentTasks),
      ]);
      const now = clock.now();
      return {
        ...workerEntity(row, active.get(name) ?? [], language),
        history: samples.map(sampleEntity),
        commands: commands.map((command) => commandEntity(command, language)),
        recentTasks: tasks.items.map((task) => taskSummary(task, now, language)),
      };
    },
    async ask(name, action, slots, language) {
      const row = await find(name);
      const status = statusOf(row);
      if (status === 'lost' || status === 'offline') {
        throw new AppError('WORKER_OFFLINE', { name, seconds: Math.round(row.silentMs / 1000) });
      }
      const params: { slots?: number } = action === 'grow' || action === 'shrink' ? { slots } : {};
      return commandEntity(await store.askWorker(name, action, { ...params }), language);
    },
  };
}

function totalsOf(rows: readonly WorkerRow[]): Omit<WorkerTotals, 'processed' | 'failed' | 'retried'> {
  const totals = { active: 0, slots: 0, online: 0, lost: 0 };
  for (const row of rows) {
    const status = statusOf(row);
    if (status === 'lost') totals.lost += 1;
    if (status !== 'online' && status !== 'draining') continue;
    if (status === 'online') totals.online += 1;
    totals.active += row.active;
    totals.slots += row.slots;
  }
  return totals;
}
