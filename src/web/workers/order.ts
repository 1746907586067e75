import type { WorkerInfo, WorkerStatus } from '../../contract/operations.js';

const places: Record<WorkerStatus, number> = { lost: 0, online: 1, draining: 1, offline: 2 };

/** Those that need a look first, those that signed off last; by name within. A row keeps its place while it works. */
export function orderWorkers(workers: readonly WorkerInfo[]): WorkerInfo[] {
  return [...workers].sort(
    (a, b) => places[a.status] - places[b.status] || a.name.localeCompare(b.name, 'en', { numeric: true }),
  );
}

/** Queues that nobody takes from any more once this worker takes nothing new. */
export function queuesLeftAlone(worker: Pick<WorkerInfo, 'name' | 'queues'>, all: readonly WorkerInfo[]): string[] {
  const others = all.filter(({ name, status }) => name !== worker.name && status === 'online');
  return worker.queues.filter((queue) => !others.some(({ queues }) => queues.includes(queue)));
}
