/** Runs the built program as a user would: its own process, its own data directory, a free port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const binary = path.join(root, 'bin', 'zincir.js');
export const example = (name: string) => path.join(root, 'examples', name);

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Server {
  url: string;
  process: ChildProcess;
  /** From spawn to the line that says it is ready. */
  readyMs: number;
  output(): string;
  /** Ends it (SIGTERM unless told otherwise) and waits for it. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

const atExit = new Set<() => void>();
process.once('exit', () => {
  for (const clean of atExit) clean();
});

/** A fresh directory that is removed when the test file ends. */
export function temporaryDirectory(label = 'zincir'): string {
  const directory = mkdtempSync(path.join(tmpdir(), `${label}-`));
  atExit.add(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A failed test leaves no process behind. */
export function killAtExit(child: ChildProcess): void {
  const kill = () => void child.kill('SIGKILL');
  atExit.add(kill);
  child.once('close', () => atExit.delete(kill));
}

/** The environment without settings of whoever runs the tests; English. */
export function cleanEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('ZINCIR_') && name !== 'NODE_OPTIONS');
  return { ...Object.fromEntries(kept), LC_ALL: 'C.UTF-8', ...extra };
}

export interface SpawnOptions {
  args?: string[];
  env?: Record<string, string>;
  cwd?: string;
  input?: string;
}

/** `zincir ARGS`, to its end. */
export async function zincir(args: string[], options: SpawnOptions = {}): Promise<Ended> {
  const child = spawn(process.execPath, [binary, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: cleanEnvironment(options.env),
    stdio: 'pipe',
  });
  child.stdin.end(options.input ?? '');
  return ended(child);
}

/** `zincir start` on a free port; resolves when it says that it is ready, rejects with what it printed if it ends before. */
export async function startServer(dataDir: string, options: SpawnOptions = {}): Promise<Server> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [binary, 'start', '--port', '0', '--data-dir', dataDir, ...(options.args ?? [])],
    {
      cwd: options.cwd ?? tmpdir(),
      env: cleanEnvironment(options.env),
      stdio: 'pipe',
    },
  );
  child.stdin.end();
  killAtExit(child);
  const end = ended(child);
  let printed = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /ready: (http:\/\/\S+)/.exec(printed);
      if (found?.[1]) resolve(found[1]);
    });
    end.then((how) => reject(new Error(`zincir start ended: ${JSON.stringify(how)}`)), reject);
  });
  return {
    url,
    process: child,
    readyMs: performance.now() - began,
    output: () => printed,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return end;
    },
  };
}

/** Waits for a process and keeps what it prints. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout, stderr };
}
