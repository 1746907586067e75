/** Whether each thing that a server depends on answers, and soon. */
import { toAppError } from '../contract/errors.js';
import type { Engine } from './engine.js';
import type { Broker, Files, Store } from './ports.js';
import { silentAfterMs } from './silence.js';
import { within } from './within.js';

/** Those who probe wait a few seconds at most; and what takes longer than this is no help to a request either. */
const patienceMs = 2_000;

type Check = Awaited<ReturnType<Engine['readiness']>>[number];
type Answer = Omit<Check, 'name'>;

export function createReadiness(ports: { store: Store; broker: Broker; files: Files }): Engine['readiness'] {
  const { store, broker, files } = ports;
  const workers = async (): Promise<Answer> => {
    const online = await store.onlineWorkers(silentAfterMs);
    return { ok: online.length > 0, detail: online.map(({ name }) => name).join(', ') || '—' };
  };
  const checks = [
    askedOnce('database', () => store.check()),
    askedOnce('broker', () => broker.check()),
    askedOnce('storage', () => files.check()),
    askedOnce('worker', workers),
  ];
  return () => Promise.all(checks.map((check) => check()));
}

/** A question that is still open when it is asked again is not asked twice: one that hangs must not pile up. */
function askedOnce(name: Check['name'], ask: () => Promise<Answer>): () => Promise<Check> {
  let open: Promise<Answer> | null = null;
  return async () => {
    open ??= ask().finally(() => {
      open = null;
    });
    try {
      return { name, ...(await within(patienceMs, open)) };
    } catch (thrown) {
      return { name, ok: false, detail: toAppError(thrown).message };
    }
  };
}
