/** The real Celery and the real Flower, where they are found, against a virtual host of a test's own. */
import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Ended, ended, killAtExit, root } from './program.js';

/** What a test that needs them says when it is skipped. */
export const celeryMissing =
  'needs Celery and Flower (python3 -m venv .venv-celery, then pip install -r test/oracle/requirements-celery.txt)';

/** The first Python that imports both: `ZINCIR_CELERY_PYTHON`, then the project's `.venv-celery`. */
export function findCelery(): string | null {
  for (const python of [process.env.ZINCIR_CELERY_PYTHON, path.join(root, '.venv-celery/bin/python')]) {
    if (python === undefined || !existsSync(python)) continue;
    if (spawnSync(python, ['-c', 'import celery, flower']).status === 0) return python;
  }
  if (process.env.CI) throw new Error(`CI ${celeryMissing}: run .ci/run, or set ZINCIR_CELERY_PYTHON`);
  return null;
}

/** `celery -b URL ARGS`, to its end. */
export async function celery(python: string, brokerUrl: string, ...args: string[]): Promise<Ended> {
  return ended(startPython(python, ['-W', 'ignore', '-m', 'celery', '-b', brokerUrl, ...args]));
}

/** What the workers answered to `celery inspect` or `control`, by node. */
export async function answers(python: string, brokerUrl: string, ...args: string[]): Promise<Record<string, unknown>> {
  const [kind = '', ...rest] = args;
  const { stdout, stderr } = await celery(python, brokerUrl, kind, '--json', '--timeout', '5', ...rest);
  const line = stdout.split('\n').find((text) => /^[[{]/.test(text));
  if (line === undefined) throw new Error(`celery ${args.join(' ')} answered ${stdout}${stderr}`);
  const parsed: unknown = JSON.parse(line);
  // `control` answers a list of one object a node, `inspect` one object.
  return Object.assign({}, ...(Array.isArray(parsed) ? parsed : [parsed]));
}

/** Runs a Python program that finds the broker in `BROKER_URL`; answers the JSON that it prints. */
export async function runWithCelery(python: string, brokerUrl: string, program: string): Promise<unknown> {
  const { code, stdout, stderr } = await ended(startPython(python, ['-c', program], { BROKER_URL: brokerUrl }));
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

export interface Running {
  output(): string;
  /** Resolves when it has printed this. */
  says(text: string): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

/** A program of Celery's that goes on: `events --dump`, `worker`. */
export function startCelery(python: string, brokerUrl: string, args: string[], cwd = tmpdir()): Running {
  const command = ['-u', '-W', 'ignore', '-m', 'celery', '-b', brokerUrl, ...args];
  const child = startPython(python, command, {}, cwd);
  const end = ended(child);
  let printed = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      for (const look of waiting) look();
    });
  }
  return {
    output: () => printed,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!printed.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        void end.then(() => reject(new Error(`celery ${args.join(' ')} ended before it said ${text}: ${printed}`)));
      }),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return end;
    },
  };
}

export interface Flower {
  url: string;
  /** A page, or an answer of its API. @throws Error when it is refused */
  get(page: string): Promise<string>;
  post(page: string): Promise<string>;
  stop(): Promise<unknown>;
}

/** @param port where it listens; one that is free, unless given */
export async function startFlower(
  python: string,
  brokerUrl: string,
  managementUrl: string,
  port?: number,
): Promise<Flower> {
  port ??= await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flower = ['-m', 'celery', '-b', brokerUrl, 'flower', '--address=127.0.0.1', `--port=${port}`];
  // Its API is shut without a login, unless told that this is meant.
  const child = startPython(python, ['-W', 'ignore', ...flower, `--broker-api=${managementUrl}`], {
    FLOWER_UNAUTHENTICATED_API: 'true',
  });
  const end = ended(child);
  const ask = async (page: string, method: string): Promise<string> => {
    const response = await fetch(`${url}${page}`, { method, signal: AbortSignal.timeout(20_000) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${page}: ${response.status} ${text}`);
    return text;
  };
  for (let tries = 0; ; tries++) {
    const up = await ask('/healthcheck', 'GET').catch(() => null);
    if (up !== null) break;
    if (tries > 100) {
      child.kill('SIGKILL');
      throw new Error(`Flower does not answer: ${JSON.stringify(await end)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    url,
    get: (page) => ask(page, 'GET'),
    post: (page) => ask(page, 'POST'),
    stop() {
      child.kill('SIGTERM');
      // One that waits for an answer of a worker may not hear it.
      const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
      return end.finally(() => clearTimeout(patience));
    },
  };
}

function startPython(python: string, args: string[], env: Record<string, string> = {}, cwd = tmpdir()) {
  const child = spawn(python, args, {
    cwd,
    env: { ...process.env, PYTHONUNBUFFERED: '1', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killAtExit(child);
  return child;
}

/**
 * A port for a program that takes no 0. Below those that the system gives to outgoing connections (32768 and above on
 * Linux): one of these may be taken by anybody in the time until the program listens.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
