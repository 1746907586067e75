/**
 * Progress as plain lines: one for each change of a step, at most one a second for the epochs. Epochs come in before
 * the news of the steps of the same moment, so they wait until the training is known to run.
 */
import type { Context } from './context.js';
import { type FollowState, metricsInOrder, stepsInOrder } from './follow-state.js';
import type { FollowView } from './follow-view.js';

const epochLineMs = 1000;

export function createPlainView(context: Context, now: () => number = Date.now): FollowView {
  const { texts, terms, format } = context;
  const shown = new Map<string, string>();
  let shownEpoch: number | null = null;
  let lineAtMs = Number.NEGATIVE_INFINITY;

  const showEpoch = (state: FollowState) => {
    const last = metricsInOrder(state).at(-1);
    if (!last || last.epoch === shownEpoch) return;
    const isLast = last.epoch >= state.epochs;
    if (!isLast && now() - lineAtMs < epochLineMs) return;
    shownEpoch = last.epoch;
    lineAtMs = now();
    context.note(
      context.say(texts.follow.epochLine, {
        epoch: String(last.epoch),
        epochs: String(state.epochs),
        train: format.share(last.trainAccuracy),
        validation: format.share(last.validationAccuracy),
      }),
    );
  };

  return {
    show(state) {
      for (const step of stepsInOrder(state)) {
        const key = `${step.status} ${step.attempt}`;
        if (step.status === 'PENDING' || shown.get(step.name) === key) continue;
        // Its last epoch stands before its end.
        if (step.name === 'train' && step.status !== 'QUEUED' && step.status !== 'RUNNING') showEpoch(state);
        shown.set(step.name, key);
        const details = [
          step.attempt > 1 ? context.say(texts.follow.attempt, { attempt: String(step.attempt) }) : '',
          step.status !== 'RUNNING' && step.durationMs !== null ? format.duration(step.durationMs) : '',
        ].filter((text) => text !== '');
        const line = context.say(texts.follow.stepLine, {
          step: terms.steps[step.name],
          status: terms.stepStatus[step.status],
        });
        context.note(details.length > 0 ? `${line} (${details.join(', ')})` : line);
      }
      if (state.steps.get('train')?.status === 'RUNNING') showEpoch(state);
    },
    note: (text) => context.note(text),
    close() {},
  };
}
