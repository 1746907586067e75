import { expect, test } from 'vitest';
import { createCapturedProgram } from '../../../test/support/captured-program.js';
import { languages } from '../../contract/messages/translate.js';
import type { TaskSummary, WorkerInfo } from '../../contract/operations.js';
import { fitTo, layOut } from '../columns.js';
import { createContext } from '../context.js';
import { createPaint } from '../paint.js';
import { renderTop, shareRoom } from './frame.js';
import type { TopSnapshot } from './snapshot.js';

const at = '2026-03-01T12:00:00.000Z';
const nowMs = Date.parse(at);

const task = (id: number, more: Partial<TaskSummary> = {}): TaskSummary => ({
  taskId: `task-${id}`,
  name: 'zincir.train',
  status: 'STARTED',
  step: { id, name: 'train' },
  workflow: { id, name: `a rather long name of workflow ${id} · MLP`, status: 'RUNNING' },
  worker: 'zincir@a-rather-long-host-name-4711',
  retries: 0,
  createdAt: at,
  startedAt: '2026-03-01T11:58:30.000Z',
  completedAt: null,
  durationMs: null,
  waitMs: 5,
  progress: { done: 3, total: 10, unit: 'epochs' },
  error: null,
  ...more,
});

const worker = (place: number): WorkerInfo => ({
  name: `zincir@host-${place}`,
  status: place === 1 ? 'lost' : 'online',
  version: '1.2.3',
  host: `host-${place}`,
  pid: place,
  queues: ['zincir.train'],
  slots: 2,
  active: place === 0 ? [task(12)] : [],
  processed: 1_234,
  failed: place,
  retried: 0,
  load: [0.5, 0.4, 0.3],
  memoryBytes: 250_000_000,
  childrenBytes: 100_000_000,
  startedAt: at,
  heartbeatAt: '2026-03-01T11:59:57.000Z',
  stoppedAt: null,
  clockDriftMs: 0,
  warnings: [],
});

const error = { code: 'DIVERGED', params: {}, message: 'The training diverged in epoch 7. '.repeat(4), hint: '' };

function snapshotOf({ workers = 3, running = 2, failures = 2 } = {}): TopSnapshot {
  const queue = (name: string, dead = false) => ({
    name,
    dead,
    ready: dead ? 2 : 0,
    unacked: 0,
    consumers: dead ? 0 : 3,
    state: 'running',
    publishRate: 1.5,
    ackRate: 1.25,
    oldestWaitMs: null,
    warnings: dead ? [{ code: 'DEAD_LETTERS', params: {}, message: 'zincir.dead holds 2 messages.', hint: '' }] : [],
  });
  return {
    at,
    queue: {
      broker: { kind: 'rabbitmq', ok: true, detail: '' },
      source: 'broker',
      sampledAt: at,
      sampleAgeMs: 0,
      queues: [queue('zincir.upload'), queue('zincir.preprocess'), queue('zincir.train'), queue('zincir.dead', true)],
      warnings: [],
      recentTasks: [],
      recentWorkflows: [],
    },
    workers: {
      items: Array.from({ length: workers }, (_, place) => worker(place)),
      nextCursor: null,
      totals: { active: 1, slots: 6, processed: 0, failed: 0, retried: 0, online: workers - 1, lost: 1 },
    },
    running: {
      items: Array.from({ length: running }, (_, place) => ({
        id: 12 + place,
        name: `a rather long name of workflow ${12 + place} · MLP`,
        status: 'RUNNING' as const,
        owner: '',
        priority: 5,
        model: 'MLP' as const,
        dataset: { id: 1, name: 'penguins', fileName: 'penguins.csv', sizeBytes: 1 },
        createdAt: at,
        startedAt: at,
        completedAt: null,
        durationMs: null,
        trainAccuracy: null,
        validationAccuracy: null,
        epochs: 100,
        epoch: place === 0 ? 34 : 0,
        steps: [
          { name: 'upload' as const, status: 'COMPLETED' as const },
          { name: 'train' as const, status: place === 0 ? ('RUNNING' as const) : ('QUEUED' as const) },
        ],
      })),
      nextCursor: null,
      total: running,
    },
    failures: Array.from({ length: failures }, (_, place) =>
      task(20 + place, { status: 'FAILURE', error, completedAt: at }),
    ),
  };
}

