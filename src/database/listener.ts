/** LISTEN on one connection of its own that comes back by itself. */
import type pg from 'pg';
import type { Heard, Listeners } from './hints.js';

const firstPauseMs = 100;
const longestPauseMs = 5_000;

export interface Listener {
  listen(channel: string, heard: Heard): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/**
 * @param connect gives a client that is not connected yet
 * @param isOwn true for the number of a server process that works for us: whoever listens here was told already
 */
export function createListener(
  listeners: Listeners,
  connect: () => pg.Client,
  isOwn: (processId: number) => boolean,
): Listener {
  let client: pg.Client | null = null;
  let opening: Promise<void> | null = null;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const open = async (): Promise<void> => {
    const fresh = connect();
    fresh.on('notification', ({ channel, payload, processId }) => {
      if (!isOwn(processId)) listeners.tell(channel, payload ?? null);
    });
    fresh.on('error', () => {});
    await fresh.connect();
    for (const channel of listeners.channels) await fresh.query(`LISTEN ${channel}`);
    fresh.on('end', () => {
      client = null;
      reopen(firstPauseMs);
    });
    client = fresh;
  };

  const reopen = (pauseMs: number) => {
    if (closed) return;
    timer = setTimeout(() => {
      open().then(
        () => listeners.tellAll(),
        () => reopen(Math.min(pauseMs * 2, longestPauseMs)),
      );
    }, pauseMs);
    timer.unref();
  };

  return {
    async listen(channel, heard) {
      const first = listeners.add(channel, heard);
      // A client that is open already takes the channel on; one that opens now may have passed it by.
      if (first && client) await client.query(`LISTEN ${channel}`);
      else if (first && opening) await opening.then(() => client?.query(`LISTEN ${channel}`));
      if (!client) {
        opening ??= open().finally(() => {
          opening = null;
        });
        await opening;
      }
      return async () => listeners.remove(channel, heard);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
