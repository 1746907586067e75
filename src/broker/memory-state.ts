/** What a broker in memory holds. */
import type { QueueName, TaskMessage } from '../contract/tasks.js';
import type { Delivery } from '../engine/ports.js';
import type { RateMeter } from './rate-meter.js';

export interface Waiting {
  message: TaskMessage;
  priority: number;
  redelivered: boolean;
  /** Times that it was handed back. */
  returned: number;
}

export interface Taker {
  tag: string;
  prefetch: number;
  unacked: number;
  /** Takes nothing, for now or for ever. */
  stopped: boolean;
  handle(delivery: Delivery): void;
}

export interface MemoryQueue {
  name: QueueName;
  ready: Waiting[];
  /** Ids of the tasks in `ready`. */
  waiting: Set<string>;
  unacked: number;
  takers: Taker[];
  dispatching: boolean;
  published: RateMeter;
  acked: RateMeter;
}

interface DeadMessage {
  message: TaskMessage;
  from: QueueName;
  at: Date;
}

/** All that a broker in memory is. */
export interface MemoryState {
  queueNamed(name: QueueName): MemoryQueue;
  dead: DeadMessage[];
  deadPublished: RateMeter;
}
