import { StepName } from '../../contract/entities.js';
import type { QueueState } from '../../contract/operations.js';
import { answerQueuePrefix, callQueue, queueOf } from '../../contract/tasks.js';
import { useTexts } from '../language/language.js';

/** Answers of Celery workers come and go, a queue each: they are no place where steps wait. */
export const isAnswerQueue = ({ name }: Pick<QueueState, 'name'>): boolean => name.startsWith(answerQueuePrefix);

/** What a queue is for, in a line; undefined of one that is not ours. */
export function useQueueAbout(): (queue: Pick<QueueState, 'name' | 'dead'>) => string | undefined {
  const { t } = useTexts();
  const { deadAbout, callsAbout, answersAbout } = t.operations.queue;
  return ({ name, dead }) => {
    if (dead) return deadAbout;
    if (name === callQueue) return callsAbout;
    if (isAnswerQueue({ name })) return answersAbout;
    const step = StepName.options.find((one) => queueOf(one) === name);
    return step === undefined ? undefined : t.monitor.steps.about[step];
  };
}
