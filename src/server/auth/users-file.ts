/**
 * The users, one a line: `name:role:hash`. Lines that are empty or begin with # are left alone. The file is read
 * anew when it has changed, so a user who is added or removed needs no restart.
 */
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { AppError } from '../../contract/errors.js';
import { Role, type User, UserName } from '../../contract/session.js';
import { isPasswordHash } from './password.js';

export interface KnownUser extends User {
  readonly hash: string;
}

/** @throws AppError `USERS_FILE_INVALID` with the line */
export function parseUsers(text: string, file: string): Map<string, KnownUser> {
  const users = new Map<string, KnownUser>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const user = parseLine(line);
    if (user === null || users.has(user.name))
      throw new AppError('USERS_FILE_INVALID', { path: file, line: index + 1 });
    users.set(user.name, user);
  }
  return users;
}

function parseLine(line: string): KnownUser | null {
  const [name, role, hash = '', ...more] = line.trim().split(':');
  const known = { name: UserName.safeParse(name), role: Role.safeParse(role) };
  if (!known.name.success || !known.role.success || !isPasswordHash(hash) || more.length > 0) return null;
  return { name: known.name.data, role: known.role.data, hash };
}

export class UsersFile {
  readonly #file: string;
  #users = new Map<string, KnownUser>();
  /** What tells that the file has changed: a new file in its place, or another time. */
  #seen = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws AppError `FILE_NOT_FOUND`, `USERS_FILE_INVALID` */
  async find(name: string): Promise<KnownUser | null> {
    await this.load();
    return this.#users.get(name) ?? null;
  }

  /** @throws AppError `FILE_NOT_FOUND`, `USERS_FILE_INVALID` */
  async load(): Promise<void> {
    const found = await stat(this.#file).catch((cause: unknown) => {
      throw new AppError('FILE_NOT_FOUND', { path: this.#file }, { cause });
    });
    const seen = `${found.ino} ${found.mtimeMs} ${found.size}`;
    if (seen === this.#seen) return;
    this.#users = parseUsers(await readFile(this.#file, 'utf8'), this.#file);
    this.#seen = seen;
  }
}

/**
 * Adds a user, or gives one that is there another role and password; `null` removes the user. Other lines stay.
 * @returns whether the user was there before
 * @throws AppError `USERS_FILE_INVALID`, `FILE_NOT_WRITABLE`
 */
export async function changeUser(file: string, name: string, user: KnownUser | null): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const known = parseUsers(text, file).has(name);
  const kept = text.split(/\r?\n/).filter((line) => parseLine(line)?.name !== name);
  while (kept.at(-1) === '') kept.pop();
  if (user !== null) kept.push(`${user.name}:${user.role}:${user.hash}`);
  const fresh = `${file}.${process.pid}.new`;
  try {
    await writeFile(fresh, kept.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    await rename(fresh, file);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('FILE_NOT_WRITABLE', { path: file, detail }, { cause });
  }
  return known;
}
