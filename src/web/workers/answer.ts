/** Waits for what a worker says to a command: it hears of it with its next heartbeat at the latest. */
import type { WorkerCommand, WorkerDetails } from '../../contract/operations.js';

interface Patience {
  everyMs: number;
  times: number;
}

const usual: Patience = { everyMs: 1000, times: 20 };

/**
 * Asks for the worker until the command is answered.
 * @returns the answered command, or null when the worker has not answered in time
 */
export async function answerOf(
  id: number,
  fetchWorker: () => Promise<Pick<WorkerDetails, 'commands'>>,
  { everyMs, times }: Patience = usual,
): Promise<WorkerCommand | null> {
  for (let asked = 0; asked < times; asked += 1) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    // A server that is away for a moment does not end the waiting.
    const worker = await fetchWorker().catch(() => null);
    const command = worker?.commands.find((known) => known.id === id);
    if (command && command.answeredAt !== null) return command;
  }
  return null;
}
