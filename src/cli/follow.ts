/** Follows a workflow to its end, or until Ctrl-C. */
import type { Metric, Workflow } from '../contract/entities.js';
import type { Context, Session } from './context.js';
import { applyEvent, type FollowState, startState } from './follow-state.js';
import type { FollowView } from './follow-view.js';
import { type Interrupted, interruptionOf } from './interruption.js';
import { listenForKeys } from './keys.js';
import { createLiveView } from './live-view.js';
import { createPlainView } from './plain-view.js';
import { pollMs, watchWorkflow } from './watch.js';

export interface Followed {
  workflow: Workflow;
  metrics: Metric[];
  /** 0 completed, 1 failed, 130 cancelled or left by Ctrl-C. */
  exitCode: number;
  /** The workflow had not ended when it was left. */
  left: boolean;
}

/** How long a cancelled workflow of this process may take to end before it is left alone. */
const cancelGraceMs = 10_000;

/**
 * Shows a workflow live on stderr. Ctrl-C leaves a workflow of a server running and says how to take it up again;
 * one that runs inside this process would die with it, so it is cancelled.
 */
export async function followWorkflow(
  context: Context,
  session: Session,
  id: number,
  options: { plain?: boolean } = {},
): Promise<Followed> {
  const client = session.clientFor();
  const watching = new AbortController();
  const isLive = context.program.stderr.isTTY && !options.plain;
  const view = isLive ? createLiveView(context) : createPlainView(context);
  const onInterrupt = () => {
    const isCancel = session.connection.embedded && interruptionOf(context.interruption.signal)?.signal === 'SIGINT';
    if (!isCancel) return watching.abort();
    view.note(context.say(context.texts.follow.cancelling, { id: String(id) }));
    // A workflow that has just ended refuses; the watch ends by itself then.
    client.cancel(id).catch(() => {});
    setTimeout(() => watching.abort(), cancelGraceMs).unref();
  };
  const { signal } = context.interruption;
  signal.addEventListener('abort', onInterrupt);
  const deafen = isLive ? listenForKeys(context.program.stdin, leaveWith) : () => {};
  try {
    const state = startState(await client.workflow(id), []);
    if (signal.aborted) onInterrupt();
    if (state.status === 'PENDING' && [...state.steps.values()].every(({ status }) => status === 'PENDING')) {
      view.note(context.say(context.texts.follow.waits, { id: String(id) }));
    }
    await watch(context, session, state, view, watching.signal);
  } finally {
    signal.removeEventListener('abort', onInterrupt);
    deafen();
    view.close();
  }
  return outcome(context, session, id, interruptionOf(signal));
}

/** As Ctrl-C does. */
const leaveWith = (key: string): void => {
  if (key === 'q' || key === 'Q') process.kill(process.pid, 'SIGINT');
};

async function watch(context: Context, session: Session, state: FollowState, view: FollowView, signal: AbortSignal) {
  const { texts } = context;
  view.show(state);
  let warned = 0;
  const events = watchWorkflow(session.clientFor(), state.id, {
    signal,
    trouble: (kind) =>
      view.note(
        context.notePaint.yellow(context.say(texts.follow[kind], kind === 'polling' ? { seconds: pollMs / 1000 } : {})),
      ),
  });
  for await (const event of events) {
    applyEvent(state, event, Date.now());
    for (const line of state.warnings.slice(warned)) view.note(context.notePaint.yellow(`! ${line.message}`));
    warned = state.warnings.length;
    view.show(state);
  }
}

async function outcome(
  context: Context,
  session: Session,
  id: number,
  interrupted: Interrupted | null,
): Promise<Followed> {
  const client = session.clientFor();
  const [workflow, metrics] = await Promise.all([client.workflow(id), client.metrics(id)]).catch((error: unknown) => {
    throw interrupted ?? error;
  });
  const ended = exitCodeOf(workflow.status);
  if (ended === null && !session.connection.embedded) {
    context.note(context.say(context.texts.follow.detached, { id: String(id) }));
  }
  const exitCode = ended ?? interrupted?.exitCode ?? 130;
  return { workflow, metrics, left: ended === null, exitCode };
}

/** Exit code of the end of a workflow; null while it has not ended. */
export function exitCodeOf(status: Workflow['status']): number | null {
  switch (status) {
    case 'COMPLETED':
      return 0;
    case 'FAILED':
      return 1;
    case 'CANCELLED':
      return 130;
    case 'PENDING':
    case 'RUNNING':
      return null;
  }
}
