/** How a worker shows itself to the broker's own tools, where it has any. */
import { runToEnd } from '../engine/operations/run-to-end.js';
import type { WorkerPresence } from '../engine/operations/worker-ports.js';
import type { Broker, Clock, Files, Store } from '../engine/ports.js';
import type { Tracer } from '../engine/tracing.js';
import { createWorkflows } from '../engine/workflows.js';
import { version } from './package.js';
import type { Settings } from './settings.js';
import { createSniffer } from './sniffer.js';

interface Means {
  readonly broker: Broker;
  readonly store: Store;
  readonly files: Files;
  readonly clock: Clock;
  readonly tracer: Tracer;
}

export function introduceWorker(means: Means, settings: Settings, name: string): WorkerPresence | undefined {
  const { broker, store, files, clock, tracer } = means;
  const limited = settings.maxRunning !== null || settings.maxRunningPerOwner !== null;
  const delegates = broker.introduce !== undefined;
  const workflows = createWorkflows({ store, files, sniffer: createSniffer(files), clock, limited, delegates, tracer });
  return broker.introduce?.({
    name,
    version,
    settings: shownSettings(settings),
    now: () => clock.now(),
    revokeWaiting: async (taskId) => void (await store.revokeTask(taskId, false, clock.now())),
    runWorkflow: (call, signal) => runToEnd(workflows, call, signal),
    async cancelRun(taskId) {
      const id = await workflows.called(taskId);
      if (id !== null) await store.cancelWorkflow(id, clock.now());
    },
  });
}

/** Where others find a stored file, if they may: without the parameters of the storage's address. */
export function addressOf(storageUrl: string, file: string): string {
  const address = new URL(storageUrl);
  address.search = '';
  address.pathname = `${address.pathname.replace(/\/$/, '')}/${file.split('/').map(encodeURIComponent).join('/')}`;
  return address.href;
}

/** What an operator may see of a worker's settings there: no address, as it may hold a password. */
const shownSettings = (settings: Settings) => ({
  zincir_version: version,
  zincir_grace_seconds: settings.graceMs / 1000,
  zincir_lease_seconds: settings.leaseMs / 1000,
  zincir_step_timeout_seconds: settings.stepTimeoutMs === null ? null : settings.stepTimeoutMs / 1000,
  zincir_memory_bytes: settings.memoryBytes,
  zincir_threads: settings.threads,
  zincir_kernels: settings.kernels,
  zincir_log_level: settings.logLevel,
});
