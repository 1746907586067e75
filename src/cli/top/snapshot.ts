/** What `zincir top` shows, at one moment. */
import type { WorkflowList } from '../../contract/api.js';
import type { QueueOverview, TaskSummary, WorkerList } from '../../contract/operations.js';
import type { Client } from '../client.js';

export interface TopSnapshot {
  /** By this machine's clock. */
  at: string;
  queue: QueueOverview;
  workers: WorkerList;
  running: WorkflowList;
  /** The last ones first. */
  failures: TaskSummary[];
}

const mostRunning = 50;
const mostFailures = 10;

export async function takeSnapshot(client: Client): Promise<TopSnapshot> {
  const [queue, workers, running, { items: failures }] = await Promise.all([
    client.queue(),
    client.workers(),
    client.listWorkflows({ status: 'RUNNING', sort: 'id', limit: mostRunning }),
    client.tasks({ state: 'FAILURE', limit: mostFailures }),
  ]);
  return { at: new Date().toISOString(), queue, workers, running, failures };
}
