/** What the commands of remote control work with, and their form. */
import { z } from 'zod';
import type { IntroducedWorker, SteeredWorker } from '../../../engine/operations/worker-ports.js';
import type { RabbitAddress } from '../address.js';
import type { LamportClock } from './lamport-clock.js';
import type { RevokedTasks } from './revoked-tasks.js';
import type { RunCalls } from './run-calls.js';
import type { TaskEvents } from './task-events.js';

export interface Panel {
  readonly node: string;
  readonly version: string;
  readonly worker: SteeredWorker;
  readonly settings: IntroducedWorker['settings'];
  readonly address: RabbitAddress;
  readonly clock: LamportClock;
  readonly events: TaskEvents;
  readonly revoked: RevokedTasks;
  readonly calls: RunCalls;
  /** Takes a task out of its queue, with its workflow. */
  readonly revokeWaiting: (taskId: string) => Promise<void>;
  readonly sendHeartbeat: () => void;
}

/** What it answers goes to whoever asked; what it throws, as `{error: ...}`. */
export type Command = (panel: Panel, given: Record<string, unknown>) => unknown;
export type Commands = Readonly<Record<string, Command>>;

export const ok = (text: string) => ({ ok: text });
export const refused = (text: string) => ({ error: text });

/** Arguments as the schema has them. @throws what Celery's clients show as they show their own workers' errors */
export function read<Schema extends z.ZodType>(schema: Schema, given: Record<string, unknown>): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RemoteError('TypeError', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong arguments'}`);
}

/** Told as Python's exception of that name is. */
export class RemoteError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** One id or several. */
export const TaskIds = z
  .union([z.string(), z.array(z.string())])
  .transform((ids) => (Array.isArray(ids) ? ids : [ids]));
