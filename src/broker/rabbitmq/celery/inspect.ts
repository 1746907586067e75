/**
 * Commands of Celery's remote control that only look: `celery inspect ...`, and what Flower asks for its pages.
 *
 * Source: celery.worker.control, celery.worker.request.Request.info, celery.worker.worker.WorkController.stats
 */
import { arch, type as systemName } from 'node:os';
import { z } from 'zod';
import { stepNames } from '../../../contract/entities.js';
import { callQueue, type QueueName, queueOf } from '../../../contract/tasks.js';
import type { WorkerView } from '../../../engine/operations/worker-ports.js';
import { describeQueue } from '../topology.js';
import { type Command, type Commands, ok, type Panel, read, refused, TaskIds } from './panel.js';
import { pythonRepr, pythonTuple } from './python-repr.js';
import type { HeldCall } from './run-calls.js';

type ActiveTask = WorkerView['active'][number];

const stats: Command = ({ worker, calls, address, clock }) => {
  const view = worker.snapshot();
  return {
    total: { ...totalsOf(view), ...(calls.processed > 0 ? { [callQueue]: calls.processed } : {}) },
    pid: process.pid,
    clock: String(clock.value),
    uptime: Math.round((Date.now() - view.startedAt.getTime()) / 1000),
    pool: {
      implementation: 'zincir (a child process a step)',
      'max-concurrency': view.slots,
      processes: view.childPids,
      'max-tasks-per-child': 'N/A',
      'put-guarded-by-semaphore': false,
      timeouts: [0, 0],
      writes: 'N/A',
    },
    broker: {
      hostname: address.hostname,
      userid: address.username,
      virtual_host: address.vhost,
      port: address.port,
      insist: false,
      ssl: address.tls,
      transport: 'amqp',
      connect_timeout: 4,
      transport_options: {},
      login_method: 'PLAIN',
      uri_prefix: null,
      heartbeat: address.heartbeatSeconds,
      failover_strategy: 'round-robin',
      alternates: [],
    },
    prefetch_count: view.slots,
    state: view.state,
    rusage: resourceUse(),
  };
};

function totalsOf({ processedBySteps }: WorkerView): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const step of stepNames) {
    const count = processedBySteps[step];
    if (count !== undefined) totals[queueOf(step)] = count;
  }
  return totals;
}

function resourceUse(): Record<string, number> {
  const used = process.resourceUsage();
  return {
    utime: used.userCPUTime / 1e6,
    stime: used.systemCPUTime / 1e6,
    maxrss: used.maxRSS,
    ixrss: used.sharedMemorySize,
    idrss: used.unsharedDataSize,
    isrss: used.unsharedStackSize,
    minflt: used.minorPageFault,
    majflt: used.majorPageFault,
    nswap: used.swappedOut,
    inblock: used.fsRead,
    oublock: used.fsWrite,
    msgsnd: used.ipcSent,
    msgrcv: used.ipcReceived,
    nsignals: used.signalsCount,
    nvcsw: used.voluntaryContextSwitches,
    nivcsw: used.involuntaryContextSwitches,
  };
}

interface Request {
  readonly id: string;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly startedAt: Date | null;
  readonly pid: number | null;
}

const requestOfStep = ({ taskId: id, stepId, step, workflowId, startedAt, pid }: ActiveTask): Request => {
  return { id, name: queueOf(step), args: [stepId], kwargs: { workflowId }, startedAt, pid };
};
const requestOfCall = ({ call, startedAt }: HeldCall): Request => ({ ...call, startedAt, pid: process.pid });

/** @param safe arguments as texts, as every event has them */
function requestInfo(node: string, { id, name, args, kwargs, startedAt, pid }: Request, safe: boolean) {
  return {
    id,
    name,
    args: safe ? pythonTuple(args) : args,
    kwargs: safe ? pythonRepr(kwargs) : kwargs,
    type: name,
    hostname: node,
    time_start: startedAt === null ? null : startedAt.getTime() / 1000,
    acknowledged: false,
    delivery_info: { exchange: '', routing_key: name, priority: null, redelivered: null },
    worker_pid: pid,
  };
}

