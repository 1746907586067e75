/** One process of the program under a supervisor that starts it again, with wires of its own that can be cut. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readdirSync, readFileSync, type WriteStream, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { binary, cleanEnvironment } from '../support/program.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import type { NodeName } from './plan.js';

/** Between the end of a process and its next start. */
const restartMs = 500;
const readyWithinMs = 60_000;

export interface NodeOptions {
  name: NodeName;
  args: string[];
  databaseUrl: string;
  brokerUrl: string;
  env: Record<string, string>;
  directory: string;
}

/** A wire that several faults may hold closed at a time. */
class Wire {
  readonly proxy: TcpProxy;
  #closed = 0;

  constructor(proxy: TcpProxy) {
    this.proxy = proxy;
  }

  async close(): Promise<void> {
    if (this.#closed++ === 0) await this.proxy.close();
  }

  async open(): Promise<void> {
    if (--this.#closed === 0) await this.proxy.open();
  }
}

export class Node {
  readonly name: NodeName;
  readonly database: Wire;
  readonly broker: Wire;
  /** Ends of its processes that nobody had asked for. */
  readonly crashes: string[] = [];
  readonly #options: NodeOptions;
  readonly #log: WriteStream;
  readonly #clockFile: string;
  #process: ChildProcess | null = null;
  #ready: Promise<void> = Promise.resolve();
  #wanted = false;
  #pauseMs = restartMs;
  #generation = 0;

  static async open(options: NodeOptions): Promise<Node> {
    const database = await startTcpProxy(addressOf(options.databaseUrl));
    const broker = await startTcpProxy(addressOf(options.brokerUrl));
    return new Node(options, new Wire(database), new Wire(broker));
  }

  private constructor(options: NodeOptions, database: Wire, broker: Wire) {
    this.#options = options;
    this.name = options.name;
    this.database = database;
    this.broker = broker;
    this.#log = createWriteStream(path.join(options.directory, `${options.name}.log`));
    this.#clockFile = path.join(options.directory, `${options.name}.clock`);
    this.setClock(0);
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    this.#wanted = true;
    this.#spawn();
    await this.#ready;
  }

  setClock(offsetMs: number): void {
    writeFileSync(this.#clockFile, String(offsetMs));
  }

  /** SIGKILL; it comes back after `downMs`. @param anew under another name */
  kill(downMs: number, anew: boolean): void {
    if (anew) this.#generation++;
    this.#pauseMs = Math.max(downMs, 1);
    this.#asked = true;
    this.#process?.kill('SIGKILL');
  }

  /** SIGTERM; it comes back when it has ended. */
  restart(): void {
    this.#asked = true;
    this.#process?.kill('SIGTERM');
  }

  freeze(): () => void {
    const frozen = this.#process;
    frozen?.kill('SIGSTOP');
    return () => {
      if (frozen?.exitCode === null && frozen.signalCode === null) frozen.kill('SIGCONT');
    };
  }

  children(): number[] {
    return childrenOf(this.#process?.pid ?? 0);
  }

  /** SIGTERM, for good. @returns the exit code */
  async stop(): Promise<number | null> {
    this.#wanted = false;
    const running = this.#process;
    if (running === null) return 0;
    const ended = once(running, 'close');
    running.kill('SIGCONT');
    running.kill('SIGTERM');
    const [code] = await Promise.race([ended, sleep(60_000, ['did not end within 60 s'])]);
    running.kill('SIGKILL');
    return code;
  }

  async close(): Promise<void> {
    this.#wanted = false;
    this.#process?.kill('SIGKILL');
    this.#log.end();
    await Promise.all([this.database.proxy.close(), this.broker.proxy.close()]);
  }

  #asked = false;

  #spawn(): void {
    const { args, env, name } = this.#options;
    const nodeName = `${name}${this.#generation === 0 ? '' : `-${this.#generation}`}@chaos`;
    const child = spawn(process.execPath, [binary, ...args], {
      cwd: tmpdir(),
      env: cleanEnvironment({
        ...env,
        ZINCIR_DATABASE_URL: through(this.#options.databaseUrl, this.database.proxy.port),
        ZINCIR_BROKER_URL: through(this.#options.brokerUrl, this.broker.proxy.port),
        ZINCIR_CLOCK_OFFSET_FILE: this.#clockFile,
        ...(name === 'server' ? {} : { ZINCIR_NODE_NAME: nodeName }),
      }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    this.#asked = false;
    let ready = false;
    this.#ready = new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`${name} was not ready within ${readyWithinMs} ms`)),
        readyWithinMs,
      );
      late.unref();
      child.stdout.on('data', (chunk: Buffer) => {
        this.#log.write(chunk);
        if (!/ready/i.test(chunk.toString())) return;
        ready = true;
        clearTimeout(late);
        resolve();
      });
    });
    this.#ready.catch(() => {});
    child.stderr.pipe(this.#log, { end: false });
    child.once('close', (code, signal) => {
      this.#process = null;
      // One that finds neither database nor broker at its start may end; one that works may not.
      if (ready && this.#wanted && !this.#asked) this.crashes.push(`${name} ended by itself: ${signal ?? code}`);
      this.#log.write(`-- ended: ${signal ?? code}\n`);
      const pauseMs = this.#pauseMs;
      this.#pauseMs = restartMs;
      if (this.#wanted) setTimeout(() => this.#wanted && this.#spawn(), pauseMs);
    });
  }
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname, port: Number(port) || (protocol.startsWith('amqp') ? 5672 : 5432) };
}

function through(url: string, port: number): string {
  const address = new URL(url);
  address.hostname = '127.0.0.1';
  address.port = String(port);
  return address.href;
}

/** Ids of the processes whose parent it is (Linux). */
function childrenOf(parent: number): number[] {
  return processes().filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
    } catch {
      return false;
    }
  });
}

/** Ids of living processes that have this text in their environment. */
export function processesWith(text: string): number[] {
  return processes().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}

const processes = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
