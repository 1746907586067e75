import { test } from 'vitest';
import { createRabbitBroker } from '../../src/broker/rabbitmq/rabbit-broker.js';
import { createVhost, findRabbit, rabbitMissing, rabbitVersion } from '../support/rabbitmq.js';
import { describeBroker } from './broker.js';

if (await findRabbit()) {
  const { text, major } = await rabbitVersion();
  const withoutPriority = major >= 4 ? null : `needs RabbitMQ 4, this is ${text}`;
  describeBroker(
    'RabbitMQ',
    async () => {
      const vhost = await createVhost();
      const broker = createRabbitBroker(vhost.url);
      return {
        broker,
        async drop() {
          await broker.close();
          await vhost.drop();
        },
      };
    },
    { withoutPriority },
  );
} else {
  test.skip(`RabbitMQ (${rabbitMissing})`, () => {});
}
