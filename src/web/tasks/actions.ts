/** What can be done to tasks, and what came of it. */
import type { BulkResult, TaskStatus, TaskSummary } from '../../contract/operations.js';
import { actOnTask, type TaskAction } from '../api/operations.js';

const states: Record<TaskAction, readonly TaskStatus[]> = {
  revoke: ['PENDING', 'RETRY'],
  terminate: ['STARTED'],
  retry: ['FAILURE', 'REVOKED'],
};

/** Whether the action makes sense for a task of that state; the server decides. */
export const fits = (action: TaskAction, status: TaskStatus): boolean => states[action].includes(status);

/** What can be done to one task. */
export const actionsFor = (status: TaskStatus): TaskAction[] =>
  (['revoke', 'terminate', 'retry'] as const).filter((action) => fits(action, status));

/** How many requests are under way at once. */
const atOnce = 4;

/**
 * Does it to each task, and counts what was refused, by reason.
 * @param describe a thrown error in words
 */
export async function actOnEach(
  tasks: readonly Pick<TaskSummary, 'taskId'>[],
  action: TaskAction,
  describe: (error: unknown) => { code: string; message: string },
  act: (id: string, action: TaskAction) => Promise<unknown> = actOnTask,
): Promise<BulkResult> {
  const refused = new Map<string, BulkResult['refused'][number]>();
  let changed = 0;
  const waiting = tasks.values();
  const work = async () => {
    for (const { taskId } of waiting) {
      try {
        await act(taskId, action);
        changed += 1;
      } catch (error) {
        const { code, message } = describe(error);
        const known = refused.get(code);
        refused.set(code, { code, message: known?.message ?? message, count: (known?.count ?? 0) + 1 });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, work));
  return { matched: tasks.length, changed, refused: [...refused.values()] };
}
