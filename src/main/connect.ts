/** Finds a running server to talk to, or runs an embedded one in this process. */
import { Health } from '../contract/api.js';
import { AppError } from '../contract/errors.js';
import { splitCredentials } from '../contract/session.js';
import { holderOf } from './data-directory.js';
import { startNode } from './node.js';
import type { Settings } from './settings.js';

export interface Connection {
  url: string;
  /** Header that signs in, where the address named a user. */
  authorization: string | null;
  /** The server lives in this process and ends with it. */
  embedded: boolean;
  close(): Promise<void>;
}

/**
 * In this order: the server at `ZINCIR_URL` (then it must answer), the one that holds the data directory, one
 * at the default address (unless another data directory was asked for), else an embedded one on a free loopback port.
 * @throws AppError `SERVER_UNREACHABLE` where `ZINCIR_URL` is set and silent; what `startNode` throws
 */
export async function connect(settings: Settings): Promise<Connection> {
  if (settings.url !== null) {
    const { url, authorization } = splitCredentials(settings.url);
    if (!(await answers(url))) throw new AppError('SERVER_UNREACHABLE', { url });
    return remote(url, authorization);
  }
  const candidates = [holderOf(settings.dataDir)?.url];
  if (!settings.dataDirGiven) candidates.push(`http://${settings.host}:${settings.port}`);
  for (const url of candidates) {
    if (url && (await answers(url))) return remote(url);
  }
  const node = await startNode(
    { ...settings, usersFile: null, host: '127.0.0.1', port: 0, graceMs: Math.min(settings.graceMs, 5000) },
    { worker: true },
  );
  return { url: node.url, authorization: null, embedded: true, close: () => node.close() };
}

const remote = (url: string, authorization: string | null = null): Connection => ({
  url,
  authorization,
  embedded: false,
  close: async () => {},
});

/** Whether a Zincir server, and not some other program, answers there within two seconds. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2000) });
    return response.ok && Health.safeParse(await response.json()).success;
  } catch {
    return false;
  }
}
