/** The parts of the `Store` that tell operators of tasks and queues. */
import type { QueueStore } from '../engine/operations/queue-ports.js';
import type { TaskStore } from '../engine/operations/task-ports.js';
import type { Driver } from './driver.js';
import { nextTasks, oldestWaits, queueBacklog } from './queries/queues/queue-backlog.js';
import { purgeQueueSamples, queueSampleDue, queueSamples, recordQueues } from './queries/queues/queue-samples.js';
import { recentWorkflows } from './queries/read-workflows.js';
import { retryTask, revokeTask } from './queries/tasks/change-task.js';
import { findTask } from './queries/tasks/find-task.js';
import { listTasks, matchTasks } from './queries/tasks/list-tasks.js';
import { purgeTasks } from './queries/tasks/purge-tasks.js';
import { recentTasks, runningTasks } from './queries/tasks/read-tasks.js';
import { taskErrors } from './queries/tasks/task-errors.js';

export function createOperationsStore(driver: Driver): TaskStore & QueueStore {
  return {
    listTasks: (criteria, limit, cursor) => listTasks(driver, criteria, limit, cursor),
    matchTasks: (criteria, limit) => matchTasks(driver, criteria, limit),
    recentTasks: (limit) => recentTasks(driver, limit),
    taskErrors: (criteria) => taskErrors(driver, criteria),
    findTask: (taskId) => findTask(driver, taskId),
    runningTasks: (workers) => runningTasks(driver, workers),
    revokeTask: (taskId, terminate, now) => revokeTask(driver, taskId, terminate, now),
    retryTask: (taskId, now, held) => retryTask(driver, taskId, now, held),
    oldestWaits: (names, now) => oldestWaits(driver, names, now),
    queueBacklog: (names, silentAfterMs, now) => queueBacklog(driver, names, silentAfterMs, now),
    nextTasks: (name, limit, now) => nextTasks(driver, name, limit, now),
    queueSampleDue: () => queueSampleDue(driver),
    recordQueues: (samples) => recordQueues(driver, samples),
    recentWorkflows: (limit) => recentWorkflows(driver, limit),
    queueSamples: (name) => queueSamples(driver, name),
  };
}

/** @param tasksBefore tasks that ended before then are forgotten; null: none */
export async function forgetOperations(driver: Driver, tasksBefore: Date | null): Promise<void> {
  await purgeQueueSamples(driver);
  if (tasksBefore !== null) await purgeTasks(driver, tasksBefore);
}
