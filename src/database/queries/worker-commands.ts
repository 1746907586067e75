import { sql } from 'drizzle-orm';
import type { CommandAnswer, CommandRow } from '../../engine/ports.js';
import { type Driver, json, type Queries } from '../driver.js';

export const commandChannel = 'zincir_command';

/** What nobody has done by then is not done any more: who asked for it has long looked elsewhere. */
const openForMs = 60_000;

const columns = sql`
  id, worker, action, params, asked_at AS "askedAt", answered_at AS "answeredAt", ok, answer`;

export async function askWorker(
  driver: Driver,
  name: string,
  action: string,
  params: CommandRow['params'],
): Promise<CommandRow> {
  const [row] = await driver.query<CommandRow>(sql`
    INSERT INTO worker_command (worker, action, params, asked_at)
    VALUES (${name}::text, ${action}::text, ${json(params)}, now()) RETURNING ${columns}`);
  if (row === undefined) throw new Error('a row that was inserted is gone');
  driver.tell(commandChannel, name);
  return row;
}

/** Those too old to be done are answered so. */
export function openCommands(driver: Driver, name: string, instance: string): Promise<CommandRow[]> {
  return driver.transaction(async (tx) => {
    await tx.query(sql`
      UPDATE worker_command SET answered_at = now(), ok = false, answer = 'gone'
      WHERE worker = ${name}::text AND answered_at IS NULL
        AND asked_at < now() - ${openForMs}::int * interval '1 millisecond'`);
    return tx.query<CommandRow>(sql`
      SELECT ${columns} FROM worker_command c
      WHERE worker = ${name}::text AND answered_at IS NULL
        AND EXISTS (SELECT FROM worker w WHERE w.name = c.worker AND w.instance = ${instance}::text)
      ORDER BY id`);
  });
}

export async function answerCommand(queries: Queries, id: number, answer: CommandAnswer): Promise<void> {
  const { ok, code, params } = answer;
  await queries.query(sql`
    UPDATE worker_command
    SET answered_at = now(), ok = ${ok}::boolean, answer = ${code}::text, params = params || ${json(params)}
    WHERE id = ${id}::bigint AND answered_at IS NULL`);
}

/** Whoever was asked will not answer any more. */
export async function closeCommands(queries: Queries, name: string): Promise<void> {
  await queries.query(sql`
    UPDATE worker_command SET answered_at = now(), ok = false, answer = 'gone'
    WHERE worker = ${name}::text AND answered_at IS NULL`);
}

export const listCommands = (queries: Queries, name: string, limit: number): Promise<CommandRow[]> =>
  queries.query(sql`
    SELECT ${columns} FROM worker_command WHERE worker = ${name}::text ORDER BY id DESC LIMIT ${limit}::int`);

export async function forgetCommands(queries: Queries, rememberMs: number): Promise<void> {
  await queries.query(sql`
    DELETE FROM worker_command WHERE asked_at < now() - ${rememberMs}::float8 * interval '1 millisecond'`);
}
