/**
 * Passwords are kept as scrypt hashes (RFC 7914): `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`, both in base64url.
 * N = 2^15, r = 8, p = 1 takes 32 MiB and some 60 ms, once a sign-in.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

const cost = { log2: 15, r: 8, p: 1 };
const saltBytes = 16;
const hashBytes = 32;

const pattern = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,})\$([\w-]{22,})$/;

/** Whether a text is a hash that `verifyPassword` can check. */
export const isPasswordHash = (text: string): boolean => pattern.test(text);

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, hashBytes, cost);
  return ['scrypt', cost.log2, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** @throws RangeError where the hash asks for more memory than is given */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, log2, r, p, salt = '', hash = ''] = pattern.exec(stored) ?? [];
  if (hash === '') return false;
  const wanted = Buffer.from(hash, 'base64url');
  const given = await derive(password, Buffer.from(salt, 'base64url'), wanted.length, {
    log2: Number(log2),
    r: Number(r),
    p: Number(p),
  });
  return timingSafeEqual(given, wanted);
}

function derive(password: string, salt: Buffer, length: number, { log2, r, p }: typeof cost): Promise<Buffer> {
  const options = { N: 2 ** log2, r, p, maxmem: 256 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    // The same letters can be typed as different code points.
    scrypt(password.normalize('NFKC'), salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
