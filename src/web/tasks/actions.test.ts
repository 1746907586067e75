import { describe, expect, it } from 'vitest';
import { TaskStatus } from '../../contract/operations.js';
import { actionsFor, actOnEach } from './actions.js';

describe('actions on tasks', () => {
  it('what waits can be revoked, what runs terminated, and what ended without success retried', () => {
    expect(Object.fromEntries(TaskStatus.options.map((status) => [status, actionsFor(status)]))).toEqual({
      PENDING: ['revoke'],
      STARTED: ['terminate'],
      SUCCESS: [],
      FAILURE: ['retry'],
      RETRY: ['revoke'],
      REVOKED: ['retry'],
    });
  });

  it('each task is asked for once, few at a time, and refusals are counted by their reason', async () => {
    const tasks = Array.from({ length: 11 }, (_, index) => ({ taskId: String(index) }));
    const asked: string[] = [];
    let underWay = 0;
    let most = 0;
    const act = async (id: string) => {
      asked.push(id);
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay -= 1;
      if (Number(id) % 3 === 0) throw new Error(Number(id) > 5 ? 'late' : 'early');
    };
    const describeError = (error: unknown) => ({ code: String(error), message: `in words: ${error}` });
    const result = await actOnEach(tasks, 'retry', describeError, act);
    expect(asked.sort((a, b) => Number(a) - Number(b))).toEqual(tasks.map(({ taskId }) => taskId));
    expect(most).toBe(4);
    expect(result).toEqual({
      matched: 11,
      changed: 7,
      refused: [
        { code: 'Error: early', message: 'in words: Error: early', count: 2 },
        { code: 'Error: late', message: 'in words: Error: late', count: 2 },
      ],
    });
  });
});
