/** One child process as its host sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { ChildMessage, type HostMessage } from '../contract/tasks.js';
import { OutputTail } from './output-tail.js';

/** How a child ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines that it wrote. */
  readonly output: string;
  /** Killed by its own host, on purpose. */
  readonly killedByHost: boolean;
}

export type Ready = Extract<ChildMessage, { type: 'ready' }>;

export interface StepChild {
  readonly pid: number;
  /** What it said when it could take a step, since it started or since it was given the last one; null: it ended first. */
  readonly ready: Promise<Ready | null>;
  /** Resolves once, after the last message and the last output; never rejects. */
  readonly ended: Promise<ChildEnd>;
  send(message: HostMessage): void;
  /** Every message that is well-formed, but `ready`, in order; `null` for one that is not. One listener at a time. */
  listen(listener: (message: Spoken | null) => void): void;
  kill(): void;
}

/** What a child says of its step. */
export type Spoken = Exclude<ChildMessage, Ready>;

export interface ChildOptions {
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb?: number | undefined;
}

/** What a program needs from the system to run at all; everything else a child gets by name. */
const systemVariables = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'TZ', 'LANG', 'SystemRoot'];

/** Starts a child. It says `ready` when it can take a step. */
export function startChild({ entry, env, memoryMb }: ChildOptions): StepChild {
  const forked = fork(entry, [], {
    env: { ...systemEnvironment(), ...env },
    execArgv: ['--expose-gc', ...(memoryMb === undefined ? [] : [`--max-old-space-size=${memoryMb}`])],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  lowerPriority(forked.pid);
  const tail = new OutputTail();
  forked.stdout?.on('data', (bytes: Buffer) => tail.add(bytes));
  forked.stderr?.on('data', (bytes: Buffer) => tail.add(bytes));

  let killedByHost = false;
  let listener: (message: Spoken | null) => void = () => {};
  const ended = endOf(forked, tail, () => killedByHost);
  let ready = new Awaited(ended);
  forked.on('message', (raw) => {
    const parsed = ChildMessage.safeParse(raw);
    const message = parsed.success ? parsed.data : null;
    if (message?.type === 'ready') ready.said(message);
    else listener(message);
  });
  return {
    pid: forked.pid ?? 0,
    ended,
    get ready() {
      return ready.word;
    },
    send: (message) => {
      if (message.type === 'run') ready = new Awaited(ended);
      // A child that is gone cannot be told anything; its end is told by `ended`.
      if (forked.connected) forked.send(message, () => {});
    },
    listen: (next) => {
      listener = next;
    },
    kill: () => {
      killedByHost = true;
      forked.kill('SIGKILL');
    },
  };
}

/** The next time that a child says that it is ready. */
class Awaited {
  said: (ready: Ready) => void = () => {};
  readonly word: Promise<Ready | null>;

  constructor(ended: Promise<unknown>) {
    const said = new Promise<Ready>((resolve) => {
      this.said = resolve;
    });
    this.word = Promise.race([said, ended.then(() => null)]);
  }
}

function systemEnvironment(): Record<string, string> {
  const entries = systemVariables.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Steps take every idle core; the server in the host's process must still answer at once. */
function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Already gone, or the system does not allow it: it runs with the usual priority.
  }
}

/** `close` comes after the last message and output, unlike `exit`; a child that never started has only `error`. */
function endOf(forked: ChildProcess, tail: OutputTail, killedByHost: () => boolean): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null) =>
      resolve({ code, signal, output: tail.text(), killedByHost: killedByHost() });
    forked.once('close', finish);
    forked.on('error', (error) => {
      tail.add(Buffer.from(`${error.message}\n`));
      if (forked.pid === undefined) finish(null, null);
    });
  });
}
