/**
 * A worker among Celery's: it says that it is there, tells of its tasks, and does as it is told by remote control.
 */
import { type as systemName } from 'node:os';
import type { AsyncMessage } from 'rabbitmq-client';
import type {
  DelegatedEnd,
  DelegatedTask,
  DelegateWatch,
  IntroducedWorker,
  SteeredWorker,
  WorkerEvents,
  WorkerPresence,
} from '../../../engine/operations/worker-ports.js';
import type { RabbitAddress } from '../address.js';
import type { BrokerLog, RabbitConnection } from '../connection.js';
import type { Lines } from '../lines.js';
import type { Topology } from '../topology.js';
import { describeFault } from '../unavailable.js';
import { controlCommands } from './control.js';
import { Delegates } from './delegates.js';
import { Events } from './events.js';
import { inspectCommands } from './inspect.js';
import type { LamportClock } from './lamport-clock.js';
import { controlExchange, Mailbox } from './mailbox.js';
import type { Commands, Panel } from './panel.js';
import { pythonRepr } from './python-repr.js';
import { isMeantFor, type RemoteRequest, readRequest } from './request.js';
import { RevokedTasks } from './revoked-tasks.js';
import { RunCalls } from './run-calls.js';
import { TaskEvents } from './task-events.js';
import { Voice } from './voice.js';

const heartbeatMs = 2_000;
/**
 * What watchers are told to expect, in seconds. They give a worker up after twice this: told the true pace, a machine
 * that is busy for four seconds would lose it.
 */
const announcedPace = 5;

const commands: Commands = { ...controlCommands, ...inspectCommands };

export interface PresenceOptions {
  readonly publishing: RabbitConnection;
  readonly consuming: RabbitConnection;
  readonly lines: Lines;
  readonly topology: Topology;
  readonly address: RabbitAddress;
  readonly log: BrokerLog;
  /** Says events; shared with those who send tasks from this process. */
  readonly voice: Voice;
  readonly lamport: LamportClock;
  readonly introduced: IntroducedWorker;
}

export class Presence implements WorkerPresence {
  readonly #options: PresenceOptions;
  readonly #sender: Events;
  readonly #answers: Voice;
  readonly #revoked = new RevokedTasks();
  readonly #events: TaskEvents;
  readonly #mailbox: Mailbox;
  readonly #calls: RunCalls;
  readonly #delegates: Delegates;
  #worker: SteeredWorker | null = null;
  #heart: NodeJS.Timeout | null = null;
  #left = false;

  constructor(options: PresenceOptions) {
    const { voice, lamport, log, publishing, consuming, introduced } = options;
    const node = introduced.name;
    const now = () => introduced.now();
    this.#options = options;
    this.#sender = new Events({ voice, clock: lamport, hostname: node, now });
    this.#events = new TaskEvents(this.#sender, this.#revoked, now);
    // A channel of its own: an exchange for answers that is gone closes it.
    this.#answers = new Voice(publishing, null);
    this.#mailbox = new Mailbox({
      connection: consuming,
      log,
      node,
      receive: (message) => void this.#receive(message),
      opened: () => this.#tell('worker-online'),
    });
    this.#delegates = new Delegates({ publishing, consuming, log, origin: node });
    this.#calls = new RunCalls({ ...options, events: this.#events, revoked: this.#revoked });
  }

  get events(): WorkerEvents {
    return this.#events;
  }

  async attach(worker: SteeredWorker): Promise<void> {
    this.#worker = worker;
    await Promise.all([this.#options.voice.open(), this.#answers.open()]);
    await this.#mailbox.open();
    await this.#calls.open();
    this.#heart = setInterval(() => this.#tell('worker-heartbeat'), heartbeatMs);
  }

  delegate(task: DelegatedTask, watch: DelegateWatch): Promise<DelegatedEnd | null> {
    return this.#delegates.run(task, watch);
  }

  forgetDelegated(task: DelegatedTask): Promise<void> {
    return this.#delegates.forget(task);
  }

  async revokeDelegated(task: DelegatedTask): Promise<void> {
    this.#ask('revoke', { task_id: task.id, terminate: true, signal: 'SIGTERM' });
    await this.#delegates.forget(task);
  }

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    if (this.#heart !== null) clearInterval(this.#heart);
    await Promise.all([this.#mailbox.close(), this.#calls.close()]);
    this.#sender.flush();
    if (this.#worker !== null) this.#tell('worker-offline');
    await this.#answers.close();
  }

  get #node(): string {
    return this.#options.introduced.name;
  }

  #tell(type: 'worker-online' | 'worker-heartbeat' | 'worker-offline'): void {
    const view = this.#worker?.snapshot();
    if (view === undefined) return;
    this.#sender.send(type, {
      freq: announcedPace,
      active: view.active.length,
      processed: view.processed,
      loadavg: view.load,
      sw_ident: 'zincir',
      sw_ver: this.#options.introduced.version,
      sw_sys: systemName(),
    });
  }

  async #receive(message: AsyncMessage): Promise<void> {
    const { lamport, log } = this.#options;
    const node = this.#node;
    lamport.adjust(message.headers?.clock);
    const request = readRequest(message.body);
    if (request === null) return log.warn({ node }, 'a request of remote control could not be read');
    if (!isMeantFor(node, request)) return;
    const answer = await this.#obey(request);
    if (request.reply_to) this.#answer(request, answer);
  }

  async #obey({ method, arguments: given }: RemoteRequest): Promise<unknown> {
    const { log } = this.#options;
    const node = this.#node;
    const command = Object.hasOwn(commands, method) ? commands[method] : undefined;
    if (command === undefined || this.#worker === null) {
      log.warn({ node, method }, 'remote control asked for a command that there is not');
      return { error: `KeyError(${pythonRepr(method)})` };
    }
    try {
      return await command(this.#panel(this.#worker), given ?? {});
    } catch (thrown) {
      log.warn({ node, method, detail: describeFault(thrown) }, 'a command of remote control failed');
      return { error: reprOfThrow(thrown) };
    }
  }

  #panel(worker: SteeredWorker): Panel {
    const { introduced, address, lamport } = this.#options;
    return {
      node: this.#node,
      version: introduced.version,
      settings: introduced.settings,
      address,
      worker,
      revokeWaiting: (taskId) => introduced.revokeWaiting(taskId),
      clock: lamport,
      events: this.#events,
      revoked: this.#revoked,
      calls: this.#calls,
      sendHeartbeat: () => this.#tell('worker-heartbeat'),
    };
  }

  /** A request of remote control to all workers, without an answer. */
  #ask(method: string, given: object): void {
    const { exchange } = controlExchange;
    const headers = { clock: BigInt(this.#options.lamport.forward()), expires: 0n };
    const request = { method, arguments: given, destination: null, pattern: null, matcher: null };
    this.#answers.say({ exchange, routingKey: '', durable: false, headers }, request);
  }

  #answer({ reply_to, ticket }: RemoteRequest, answer: unknown): void {
    if (!reply_to) return;
    const { lamport } = this.#options;
    const { exchange, routing_key: routingKey } = reply_to;
    // See `celery-message.ts` for why the number is no plain one.
    const headers = { ticket: ticket ?? null, clock: BigInt(lamport.forward()) };
    this.#answers.say({ exchange, routingKey, durable: false, headers }, { [this.#node]: answer });
  }
}

/** As Python prints an exception. */
function reprOfThrow(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `Exception(${pythonRepr(String(thrown))})`;
  return `${thrown.name}(${pythonRepr(thrown.message)})`;
}
