/** What becomes of a worker's tasks, as Celery's events. */
import type { StoredError } from '../../../contract/entities.js';
import { renderError } from '../../../contract/messages/render.js';
import type { TaskMessage } from '../../../contract/tasks.js';
import type { AttemptEnd, WorkerEvents } from '../../../engine/operations/worker-ports.js';
import type { Call } from './call.js';
import type { Events } from './events.js';
import { pythonRepr, pythonTuple } from './python-repr.js';
import type { RevokedTasks } from './revoked-tasks.js';

/** SIGTERM: what Celery ends a task's process with unless told otherwise. */
const terminateSignal = 15;

export class TaskEvents implements WorkerEvents {
  readonly #events: Events;
  readonly #revoked: RevokedTasks;
  readonly #now: () => Date;
  readonly #startedAt = new Map<string, number>();
  /** `celery control disable_events` turns them off, Flower turns them on again. */
  enabled = true;

  constructor(events: Events, revoked: RevokedTasks, now: () => Date) {
    this.#events = events;
    this.#revoked = revoked;
    this.#now = now;
  }

  started(task: TaskMessage, receivedAt: Date): void {
    this.#tell('task-received', describeTask(task), receivedAt);
    this.began(task.id);
  }

  ended(task: TaskMessage, end: AttemptEnd): void {
    switch (end.outcome) {
      case 'completed':
        this.succeeded(task.id, end.result);
        break;
      case 'failed':
        this.#tell('task-failed', { uuid: task.id, ...faultOf(end) });
        break;
      case 'retried':
      case 'handed_back':
        this.#tell('task-retried', { uuid: task.id, ...faultOf(end) });
        break;
      case 'cancelled':
        this.revoked(task.id, { terminated: true, expired: false });
        break;
      case 'lost':
        break;
    }
    this.#startedAt.delete(task.id);
  }

  /** The workflow may have been cancelled while the message waited: of what was revoked by remote control that is sure. */
  dropped(task: TaskMessage): void {
    if (!this.#revoked.has(task.id)) return;
    this.#tell('task-received', describeTask(task));
    this.revoked(task.id, { terminated: false, expired: false });
  }

  received(call: Call, at: Date): void {
    this.#tell('task-received', describeCall(call), at);
  }

  began(uuid: string): void {
    this.#startedAt.set(uuid, performance.now());
    this.#tell('task-started', { uuid });
  }

  succeeded(uuid: string, result: unknown): void {
    const began = this.#startedAt.get(uuid);
    this.#startedAt.delete(uuid);
    const runtime = began === undefined ? 0 : (performance.now() - began) / 1000;
    this.#tell('task-succeeded', { uuid, result: pythonRepr(result), runtime });
  }

  failed(uuid: string, { type, message }: { type: string; message: string }): void {
    this.#startedAt.delete(uuid);
    this.#tell('task-failed', { uuid, exception: `${type}(${pythonRepr(message)})`, traceback: null });
  }

  revoked(uuid: string, { terminated, expired }: { terminated: boolean; expired: boolean }): void {
    this.#startedAt.delete(uuid);
    this.#tell('task-revoked', { uuid, terminated, signum: terminated ? terminateSignal : null, expired });
  }

  #tell(type: string, fields: object, at = this.#now()): void {
    if (this.enabled) this.#events.gather(type, fields, at);
  }
}

/** The fields of `task-sent`. */
export function sentTask(task: TaskMessage): object {
  return { ...describeTask(task), queue: task.name, exchange: '', routing_key: task.name };
}

/** As Celery tells of it when it is sent and when it is received. */
function describeTask(task: TaskMessage): object {
  return describeCall({ ...task, rootId: task.id, parentId: null, eta: null, expires: null });
}

function describeCall(call: Omit<Call, 'replyTo'>): object {
  const { id, name, args, kwargs, retries, rootId, parentId, eta, expires } = call;
  return {
    uuid: id,
    name,
    args: pythonTuple(args),
    kwargs: pythonRepr(kwargs),
    root_id: rootId,
    parent_id: parentId,
    retries,
    eta: eta?.toISOString() ?? null,
    expires: expires?.toISOString() ?? null,
  };
}

function faultOf({ error, traceback }: AttemptEnd): { exception: string; traceback: string | null } {
  return { exception: exceptionOf(error), traceback };
}

/** As the repr of an exception: `CSV_EMPTY('The file has no content.')`. */
function exceptionOf(error: StoredError | null): string {
  return error === null ? 'None' : `${error.code}(${pythonRepr(renderError('en', error).message)})`;
}
