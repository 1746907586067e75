/**
 * Every metric there is. Names follow https://prometheus.io/docs/practices/naming/: a base unit at the end, `_total`
 * on counters. The dashboard and the alert rules in `deploy/` are checked against this list.
 *
 * `shared` metrics are of the whole installation: every server shows the same, so take the `max` over servers, never
 * the `sum`. `own` ones are of the process that shows them.
 */
import type { CounterFamily, Family, GaugeFamily, HistogramFamily } from './family.js';

const counter = (name: string, help: string, labels: readonly string[] = []): CounterFamily => ({
  type: 'counter',
  name,
  help,
  labels,
});
const gauge = (name: string, help: string, labels: readonly string[] = []): GaugeFamily => ({
  type: 'gauge',
  name,
  help,
  labels,
});
const histogram = (
  name: string,
  help: string,
  labels: readonly string[],
  bounds: readonly number[],
): HistogramFamily => ({ type: 'histogram', name, help, labels, bounds });

/** From a step that reads a small file to one that trains for a day. */
const stepBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400];
const waitBounds = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400];
const requestBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const shared = {
  up: gauge(
    'zincir_shared_up',
    'Whether the figures that all servers share could be read from the database (1) or not (0).',
  ),
  queueReady: gauge('zincir_queue_messages_ready', 'Messages that wait in a queue of the broker.', ['queue']),
  queueUnacked: gauge('zincir_queue_messages_unacked', 'Messages that a worker has and has not acknowledged.', [
    'queue',
  ]),
  queueConsumers: gauge('zincir_queue_consumers', 'Consumers of a queue.', ['queue']),
  queueWorkers: gauge(
    'zincir_queue_workers',
    'Workers online that take from a queue. One whose slots are all busy consumes nothing meanwhile.',
    ['queue'],
  ),
  queueSampleAge: gauge('zincir_queue_sample_age_seconds', 'Age of the figures of a queue.', ['queue']),
  stepsQueued: gauge('zincir_steps_queued', 'Steps that wait for a worker, by the database.', ['step']),
  stepsRunning: gauge('zincir_steps_running', 'Steps that run, by the database.', ['step']),
  oldestWait: gauge(
    'zincir_step_oldest_wait_seconds',
    'How long the first of the steps that wait has been due; 0 when none waits.',
    ['step'],
  ),
  workflows: gauge('zincir_workflows', 'Workflows that have not ended, by status.', ['status']),
  workflowsHeld: gauge('zincir_workflows_held', 'Running workflows that wait because as many run as may.'),
  workflowsCreated: counter('zincir_workflows_created_total', 'Workflows created.'),
  workflowsEnded: counter('zincir_workflows_ended_total', 'Workflows that ended, by outcome.', ['outcome']),
  stepDuration: histogram(
    'zincir_step_duration_seconds',
    'How long attempts of steps took, by how they ended.',
    ['step', 'outcome'],
    stepBounds,
  ),
  stepWait: histogram(
    'zincir_step_wait_seconds',
    'How long steps were due before a worker took them.',
    ['step'],
    waitBounds,
  ),
  stepRetries: counter('zincir_step_retries_total', 'Steps that are tried again after a fault.', ['step']),
  stepFailures: counter('zincir_step_failures_total', 'Steps that failed for good, by the code of the error.', [
    'step',
    'code',
  ]),
  leasesLost: counter('zincir_leases_lost_total', 'Attempts whose worker was lost while it ran them.', ['step']),
  workers: gauge(
    'zincir_workers',
    'Workers by status: online, draining, lost (not heard of), offline (signed off, within a day).',
    ['status'],
  ),
  workerSlots: gauge('zincir_worker_slots', 'Steps that the workers that are there can run at a time.'),
  workerActive: gauge('zincir_worker_slots_active', 'Slots of these workers that are taken.'),
  outbox: gauge('zincir_outbox_messages', 'Messages that the broker has not taken yet.'),
  outboxOldest: gauge(
    'zincir_outbox_oldest_seconds',
    'How long the first message that is due has waited for the broker; 0 when none waits.',
  ),
  webhookDeliveries: gauge(
    'zincir_webhook_deliveries',
    'Calls of webhooks that are remembered, by status: pending, delivered, given_up.',
    ['status'],
  ),
} as const satisfies Record<string, Family>;

export const own = {
  buildInfo: gauge('zincir_build_info', 'Always 1; the version of the program and of Node.js.', [
    'version',
    'node_version',
  ]),
  requestDuration: histogram(
    'zincir_http_request_duration_seconds',
    'How long requests took, by route, method and status; live streams are not among them.',
    ['method', 'route', 'status'],
    requestBounds,
  ),
  streams: gauge('zincir_http_live_streams', 'Workflows whose live events are being sent to somebody.'),
  webhookCalls: counter(
    'zincir_webhook_calls_total',
    'Calls of webhooks that this process made, by outcome: delivered, failed.',
    ['outcome'],
  ),
  workerNodeSlots: gauge('zincir_worker_node_slots', 'Steps that the worker in this process can run at a time.'),
  workerNodeActive: gauge('zincir_worker_node_slots_active', 'Steps that the worker in this process runs.'),
  eventLoopLag: gauge('nodejs_eventloop_lag_seconds', 'Mean delay of the event loop since the last scrape.'),
  eventLoopLagP99: gauge(
    'nodejs_eventloop_lag_p99_seconds',
    'Delay of the event loop that 99 of 100 turns kept since the last scrape.',
  ),
  eventLoopLagMax: gauge('nodejs_eventloop_lag_max_seconds', 'Longest delay of the event loop since the last scrape.'),
  eventLoopUtilisation: gauge(
    'nodejs_eventloop_utilization_ratio',
    'Share of the time since the last scrape in which the event loop was busy.',
  ),
  heapUsed: gauge('nodejs_heap_size_used_bytes', 'Heap in use.'),
  heapTotal: gauge('nodejs_heap_size_total_bytes', 'Heap taken from the system.'),
  external: gauge('nodejs_external_memory_bytes', 'Memory outside the heap that belongs to objects in it.'),
  cpu: counter('process_cpu_seconds_total', 'Processor time, user and system.'),
  resident: gauge('process_resident_memory_bytes', 'Resident memory.'),
  openFiles: gauge('process_open_fds', 'Open file descriptors.'),
  started: gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.'),
} as const satisfies Record<string, Family>;
