/** Queues in this process. They are gone when it ends, which loses nothing: the database knows what must run. */
import { hostname } from 'node:os';
import type { QueueName, TaskMessage } from '../contract/tasks.js';
import type { Broker, Consumer, Delivery } from '../engine/ports.js';
import { tagOf } from './consumer-tag.js';
import { memoryQueues } from './memory-queues.js';
import type { MemoryQueue, MemoryState, Taker, Waiting } from './memory-state.js';
import { RateMeter } from './rate-meter.js';

/** As on RabbitMQ: what came back so often goes to the dead letters, and of those no more are kept. */
const deliveryLimit = 100;
const mostDeadLetters = 10_000;

export function createMemoryBroker(): Broker {
  const queues = new Map<QueueName, MemoryQueue>();
  let closed = false;
  let consumers = 0;

  const state: MemoryState = {
    dead: [],
    deadPublished: new RateMeter(),
    queueNamed(name) {
      const queue = queues.get(name) ?? emptyQueue(name);
      queues.set(name, queue);
      return queue;
    },
  };
  const publish = (message: TaskMessage, priority: number): void => {
    const queue = state.queueNamed(message.name);
    // A second hint for a task that still waits here tells nobody anything new.
    if (closed || queue.waiting.has(message.id)) return;
    queue.published.add();
    insert(queue, { message: structuredClone(message), priority, redelivered: false, returned: 0 });
    dispatch(state, queue);
  };

  return {
    async publish(message, { priority = 0 } = {}) {
      publish(message, priority);
    },
    async consume(name, prefetch, handle): Promise<Consumer> {
      const queue = state.queueNamed(name);
      const tag = tagOf(process.pid, hostname(), String(++consumers));
      const taker: Taker = { tag, prefetch, unacked: 0, stopped: false, handle };
      queue.takers.push(taker);
      dispatch(state, queue);
      return {
        async stop() {
          taker.stopped = true;
          queue.takers = queue.takers.filter((other) => other !== taker);
        },
        rest() {
          taker.stopped = true;
        },
      };
    },
    queues: memoryQueues(state, (message) => publish(message, 0)),
    async check() {
      return { ok: !closed, detail: 'memory' };
    },
    async close() {
      closed = true;
      for (const queue of queues.values()) queue.takers = [];
      queues.clear();
    },
  };
}

const emptyQueue = (name: QueueName): MemoryQueue => ({
  name,
  ready: [],
  waiting: new Set(),
  unacked: 0,
  takers: [],
  dispatching: false,
  published: new RateMeter(),
  acked: new RateMeter(),
});

/** Behind those of the same priority, before those of a lower one. */
function insert(queue: MemoryQueue, waiting: Waiting): void {
  const before = queue.ready.findLastIndex(({ priority }) => priority >= waiting.priority);
  queue.ready.splice(before + 1, 0, waiting);
  queue.waiting.add(waiting.message.id);
}

/** Hands out what is ready after the present turn, so that nobody is called back from within `publish`. */
function dispatch(state: MemoryState, queue: MemoryQueue): void {
  if (queue.dispatching) return;
  queue.dispatching = true;
  setImmediate(() => {
    queue.dispatching = false;
    for (;;) {
      const taker = leastBusy(queue.takers);
      const waiting = taker && queue.ready.shift();
      if (!waiting) return;
      queue.waiting.delete(waiting.message.id);
      taker.unacked++;
      queue.unacked++;
      taker.handle(deliveryOf(state, queue, taker, waiting));
    }
  });
}

function leastBusy(takers: Taker[]): Taker | undefined {
  const free = takers.filter(({ stopped, unacked, prefetch }) => !stopped && unacked < prefetch);
  return free.sort((a, b) => a.unacked - b.unacked)[0];
}

function deliveryOf(state: MemoryState, queue: MemoryQueue, taker: Taker, waiting: Waiting): Delivery {
  const { message, priority, redelivered } = waiting;
  const returned = waiting.returned + 1;
  let settled = false;
  const settle = (): boolean => {
    if (settled) return false;
    settled = true;
    taker.unacked--;
    queue.unacked--;
    dispatch(state, queue);
    return true;
  };
  return {
    message,
    redelivered,
    async ack() {
      if (settle()) queue.acked.add();
    },
    async requeue() {
      if (!settle()) return;
      if (returned > deliveryLimit) {
        state.deadPublished.add();
        state.dead.push({ message, from: queue.name, at: new Date() });
        state.dead.splice(0, state.dead.length - mostDeadLetters);
        return;
      }
      queue.ready.unshift({ message, priority, redelivered: true, returned });
      queue.waiting.add(message.id);
    },
  };
}