/** Steps that run here, and calls whose workflows run anywhere. */
function activeRequests({ worker, calls }: Panel): Request[] {
  const running = calls.held.filter(({ startedAt }) => startedAt !== null);
  return [...worker.snapshot().active.map(requestOfStep), ...running.map(requestOfCall)];
}

const active: Command = (panel, given) =>
  activeRequests(panel).map((request) => requestInfo(panel.node, request, Boolean(given.safe)));

/** A step that waits for a retry waits in the database; here are the calls that wait for their time. */
const scheduled: Command = ({ calls, node }) =>
  calls.held
    .filter(({ startedAt }) => startedAt === null)
    .map((held) => ({
      eta: held.call.eta?.toISOString() ?? null,
      priority: 6,
      request: requestInfo(node, requestOfCall(held), false),
    }));

/** What a worker is sent beyond its slots goes back to its queue at once. */
const reserved: Command = () => [];

const registered: Command = ({ worker }) => [...worker.snapshot().queues, callQueue].sort();

const activeQueues: Command = ({ worker }) => {
  const { queues, state } = worker.snapshot();
  const taken: (QueueName | typeof callQueue)[] = state === 'working' ? [...queues, callQueue] : [callQueue];
  return taken.map((name) => describeQueue(name));
};

const revoked: Command = (panel) => panel.revoked.list();

const conf: Command = ({ settings, worker, address }) => {
  const { slots } = worker.snapshot();
  const { hostname, port, vhost, tls, username } = address;
  return {
    broker_url: `${tls ? 'amqps' : 'amqp'}://${username}:********@${hostname}:${port}/${encodeURIComponent(vhost)}`,
    broker_heartbeat: address.heartbeatSeconds,
    accept_content: ['json'],
    task_serializer: 'json',
    result_serializer: 'json',
    event_serializer: 'json',
    enable_utc: true,
    timezone: 'UTC',
    task_acks_late: true,
    task_reject_on_worker_lost: true,
    task_track_started: true,
    task_send_sent_event: true,
    worker_send_task_events: true,
    worker_prefetch_multiplier: 1,
    worker_concurrency: slots,
    ...settings,
  };
};

const QueryIds = z.object({ ids: TaskIds });
const queryTask: Command = (panel, given) => {
  const { ids } = read(QueryIds, given);
  const found = activeRequests(panel).filter(({ id }) => ids.includes(id));
  return Object.fromEntries(found.map((request) => [request.id, ['active', requestInfo(panel.node, request, false)]]));
};

const Greeting = z.object({ from_node: z.string() });
/** Another worker starts, and takes over what the others know. */
const hello: Command = ({ node, revoked, clock }, given) => {
  const { from_node: from } = read(Greeting, given);
  return from === node ? null : { revoked: revoked.list(), clock: clock.forward() };
};

const report: Command = ({ version, address }) =>
  ok(
    [
      '',
      `software -> zincir:${version} (node ${process.version})`,
      `platform -> system:${systemName()} arch:${arch()}`,
      `broker -> transport:amqp host:${address.hostname} vhost:${address.vhost}`,
      'messages -> celery, protocol 2, json',
      '',
    ].join('\n'),
  );

const residentMemory = () => `${(process.memoryUsage.rss() / 2 ** 20).toFixed(2)}MB`;

export const inspectCommands: Commands = {
  ping: () => ok('pong'),
  stats,
  active,
  dump_active: active,
  reserved,
  dump_reserved: reserved,
  scheduled,
  dump_schedule: scheduled,
  revoked,
  dump_revoked: revoked,
  registered,
  dump_tasks: registered,
  active_queues: activeQueues,
  conf,
  dump_conf: conf,
  query_task: queryTask,
  report,
  clock: ({ clock }: Panel) => ({ clock: clock.value }),
  hello,
  memsample: residentMemory,
  memdump: () => `- rss (sample): ${residentMemory()}.`,
  objgraph: () => refused('there are no Python objects here to draw'),
};
