/** Who signs in, and what they may do. */
import { z } from 'zod';

/** Each may do what those before it may: `viewer` reads, `user` runs workflows, `operator` steers queues, tasks and workers. */
export const roles = ['viewer', 'user', 'operator'] as const;
export const Role = z.enum(roles);
export type Role = z.infer<typeof Role>;

/** A name that needs no escaping in a file of users, a log or a URL. */
export const UserName = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u, 'letters, digits and . _ @ -, at most 64');

export const User = z.object({ name: UserName, role: Role });
export type User = z.infer<typeof User>;

/** `required`: nothing is served without signing in; otherwise everyone who reaches the server is an operator. */
export const Session = z.object({ required: z.boolean(), user: User.nullable() });
export type Session = z.infer<typeof Session>;

export const Login = z.strictObject({ name: z.string().min(1).max(200), password: z.string().min(1).max(1000) });

/** `http://name:password@host` as the address alone and the header that signs in (HTTP Basic). */
export function splitCredentials(address: string): { url: string; authorization: string | null } {
  const url = new URL(address);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const plain = url.href.replace(/\/+$/, '');
  if (username === '') return { url: plain, authorization: null };
  const bytes = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return { url: plain, authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}
