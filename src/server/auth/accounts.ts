/** Signing in: by a name and a password, by the session that follows from it, or by HTTP Basic on each request. */
import { createHmac, randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../contract/errors.js';
import type { User } from '../../contract/session.js';
import { hashPassword, verifyPassword } from './password.js';
import { claimedName, isGenuine, issueToken } from './session-token.js';
import type { KnownUser, UsersFile } from './users-file.js';

export const sessionCookie = 'zincir_session';

/** So many wrong passwords for one name from one address, then it has to wait. */
const mostFailures = 8;
const failureWindowMs = 5 * 60_000;
/** How long a password that was right is not computed again, for programs that send it with each request. */
const rememberedMs = 60_000;
const mostRemembered = 1_000;

export class Accounts {
  readonly #users: UsersFile;
  readonly #failures = new Map<string, { count: number; until: number }>();
  readonly #right = new Map<string, number>();
  readonly #key = randomBytes(32);
  #decoy: Promise<string> | null = null;

  constructor(users: UsersFile) {
    this.#users = users;
  }

  /** Who sends the request; null for nobody who is known. @throws AppError `LOGIN_FAILED`, `LOGIN_TOO_OFTEN` */
  async userOf(request: FastifyRequest): Promise<User | null> {
    const basic = basicCredentials(request.headers.authorization);
    if (basic !== null) return this.#check(basic.name, basic.password, request.ip);
    const token = cookieOf(request.headers.cookie, sessionCookie);
    const name = token === null ? null : claimedName(token);
    if (token === null || name === null) return null;
    const user = await this.#users.find(name);
    return user !== null && isGenuine(token, user, Date.now()) ? user : null;
  }

  /** @throws AppError `LOGIN_FAILED`, `LOGIN_TOO_OFTEN` */
  async signIn(name: string, password: string, address: string): Promise<{ user: User; token: string }> {
    const user = await this.#check(name, password, address);
    return { user, token: issueToken(user, Date.now()) };
  }

  async #check(name: string, password: string, address: string): Promise<KnownUser> {
    const user = await this.#users.find(name);
    const mark = createHmac('sha256', this.#key).update(`${user?.hash}\0${name}\0${password}`).digest('base64');
    if (user !== null && (this.#right.get(mark) ?? 0) > Date.now()) return user;
    const who = `${address} ${name}`;
    this.#refuseFlood(who);
    // A name that is not there takes as long as one that is.
    const right = await verifyPassword(password, user?.hash ?? (await this.#decoyHash()));
    if (user === null || !right) {
      this.#count(who);
      throw new AppError('LOGIN_FAILED');
    }
    this.#failures.delete(who);
    if (this.#right.size >= mostRemembered) this.#right.clear();
    this.#right.set(mark, Date.now() + rememberedMs);
    return user;
  }

  #refuseFlood(who: string): void {
    const failures = this.#failures.get(who);
    if (failures === undefined || failures.count < mostFailures) return;
    const waitMs = failures.until - Date.now();
    if (waitMs > 0) throw new AppError('LOGIN_TOO_OFTEN', { seconds: Math.ceil(waitMs / 1000) });
    this.#failures.delete(who);
  }

  #count(who: string): void {
    const now = Date.now();
    for (const [other, { until }] of this.#failures) if (until < now) this.#failures.delete(other);
    const count = (this.#failures.get(who)?.count ?? 0) + 1;
    this.#failures.set(who, { count, until: now + failureWindowMs });
  }

  #decoyHash(): Promise<string> {
    this.#decoy ??= hashPassword(randomBytes(16).toString('hex'));
    return this.#decoy;
  }
}

function basicCredentials(header: string | undefined): { name: string; password: string } | null {
  const [, encoded] = /^basic +([\w+/=-]+)$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString();
  const at = text.indexOf(':');
  return at < 0 ? null : { name: text.slice(0, at), password: text.slice(at + 1) };
}

function cookieOf(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
