/** What operators see of tasks, and do to them. */
import { AppError, type ErrorCode, errorCodes, toAppError } from '../../contract/errors.js';
import { renderError } from '../../contract/messages/render.js';
import { type Language, messagesOf } from '../../contract/messages/translate.js';
import type {
  BulkRequest,
  BulkResult,
  Task,
  TaskErrorGroup,
  TaskFilter,
  TaskList,
  TaskQuery,
} from '../../contract/operations.js';
import type { Clock, Store } from '../ports.js';
import { taskEntity, taskSummary } from './render-task.js';
import type { TaskChange, TaskCriteria } from './task-ports.js';

export interface Tasks {
  list(query: TaskQuery, language: Language): Promise<TaskList>;
  /** Those that failed, by what they failed with. */
  errors(filter: TaskFilter, language: Language): Promise<TaskErrorGroup[]>;
  /** @throws AppError `TASK_NOT_FOUND` */
  get(taskId: string, language: Language): Promise<Task>;
  /** Cancels its workflow; one that runs only with `terminate`. @throws AppError `TASK_NOT_FOUND`, `TASK_RUNNING`, `TASK_ENDED` */
  revoke(taskId: string, terminate: boolean): Promise<void>;
  /** Its workflow goes on from its step. @throws AppError `TASK_NOT_FOUND`, `TASK_NOT_FAILED`, `TASK_REPLACED` */
  retry(taskId: string): Promise<void>;
  /** Does the same to all that match. @throws AppError `TASKS_CHANGED` when more match than the person was told */
  bulk(request: BulkRequest, language: Language): Promise<BulkResult>;
}

export interface TasksContext {
  store: Store;
  clock: Clock;
  /** There are limits: what is tried again is held until there is room. */
  limited: boolean;
}

/** So many tasks are changed at a time, each in a transaction of its own. */
const batch = 8;

export function createTasks({ store, clock, limited }: TasksContext): Tasks {
  const revoke = async (id: string, terminate: boolean) =>
    settle(id, await store.revokeTask(id, terminate, clock.now()));
  const retry = async (id: string) => settle(id, await store.retryTask(id, clock.now(), limited));

  return {
    async list({ limit, cursor, ...filter }, language) {
      const { items, ...page } = await store.listTasks(criteriaOf(filter, language), limit, cursor);
      const now = clock.now();
      return { items: items.map((task) => taskSummary(task, now, language)), ...page };
    },
    async errors(filter, language) {
      const groups = await store.taskErrors(criteriaOf(filter, language));
      return groups.map(({ error, firstAt, lastAt, ...group }) => {
        const { code, message } = renderError(language, error);
        return { ...group, code, message, firstAt: firstAt.toISOString(), lastAt: lastAt.toISOString() };
      });
    },
    async get(taskId, language) {
      const found = await store.findTask(taskId);
      if (found === null) throw new AppError('TASK_NOT_FOUND', { id: taskId });
      return taskEntity(found, clock.now(), language);
    },
    revoke,
    retry,
    async bulk({ action, filter, expected }, language) {
      const ids = await store.matchTasks(criteriaOf(filter, language), mostAtOnce + 1);
      if (ids.length > Math.min(expected, mostAtOnce)) {
        throw new AppError('TASKS_CHANGED', { matched: ids.length, expected });
      }
      const change = (id: string) => (action === 'retry' ? retry(id) : revoke(id, action === 'terminate'));
      const refusals = await changeAll(ids, change);
      return {
        matched: ids.length,
        changed: ids.length - refusals.length,
        refused: grouped(refusals, language),
      };
    },
  };
}

/** As many as a list counts. */
const mostAtOnce = 10_000;

/** Tasks that could not be changed, each with its reason; a fault of the machinery ends it all. */
async function changeAll(ids: readonly string[], change: (id: string) => Promise<void>): Promise<AppError[]> {
  const refusals: AppError[] = [];
  for (let i = 0; i < ids.length; i += batch) {
    const outcomes = await Promise.allSettled(ids.slice(i, i + batch).map(change));
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      const error = toAppError(outcome.reason);
      if (error.status >= 500) throw error;
      refusals.push(error);
    }
  }
  return refusals;
}

function grouped(refusals: readonly AppError[], language: Language): BulkResult['refused'] {
  const byCode = new Map<ErrorCode, AppError[]>();
  for (const error of refusals) byCode.set(error.code, [...(byCode.get(error.code) ?? []), error]);
  return [...byCode].map(([code, errors]) => {
    const [first] = errors;
    const message = first === undefined ? code : renderError(language, { code, params: first.params }).message;
    return { code, message, count: errors.length };
  });
}

function settle(id: string, change: TaskChange): void {
  switch (change.outcome) {
    case 'done':
      return;
    case 'unknown':
      throw new AppError('TASK_NOT_FOUND', { id });
    case 'running':
      throw new AppError('TASK_RUNNING', { id });
    case 'ended':
      throw new AppError('TASK_ENDED', { id, status: change.status });
    case 'not_failed':
      throw new AppError('TASK_NOT_FAILED', { id, status: change.status });
    case 'replaced':
      throw new AppError('TASK_REPLACED', { id, by: change.by });
  }
}

function criteriaOf({ state, workflow, since, until, search, ...rest }: TaskFilter, language: Language): TaskCriteria {
  const text = search?.trim() ?? '';
  return {
    ...rest,
    states: state ?? [],
    workflowId: workflow,
    since: since === undefined ? undefined : new Date(since),
    until: until === undefined ? undefined : new Date(until),
    words: text === '' ? [] : text.split(/\s+/).map((word) => ({ text: word, codes: codesThatSay(word, language) })),
    idPrefix: /^[0-9a-f][0-9a-f-]{3,35}$/i.test(text) ? text.toLowerCase() : undefined,
  };
}

/** Errors are kept as codes: a word that a person reads in a message is one of the language's catalogue. */
function codesThatSay(word: string, language: Language): ErrorCode[] {
  const { errors } = messagesOf(language);
  const wanted = word.toLocaleLowerCase(language);
  return errorCodes.filter((code) => errors[code].message.toLocaleLowerCase(language).includes(wanted));
}
