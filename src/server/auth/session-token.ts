/**
 * A session is a signed note that the browser keeps: `<name and end, base64url>.<HMAC>`. Its key is derived from the
 * user's password hash, so every server with the same file of users accepts it without asking another, and a new
 * password (or the end of the user) ends all sessions.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { KnownUser } from './users-file.js';

export const sessionMs = 7 * 24 * 3600 * 1000;

export function issueToken(user: KnownUser, now: number): string {
  const note = Buffer.from(JSON.stringify([user.name, now + sessionMs])).toString('base64url');
  return `${note}.${sign(note, user)}`;
}

/** The name that a token claims; whether it may be believed says `isGenuine`. */
export function claimedName(token: string): string | null {
  return read(token)?.name ?? null;
}

export function isGenuine(token: string, user: KnownUser, now: number): boolean {
  const claim = read(token);
  const [note = '', signature = ''] = token.split('.');
  const wanted = Buffer.from(sign(note, user));
  const given = Buffer.from(signature);
  if (claim === null || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return false;
  return claim.name === user.name && claim.until > now;
}

const sign = (note: string, user: KnownUser): string => {
  const key = Buffer.from(hkdfSync('sha256', user.hash, '', 'zincir session', 32));
  return createHmac('sha256', key).update(note).digest('base64url');
};

function read(token: string): { name: string; until: number } | null {
  try {
    const claim: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
    if (!Array.isArray(claim)) return null;
    const [name, until]: unknown[] = claim;
    return typeof name === 'string' && typeof until === 'number' ? { name, until } : null;
  } catch {
    return null;
  }
}
