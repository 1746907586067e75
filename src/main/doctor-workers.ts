/** What `zincir doctor` says of workers elsewhere: only what is wrong with how they were set up. */
import type { Language } from '../contract/messages/translate.js';
import { type OperationsWarning, type WorkerInfo, WorkerList } from '../contract/operations.js';
import { workerEntity } from '../engine/operations/render-worker.js';
import { isEmbedded, openStore } from './adapters.js';
import type { Check } from './doctor-check.js';

/** One that is lost, or has a name of its owner's taste, is no fault of a set-up. */
const faults: readonly string[] = ['WORKER_NAME_TWICE', 'WORKER_CLOCK_AHEAD', 'WORKER_CLOCK_BEHIND'];

/** Asks the database that nodes share; one inside a process has no workers elsewhere. */
export async function examineWorkers(databaseUrl: string, name: string, language: Language): Promise<Check[]> {
  if (isEmbedded(databaseUrl)) return [];
  try {
    const store = await openStore(databaseUrl);
    try {
      return checksOf(
        (await store.listWorkers()).map((row) => workerEntity(row, [], language)),
        name,
      );
    } finally {
      await store.close();
    }
  } catch {
    // What is wrong with the database is told by its own check.
    return [];
  }
}

/** Asks a server; one that wants to know who asks is not asked any further. */
export async function askAboutWorkers(url: string, name: string, language: Language): Promise<Check[]> {
  try {
    const headers = { 'accept-language': language };
    const response = await fetch(`${url}/api/workers`, { headers, signal: AbortSignal.timeout(5000) });
    return response.ok ? checksOf(WorkerList.parse(await response.json()).items, name) : [];
  } catch {
    return [];
  }
}

function checksOf(workers: readonly WorkerInfo[], name: string): Check[] {
  const wrong = (warning: OperationsWarning) => faults.includes(warning.code);
  return workers
    .flatMap(({ warnings }) => warnings.filter(wrong))
    .map(({ message, hint }) => ({ name, ok: false, detail: message, hint }));
}
