/** Queues in this process. They are gone when it ends, which loses nothing: the database knows what must run. */
import type { QueueName, TaskMessage } from '../contract/tasks.js';
import type { Broker, Consumer, Delivery } from '../engine/ports.js';

interface Waiting {
  message: TaskMessage;
  priority: number;
  redelivered: boolean;
}

interface Taker {
  prefetch: number;
  unacked: number;
  stopped: boolean;
  handle(delivery: Delivery): void;
}

interface Queue {
  ready: Waiting[];
  /** Ids of the tasks in `ready`. */
  waiting: Set<string>;
  takers: Taker[];
  dispatching: boolean;
}

export function createMemoryBroker(): Broker {
  const queues = new Map<QueueName, Queue>();
  let closed = false;

  const queueNamed = (name: QueueName): Queue => {
    const queue = queues.get(name) ?? { ready: [], waiting: new Set(), takers: [], dispatching: false };
    queues.set(name, queue);
    return queue;
  };

  return {
    async publish(message, { priority = 0 } = {}) {
      const queue = queueNamed(message.name);
      // A second hint for a task that still waits here tells nobody anything new.
      if (closed || queue.waiting.has(message.id)) return;
      insert(queue, { message: structuredClone(message), priority, redelivered: false });
      dispatch(queue);
    },
    async consume(name, prefetch, handle): Promise<Consumer> {
      const queue = queueNamed(name);
      const taker: Taker = { prefetch, unacked: 0, stopped: false, handle };
      queue.takers.push(taker);
      dispatch(queue);
      return {
        async stop() {
          taker.stopped = true;
          queue.takers = queue.takers.filter((other) => other !== taker);
        },
      };
    },
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

/** Behind those of the same priority, before those of a lower one. */
function insert(queue: Queue, waiting: Waiting): void {
  const before = queue.ready.findLastIndex(({ priority }) => priority >= waiting.priority);
  queue.ready.splice(before + 1, 0, waiting);
  queue.waiting.add(waiting.message.id);
}

/** Hands out what is ready after the present turn, so that nobody is called back from within `publish`. */
function dispatch(queue: Queue): void {
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
      taker.handle(deliveryOf(queue, taker, waiting));
    }
  });
}

function leastBusy(takers: Taker[]): Taker | undefined {
  const free = takers.filter(({ stopped, unacked, prefetch }) => !stopped && unacked < prefetch);
  return free.sort((a, b) => a.unacked - b.unacked)[0];
}

function deliveryOf(queue: Queue, taker: Taker, { message, priority, redelivered }: Waiting): Delivery {
  let settled = false;
  const settle = (): boolean => {
    if (settled) return false;
    settled = true;
    taker.unacked--;
    dispatch(queue);
    return true;
  };
  return {
    message,
    redelivered,
    async ack() {
      settle();
    },
    async requeue() {
      if (!settle()) return;
      queue.ready.unshift({ message, priority, redelivered: true });
      queue.waiting.add(message.id);
    },
  };
}
