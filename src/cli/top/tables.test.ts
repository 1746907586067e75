import { expect, test } from 'vitest';
import { createCapturedProgram } from '../../../test/support/captured-program.js';
import type { QueueState } from '../../contract/operations.js';
import { layOut } from '../columns.js';
import { createContext } from '../context.js';
import { createPaint } from '../paint.js';
import { queueRows } from './tables.js';

const queue = (name: string, more: Partial<QueueState> = {}): QueueState => ({
  name,
  dead: false,
  ready: 0,
  unacked: 1,
  consumers: 1,
  state: 'running',
  publishRate: 0.5,
  ackRate: null,
  oldestWaitMs: null,
  warnings: [],
  ...more,
});

test('the queues of answers of Celery workers are one row of their sums', () => {
  const { program } = createCapturedProgram();
  const interruption = { signal: new AbortController().signal, dispose() {} };
  const context = createContext(program, 'en', { verbose: false }, interruption);
  const { columns, rows } = queueRows(
    context,
    [
      queue('zincir.custom'),
      queue('zincir.answer.5a4b43fe', { ready: 1, oldestWaitMs: 3000 }),
      queue('zincir.answer.864c2e25', { ready: 2, oldestWaitMs: 9000 }),
      queue('zincir.run_workflow'),
    ],
    createPaint(false),
  );
  expect(layOut(columns, rows, 200).map((line) => line.trimEnd())).toEqual([
    'Queue                Ready  Unacked  Consumers  In/s  Out/s  Oldest wait',
    'zincir.custom            0        1          1   0.5      -            -',
    'zincir.answer.* (2)      3        2          2   1.0      -        9.0 s',
    'zincir.run_workflow      0        1          1   0.5      -            -',
  ]);
});
