/** Work that is done again and again: at a pace, and at once when something has happened. */

export interface Repeated {
  /** Soon, and once for many calls; a run that is under way is followed by another. */
  wake(): void;
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** @param failed told of a run that threw; the next one comes at its pace */
export function repeat(everyMs: number, work: () => Promise<void>, failed: (thrown: unknown) => void): Repeated {
  let stopped = false;
  let again = false;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const run = async () => {
    do {
      again = false;
      try {
        await work();
      } catch (thrown) {
        again = false;
        failed(thrown);
      }
    } while (again && !stopped);
  };
  const start = () => {
    if (stopped) return;
    if (running) {
      again = true;
      return;
    }
    clearTimeout(timer);
    running = run().finally(() => {
      running = null;
      if (!stopped) timer = setTimeout(start, everyMs);
    });
  };

  timer = setTimeout(start, everyMs);
  return {
    wake: start,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
