/** What operators see of queues in memory, and do to them. */
import { AppError } from '../contract/errors.js';
import { queueNames, queueOf, type TaskMessage } from '../contract/tasks.js';
import type { BrokerQueues, QueueCount } from '../engine/operations/queue-ports.js';
import { processOfTag } from './consumer-tag.js';
import type { MemoryQueue, MemoryState } from './memory-state.js';

const deadQueue = 'zincir.dead';

export function memoryQueues(state: MemoryState, publish: (message: TaskMessage) => void): BrokerQueues {
  const named = (name: string): MemoryQueue | null => {
    const known = queueNames.find((queue) => queue === name);
    return known === undefined ? null : state.queueNamed(known);
  };
  const deadQueueCount = (): QueueCount => ({
    name: deadQueue,
    ready: state.dead.length,
    unacked: 0,
    consumers: 0,
    state: 'running',
    publishRate: state.deadPublished.perSecond,
    ackRate: 0,
  });

  return {
    kind: 'memory',
    dead: deadQueue,
    async count() {
      const queues = queueNames.map((name) => countOf(state.queueNamed(name))).filter(isShown);
      return { ok: true, answer: { queues: [...queues, deadQueueCount()], alarms: [] } };
    },
    async countDead() {
      return state.dead.length;
    },
    async inspect(name) {
      const nothingElse = { arguments: {}, policy: null };
      if (name === deadQueue) return { ok: true, answer: { ...deadQueueCount(), ...nothingElse, consumersOf: [] } };
      const queue = named(name);
      if (queue === null) return { ok: true, answer: null };
      const consumersOf = queue.takers.map(({ tag, prefetch }) => ({
        tag,
        prefetch,
        address: null,
        ...processOfTag(tag),
      }));
      return { ok: true, answer: { ...countOf(queue), ...nothingElse, consumersOf } };
    },
    async peekDead(limit) {
      return state.dead.slice(0, limit).map(({ message: { id, name, args, kwargs }, from, at }) => ({
        taskId: id,
        name,
        from,
        reason: 'delivery_limit',
        at,
        body: JSON.stringify([args, kwargs]),
      }));
    },
    async purge(name) {
      if (name === deadQueue) return state.dead.splice(0).length;
      const queue = named(name);
      if (queue === null) throw new AppError('QUEUE_NOT_FOUND', { name });
      queue.waiting.clear();
      return queue.ready.splice(0).length;
    },
    async moveDead() {
      const letters = state.dead.splice(0);
      for (const { message } of letters) publish(message);
      return letters.length;
    },
  };
}

/** Custom steps need RabbitMQ. One that was asked for while there was one may still come here, to be told so. */
const isShown = ({ name, ready, unacked }: QueueCount): boolean => name !== queueOf('custom') || ready + unacked > 0;

const countOf = ({ name, ready, unacked, takers, published, acked }: MemoryQueue): QueueCount => ({
  name,
  ready: ready.length,
  unacked,
  consumers: takers.length,
  state: 'running',
  publishRate: published.perSecond,
  ackRate: acked.perSecond,
});
