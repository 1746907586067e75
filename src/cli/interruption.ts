/** Ctrl-C and SIGTERM as an AbortSignal, so that what runs can end in order. */

export type StopSignal = 'SIGINT' | 'SIGTERM';

/** Thrown out of what was going on when a signal came. */
export class Interrupted extends Error {
  readonly signal: StopSignal;

  constructor(signal: StopSignal) {
    super(signal);
    this.name = 'Interrupted';
    this.signal = signal;
  }

  get exitCode(): number {
    return this.signal === 'SIGINT' ? 130 : 143;
  }
}

export interface Interruption {
  /** Aborted with an `Interrupted` as its reason. */
  readonly signal: AbortSignal;
  dispose(): void;
}

/** Listens until disposed; a second Ctrl-C leaves at once. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const stop = (signal: StopSignal) => {
    if (controller.signal.aborted && signal === 'SIGINT') process.exit(130);
    controller.abort(new Interrupted(signal));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    dispose() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

/** The interruption that a signal was aborted with, if it was. */
export function interruptionOf(signal: AbortSignal | undefined): Interrupted | null {
  return signal?.aborted && signal.reason instanceof Interrupted ? signal.reason : null;
}
