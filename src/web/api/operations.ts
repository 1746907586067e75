/** What the pages of operations ask of the server; an answer that people watch is asked for anew every two seconds. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import {
  BulkResult,
  FlowerState,
  QueueDetails,
  QueueOverview,
  QueuePurged,
  Task,
  TaskErrorList,
  TaskList,
  type WorkerAction,
  WorkerCommand,
  WorkerDetails,
  WorkerHistory,
  WorkerList,
} from '../../contract/operations.js';
import { ApiError, ask, queryString, request } from './client.js';

const pollEveryMs = 2000;

/** What was never there, or was removed, does not come back by asking. */
const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

/**
 * Asked again while the page is seen; a hidden page asks nothing, and asks at once when it is seen again. The last
 * answer stays when the server is away, and the next asking is the retry.
 */
const watched = {
  refetchInterval: ({ state }: { state: { error: unknown } }) => (isGone(state.error) ? false : pollEveryMs),
  refetchOnWindowFocus: 'always',
  refetchOnMount: 'always',
  retry: false,
  networkMode: 'always',
} as const;

/** Samples come every few seconds; a chart need not be younger. */
const watchedSlowly = {
  ...watched,
  refetchInterval: ({ state }: { state: { error: unknown } }) => (isGone(state.error) ? false : 5 * pollEveryMs),
};

const part = (text: string) => encodeURIComponent(text);

export const queuesQuery = queryOptions({
  queryKey: ['queues'],
  queryFn: ({ signal }) => ask(QueueOverview, '/api/queue', signal),
  ...watched,
});

export const queueQuery = (name: string) =>
  queryOptions({
    queryKey: ['queues', name],
    queryFn: ({ signal }) => ask(QueueDetails, `/api/queue/${part(name)}`, signal),
    ...watched,
  });

/** The filters of tasks, as the address of their list and the API spell them. */
export interface TaskFilters {
  state?: string | undefined;
  name?: string | undefined;
  worker?: string | undefined;
  workflow?: number | undefined;
  since?: string | undefined;
  until?: string | undefined;
  error?: string | undefined;
  search?: string | undefined;
}

export const tasksQuery = (filters: TaskFilters & { cursor?: string | undefined; limit: number }) =>
  queryOptions({
    queryKey: ['tasks', 'list', filters],
    queryFn: ({ signal }) => ask(TaskList, `/api/tasks${queryString({ ...filters })}`, signal),
    placeholderData: keepPreviousData,
    ...watched,
  });

export const taskErrorsQuery = (filters: TaskFilters) =>
  queryOptions({
    queryKey: ['tasks', 'errors', filters],
    queryFn: ({ signal }) => ask(TaskErrorList, `/api/tasks/errors${queryString({ ...filters })}`, signal),
    placeholderData: keepPreviousData,
    ...watchedSlowly,
  });

export const taskQuery = (id: string) =>
  queryOptions({
    queryKey: ['tasks', id],
    queryFn: ({ signal }) => ask(Task, `/api/tasks/${part(id)}`, signal),
    ...watched,
  });

export const workersQuery = queryOptions({
  queryKey: ['workers', 'list'],
  queryFn: ({ signal }) => ask(WorkerList, '/api/workers', signal),
  ...watched,
});

export const workersHistoryQuery = queryOptions({
  queryKey: ['workers', 'history'],
  queryFn: ({ signal }) => ask(WorkerHistory, '/api/workers/history', signal),
  ...watchedSlowly,
});

export const workerQuery = (name: string) =>
  queryOptions({
    queryKey: ['workers', 'one', name],
    queryFn: ({ signal }) => ask(WorkerDetails, `/api/workers/${part(name)}`, signal),
    ...watched,
  });

export const flowerQuery = queryOptions({
  queryKey: ['flower'],
  queryFn: ({ signal }) => ask(FlowerState, '/api/flower', signal),
  ...watched,
  refetchInterval: 2 * pollEveryMs,
});

export type TaskAction = 'revoke' | 'terminate' | 'retry';

/** Does something to one task. */
export function actOnTask(id: string, action: TaskAction): Promise<Task> {
  if (action === 'retry') return request(Task, `/api/tasks/${part(id)}/retry`, { method: 'POST' });
  const body = { terminate: action === 'terminate' };
  return request(Task, `/api/tasks/${part(id)}/revoke`, { method: 'POST', body });
}

/** Does something to all tasks that match, but to no more than were told to match. */
export function actOnMatching(action: TaskAction, filters: TaskFilters, expected: number): Promise<BulkResult> {
  const { state, ...others } = filters;
  const filter = state === undefined ? others : { ...others, state: state.split(',') };
  return request(BulkResult, '/api/tasks/bulk', { method: 'POST', body: { action, filter, expected } });
}

/** Empties a queue, or moves its dead letters back; the name typed is sent along. */
export const clearQueue = (name: string, how: 'purge' | 'move', confirm: string) =>
  request(QueuePurged, `/api/queue/${part(name)}/${how}`, { method: 'POST', body: { confirm } });

/** Asks a worker; its answer comes later, among its commands. */
export const actOnWorker = (name: string, action: WorkerAction, slots: number) =>
  request(WorkerCommand, `/api/workers/${part(name)}/${action}`, { method: 'POST', body: { slots } });

export const fetchWorker = (name: string) => request(WorkerDetails, `/api/workers/${part(name)}`);