function frame(
  snapshot: TopSnapshot,
  more: { width?: number; height?: number; colours?: boolean; language?: 'en' | 'tr' } = {},
) {
  const { width = 80, height = 24, colours = false, language = 'en' } = more;
  const { program } = createCapturedProgram();
  const interruption = { signal: new AbortController().signal, dispose() {} };
  const context = createContext(program, language, { verbose: false }, interruption);
  const url = 'http://127.0.0.1:8000';
  return renderTop(context, snapshot, { width, height, nowMs, paint: createPaint(colours), trouble: null, url });
}

/** Without the sequences that colour. */
const visible = (line: string) => line.replaceAll(new RegExp(`${'\u001b'}\\[\\d+m`, 'g'), '');

test('a frame of 80 columns and 24 lines shows queues, workers, the epochs of what runs, and failures', () => {
  const lines = frame(snapshotOf());
  const text = lines.join('\n');
  expect(lines).toHaveLength(24);
  expect(lines[0]).toContain('http://127.0.0.1:8000  2 workers  1 lost  1/6 slots  2 running');
  expect(lines[1]).toBe('! zincir.dead holds 2 messages.');
  expect(text).toMatch(/^zincir\.dead +2 +0 +-/m);
  expect(text).toMatch(/^zincir@host-1 +Lost +0\/2 +1,234 +1 +0\.50 +250 MB +3\.0 s$/m);
  expect(text).toMatch(/^12 +a rather.*Train Running +███░░░░░░░ 34\/100 +1 min 30 s/m);
  expect(text).toMatch(/Failed +The/);
  expect(lines.at(-1)).toBe('q: leave');
});

test.each(languages)(
  'no frame is wider or higher than its terminal, however much there is to show (%s)',
  (language) => {
    for (const snapshot of [snapshotOf(), snapshotOf({ workers: 300, running: 50, failures: 10 })]) {
      for (const [width, height] of [
        [80, 24],
        [40, 10],
        [20, 5],
        [132, 50],
        [200, 100],
        [10, 2],
      ] as const) {
        for (const colours of [false, true]) {
          const lines = frame(snapshot, { width, height, colours, language });
          expect(lines).toHaveLength(height);
          for (const line of lines.slice(0, -1)) expect([...visible(line)].length).toBeLessThanOrEqual(width);
        }
      }
    }
  },
);

test('what there is no room for is counted', () => {
  const text = frame(snapshotOf({ workers: 300 })).join('\n');
  const shown = text.match(/^zincir@host-\d+/gm)?.length ?? 0;
  expect(text).toContain(`... and ${300 - shown} more`);
});

test('room is shared equally among those that want more than there is', () => {
  expect(shareRoom([4, 1, 10, 10], 14)).toEqual([4, 1, 5, 4]);
  expect(shareRoom([1, 1], 10)).toEqual([1, 1]);
  expect(shareRoom([3, 3], -5)).toEqual([0, 0]);
});

test('columns that may be cut give way, numbers stay whole', () => {
  const columns = [
    { title: 'Name', least: 5 },
    { title: 'Count', align: 'right' as const },
  ];
  const rows = [[{ text: 'a long name' }, { text: '12,345' }]];
  expect(layOut(columns, rows, 40)).toEqual(['Name          Count', 'a long name  12,345']);
  expect(layOut(columns, rows, 15)).toEqual(['Name      Count', 'a long…  12,345']);
});

test('a coloured line is cut at what can be seen, and its colour ends with it', () => {
  expect(fitTo('\u001b[31mred and long\u001b[0m', 3)).toBe('\u001b[31mred\u001b[0m');
});
