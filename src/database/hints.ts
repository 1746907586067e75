/**
 * Telling others, in this process and elsewhere, that something has changed.
 *
 * A NOTIFY inside the transaction that it tells of would be simpler, but PostgreSQL lets only one transaction with a
 * NOTIFY commit at a time, each with its own wait for the disk: 30 chains a second instead of several times as many.
 * So it follows the commit, many in one statement. A process that dies in between tells nobody; those who listen
 * look for themselves every now and then.
 */
export type Heard = (payload: string | null) => void;

/** Who listens in this process, by channel. */
export class Listeners {
  readonly #channels = new Map<string, Set<Heard>>();

  /** @returns true where nobody listened on the channel before */
  add(channel: string, heard: Heard): boolean {
    const known = this.#channels.get(channel);
    if (known) known.add(heard);
    else this.#channels.set(channel, new Set([heard]));
    return known === undefined;
  }

  remove(channel: string, heard: Heard): void {
    this.#channels.get(channel)?.delete(heard);
  }

  get channels(): string[] {
    return [...this.#channels.keys()];
  }

  tell(channel: string, payload: string | null): void {
    for (const heard of this.#channels.get(channel) ?? []) heard(payload);
  }

  tellAll(): void {
    for (const channel of this.channels) this.tell(channel, null);
  }
}

interface Hint {
  channel: string;
  payload: string;
}

/** Sends hints one batch after the other: what is told while a batch is on its way goes with the next, once. */
export class HintSender {
  readonly #send: (hints: Hint[]) => Promise<unknown>;
  #waiting = new Map<string, Hint>();
  #sending: Promise<void> | null = null;

  /** @param send a batch that it cannot send is lost */
  constructor(send: (hints: Hint[]) => Promise<unknown>) {
    this.#send = send;
  }

  add(hint: Hint): void {
    this.#waiting.set(`${hint.channel} ${hint.payload}`, hint);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    // Hints of one turn of the event loop go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.size > 0) {
      const hints = [...this.#waiting.values()];
      this.#waiting = new Map();
      await this.#send(hints).catch(() => {});
    }
  }
}
