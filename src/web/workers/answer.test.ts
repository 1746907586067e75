import { describe, expect, it } from 'vitest';
import type { WorkerCommand } from '../../contract/operations.js';
import { answerOf } from './answer.js';

const time = '2026-03-04T05:06:07.000Z';
const command = (answeredAt: string | null): WorkerCommand => ({
  id: 3,
  action: 'grow',
  params: {},
  askedAt: time,
  answeredAt,
  ok: answeredAt === null ? null : true,
  answer: null,
});

describe('the answer to a command', () => {
  it('is waited for, over a moment in which the server is away', async () => {
    const answers = [
      () => Promise.resolve({ commands: [command(null)] }),
      () => Promise.reject(new Error('away')),
      () => Promise.resolve({ commands: [{ ...command(time), id: 2 }, command(null)] }),
      () => Promise.resolve({ commands: [command(time)] }),
    ];
    const fetchWorker = () => (answers.shift() ?? (() => Promise.reject(new Error('asked too often'))))();
    expect(await answerOf(3, fetchWorker, { everyMs: 0, times: 10 })).toMatchObject({ id: 3, ok: true });
    expect(answers).toEqual([]);
  });

  it('is not waited for without end', async () => {
    let asked = 0;
    const fetchWorker = async () => {
      asked += 1;
      return { commands: [command(null)] };
    };
    expect(await answerOf(3, fetchWorker, { everyMs: 0, times: 4 })).toBeNull();
    expect(asked).toBe(4);
  });
});
