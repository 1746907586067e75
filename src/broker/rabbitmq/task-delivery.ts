/** A message of a step's queue as the task that it asks for. */
import type { AsyncMessage } from 'rabbitmq-client';
import type { QueueName } from '../../contract/tasks.js';
import type { Delivery } from '../../engine/ports.js';
import { decodeTask } from './celery-message.js';
import type { BrokerLog } from './connection.js';
import type { Hold } from './subscription.js';

interface TaskReceiver {
  readonly queue: QueueName;
  readonly log: BrokerLog;
  readonly handle: (delivery: Delivery) => void;
}

export function receiveTasks({ queue, log, handle }: TaskReceiver): (received: AsyncMessage, hold: Hold) => void {
  return (received, { settle }) => {
    const decoded = decodeTask(received);
    if (!decoded.ok) {
      const { reason } = decoded;
      const told = 'a message that is no task of ours goes to the dead letters';
      log.warn({ queue, id: received.correlationId, reason }, told);
      settle('dead-letter');
      return;
    }
    handle({
      message: decoded.message,
      redelivered: received.redelivered === true,
      ack: async () => settle('ack'),
      requeue: async () => settle('requeue'),
    });
  };
}
