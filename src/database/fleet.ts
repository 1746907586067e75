/** The part of the `Store` that remembers workers. */
import type { FleetStore } from '../engine/ports.js';
import type { Driver } from './driver.js';
import {
  answerCommand,
  askWorker,
  commandChannel,
  forgetCommands,
  listCommands,
  openCommands,
} from './queries/worker-commands.js';
import { fleetSamples, forgetSamples, recordSample, workerSamples } from './queries/worker-samples.js';
import {
  countAttempts,
  databaseTime,
  findWorker,
  forgetWorkers,
  heartbeatWorker,
  listWorkers,
  onlineWorkers,
  registerWorker,
  removeAllWorkers,
  removeWorker,
  tellRival,
} from './queries/workers.js';
import { createWatchers } from './watch.js';

const dayMs = 24 * 3600 * 1000;
/** A lost worker is shown for a day, and remembered for a week: a name holds a process id, so there is a new one a start. */
const lostForMs = dayMs;
const rememberMs = 7 * dayMs;

export function createFleetStore(driver: Driver): FleetStore {
  const commands = createWatchers(driver, commandChannel, 0);
  return {
    databaseTime: () => databaseTime(driver),
    registerWorker: (worker, silentAfterMs) => registerWorker(driver, worker, silentAfterMs),
    heartbeatWorker: (beat) => heartbeatWorker(driver, beat),
    tellRival: (name, rival) => tellRival(driver, name, rival),
    removeWorker: (name, instance) => removeWorker(driver, name, instance),
    removeAllWorkers: () => removeAllWorkers(driver),
    onlineWorkers: (silentAfterMs) => onlineWorkers(driver, silentAfterMs),
    listWorkers: () => listWorkers(driver),
    findWorker: (name) => findWorker(driver, name),
    countAttempts: () => countAttempts(driver),
    recordSample: (beat) => recordSample(driver, beat),
    workerSamples: (name) => workerSamples(driver, name),
    fleetSamples: (sinceMs) => fleetSamples(driver, sinceMs),
    askWorker: (name, action, params) => askWorker(driver, name, action, params),
    openCommands: (name, instance) => openCommands(driver, name, instance),
    answerCommand: (id, answer) => answerCommand(driver, id, answer),
    listCommands: (name, limit) => listCommands(driver, name, limit),
    watchCommands: (name, asked) => commands.watch(name, asked),
  };
}

/** Housekeeping: none of these tables grows for ever. */
export async function forgetFleet(driver: Driver): Promise<void> {
  await forgetWorkers(driver, lostForMs, rememberMs);
  await forgetCommands(driver, rememberMs);
  await forgetSamples(driver);
}
