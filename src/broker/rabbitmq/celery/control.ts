/**
 * Commands of Celery's remote control that change something: `celery control ...`.
 *
 * What has no counterpart here is refused in words. Source: celery.worker.control
 */
import { z } from 'zod';
import { callQueue, QueueName, queueNames } from '../../../contract/tasks.js';
import { type Command, type Commands, ok, type Panel, RemoteError, read, refused, TaskIds } from './panel.js';
import { pythonRepr } from './python-repr.js';

const Slots = z.object({ n: z.coerce.number().int().min(1).max(1000).default(1) });
const Queue = z.object({ queue: z.string() });
/** Flower says 1 for true. */
const Revocation = z.object({ task_id: TaskIds, terminate: z.unknown().optional().transform(Boolean) });

const unknownQueue = (queue: string) =>
  `there is no queue ${pythonRepr(queue)} of Zincir's: a worker takes steps from ${queueNames.join(', ')}`;

const revoke: Command = async (panel, given) => {
  const { task_id: ids, terminate } = read(Revocation, given);
  const terminated = await revokeAll(panel, ids, terminate);
  if (!terminate) return ok(`tasks {${ids.map((id) => pythonRepr(id)).join(', ')}} flagged as revoked`);
  return ok(`terminate: ${terminated.length === 0 ? 'tasks unknown' : terminated.join(', ')}`);
};

/** Every worker hears of it: the one that runs a task ends it, and of the others the first takes it from its queue. */
async function revokeAll({ worker, calls, revoked, revokeWaiting }: Panel, ids: string[], terminate: boolean) {
  const terminated: string[] = [];
  for (const id of ids) {
    revoked.add(id);
    const how = firstKnown(calls.revoke(id, terminate), await worker.revoke(id, terminate));
    if (how === 'terminated') terminated.push(id);
    if (how === 'unknown') await revokeWaiting(id);
  }
  return terminated;
}

type Revoked = ReturnType<Panel['calls']['revoke']>;

const firstKnown = (one: Revoked, other: Revoked): Revoked => (one === 'unknown' ? other : one);

export const controlCommands: Commands = {
  revoke,
  terminate: (panel, given) => revoke(panel, { ...given, terminate: true }),
  revoke_by_stamped_headers: () => refused('tasks of Zincir have no stamps: revoke them by their ids'),

  pool_grow({ worker }, given) {
    const { n } = read(Slots, given);
    const before = worker.snapshot().slots;
    const now = worker.grow(n);
    return now === before ? refused(`the pool has ${now} slots, which is the most`) : ok('pool will grow');
  },
  pool_shrink({ worker }, given) {
    const { n } = read(Slots, given);
    const before = worker.snapshot().slots;
    const now = worker.shrink(n);
    return now === before ? refused('the pool has one slot, which is the least') : ok('pool will shrink');
  },
  pool_restart() {
    throw new RemoteError('ValueError', 'Pool restarts not enabled');
  },
  autoscale() {
    throw new RemoteError('ValueError', 'Autoscale not enabled');
  },
  shutdown({ worker }) {
    // Answered first: its end hands steps back, which takes a while.
    setImmediate(() => void worker.shutdown());
    return null;
  },

  add_consumer({ worker }, given) {
    const { queue } = read(Queue, given);
    if (queue === callQueue) return ok(`already consuming from '${queue}'`);
    const known = QueueName.safeParse(queue);
    if (!known.success) return refused(unknownQueue(queue));
    return ok(worker.takeUp(known.data) ? `add consumer ${queue}` : `already consuming from '${queue}'`);
  },
  cancel_consumer({ worker }, given) {
    const { queue } = read(Queue, given);
    if (queue === callQueue) return refused(`every worker takes calls from ${queue}`);
    const known = QueueName.safeParse(queue);
    if (!known.success) return refused(unknownQueue(queue));
    worker.giveUp(known.data);
    return ok(`no longer consuming from ${queue}`);
  },
  rate_limit: () => refused('Zincir has no rate limits: a worker runs as many steps at a time as it has slots'),
  time_limit: () => refused('the time limit of steps is a setting: ZINCIR_STEP_TIMEOUT_SECONDS'),

  enable_events({ events }) {
    const before = events.enabled;
    events.enabled = true;
    return ok(before ? 'task events already enabled' : 'task events enabled');
  },
  disable_events({ events }) {
    const before = events.enabled;
    events.enabled = false;
    return ok(before ? 'task events disabled' : 'task events already disabled');
  },
  heartbeat({ sendHeartbeat }) {
    sendHeartbeat();
    return null;
  },
  election: () => null,
};
