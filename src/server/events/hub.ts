/** The feeds that are being watched, one a workflow and language, for as long as somebody watches. */
import type { Language } from '../../contract/messages/translate.js';
import type { Engine } from '../../engine/engine.js';
import type { LiveCursor } from './cursor.js';
import { LiveFeed } from './feed.js';

export interface Watching {
  feed: LiveFeed;
  /** Aborted when the server closes. */
  closing: AbortSignal;
  release(): void;
}

export class LiveHub {
  readonly #engine: Engine;
  readonly #onError: (error: unknown) => void;
  readonly #feeds = new Map<string, { feed: LiveFeed; watchers: number }>();
  readonly #closing = new AbortController();

  constructor(engine: Engine, onError: (error: unknown) => void) {
    this.#engine = engine;
    this.#onError = onError;
  }

  /** @throws AppError `WORKFLOW_NOT_FOUND`, `DATABASE_UNAVAILABLE` */
  async watch(id: number, language: Language, from: LiveCursor): Promise<Watching> {
    const key = `${id}/${language}`;
    const entry = this.#feeds.get(key) ?? {
      feed: new LiveFeed(this.#engine, id, language, from, this.#onError),
      watchers: 0,
    };
    this.#feeds.set(key, entry);
    entry.watchers += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      entry.watchers -= 1;
      if (entry.watchers > 0) return;
      if (this.#feeds.get(key) === entry) this.#feeds.delete(key);
      entry.feed.close().catch(this.#onError);
    };
    try {
      await entry.feed.opened;
    } catch (error) {
      release();
      throw error;
    }
    return { feed: entry.feed, closing: this.#closing.signal, release };
  }

  /** Number of feeds being watched. */
  get size(): number {
    return this.#feeds.size;
  }

  /** Ends every stream. */
  close(): void {
    this.#closing.abort();
    for (const { feed } of this.#feeds.values()) feed.close().catch(this.#onError);
  }
}
