/** LISTEN on one connection of its own that comes back by itself. */
import type pg from 'pg';

const firstPauseMs = 100;
const longestPauseMs = 5_000;

type Heard = (payload: string | null) => void;

/** @param connect gives a client that is not connected yet */
export function createListener(connect: () => pg.Client) {
  const channels = new Map<string, Set<Heard>>();
  let client: pg.Client | null = null;
  let opening: Promise<void> | null = null;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const everybody = () => [...channels.values()].flatMap((heard) => [...heard]);

  const open = async (): Promise<void> => {
    const fresh = connect();
    fresh.on('notification', ({ channel, payload }) => {
      for (const heard of channels.get(channel) ?? []) heard(payload ?? null);
    });
    fresh.on('error', () => {});
    await fresh.connect();
    for (const channel of channels.keys()) await fresh.query(`LISTEN ${channel}`);
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
        () => {
          for (const heard of everybody()) heard(null);
        },
        () => reopen(Math.min(pauseMs * 2, longestPauseMs)),
      );
    }, pauseMs);
    timer.unref();
  };

  return {
    async listen(channel: string, heard: Heard): Promise<() => Promise<void>> {
      const known = channels.get(channel);
      if (known) known.add(heard);
      else {
        channels.set(channel, new Set([heard]));
        // A client that is open already takes the channel on; one that opens now does so by itself.
        if (client) await client.query(`LISTEN ${channel}`);
        else if (opening) await opening.then(() => client?.query(`LISTEN ${channel}`));
      }
      if (!client) {
        opening ??= open().finally(() => {
          opening = null;
        });
        await opening;
      }
      return async () => {
        channels.get(channel)?.delete(heard);
      };
    },
    async close(): Promise<void> {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
