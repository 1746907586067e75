/** A connection to the database that no fault touches but a restart of the whole server; after one it is made anew. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const withinMs = 60_000;
const pauseMs = 250;

export interface Control {
  /** For statements that may run twice. */
  query<Row extends object>(text: string, values?: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
  end(): Promise<void>;
}

export function openControl(url: string): Control {
  const pool = new pg.Pool({ connectionString: url, application_name: 'chaos', max: 4 });
  // The next statement is told.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  return {
    async query<Row extends object>(text: string, values?: unknown[]) {
      for (const until = Date.now() + withinMs; ; await sleep(pauseMs)) {
        try {
          return await pool.query<Row>(text, values);
        } catch (thrown) {
          if (!isAway(thrown) || Date.now() > until) throw thrown;
        }
      }
    },
    end: () => pool.end(),
  };
}

/** Stopping, starting, or gone in the middle of an answer. */
function isAway(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const code = 'code' in thrown ? String(thrown.code) : '';
  return /^(57P0[123]|08\w{3}|ECONNREFUSED|ECONNRESET|EPIPE)$/.test(code) || /terminated|ended/i.test(thrown.message);
}
