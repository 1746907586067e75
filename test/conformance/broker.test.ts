import { createMemoryBroker } from '../../src/broker/memory.js';
import { describeBroker } from './broker.js';

describeBroker('memory', async () => {
  const broker = createMemoryBroker();
  return { broker, drop: () => broker.close() };
});
