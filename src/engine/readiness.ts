import { toAppError } from '../contract/errors.js';
import type { Engine } from './engine.js';
import type { Broker, Clock, Files, Store } from './ports.js';

/** A worker that has said nothing for this long is not there; it says something every few seconds. */
export const silentAfterMs = 20_000;

type Check = Awaited<ReturnType<Engine['readiness']>>[number];

export async function readiness(ports: {
  store: Store;
  broker: Broker;
  files: Files;
  clock: Clock;
}): ReturnType<Engine['readiness']> {
  const { store, broker, files, clock } = ports;
  const workers = async () => {
    const online = await store.onlineWorkers(new Date(clock.now().getTime() - silentAfterMs));
    return { ok: online.length > 0, detail: online.map(({ name }) => name).join(', ') || '—' };
  };
  return Promise.all([
    answered('database', () => store.check()),
    answered('broker', () => broker.check()),
    answered('storage', () => files.check()),
    answered('worker', workers),
  ]);
}

async function answered(name: Check['name'], check: () => Promise<Omit<Check, 'name'>>): Promise<Check> {
  try {
    return { name, ...(await check()) };
  } catch (thrown) {
    return { name, ok: false, detail: toAppError(thrown).message };
  }
}
