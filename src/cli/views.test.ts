import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createCapturedProgram } from '../../test/support/captured-program.js';
import { sampleMetrics, sampleWorkflow } from '../../test/support/sample-workflow.js';
import { renderSources } from './commands/compose.js';
import { renderList } from './commands/list.js';
import { filterOf, renderLine } from './commands/logs.js';
import { createContext } from './context.js';
import { renderDetails } from './details.js';
import { applyEvent, startState } from './follow-state.js';
import { renderFrame } from './live-view.js';
import { createPaint } from './paint.js';
import { createPlainView } from './plain-view.js';
import { renderSummary } from './summary.js';

function setUp(language: 'en' | 'tr' = 'en') {
  const captured = createCapturedProgram();
  const interruption = { signal: new AbortController().signal, dispose() {} };
  return { ...captured, context: createContext(captured.program, language, { verbose: false }, interruption) };
}

const running = () => {
  const workflow = sampleWorkflow({ status: 'RUNNING', epochs: 10 });
  const [upload, preprocess, train] = workflow.steps;
  if (!upload || !preprocess || !train) throw new Error('three steps');
  return {
    ...workflow,
    steps: [
      upload,
      { ...preprocess, attempt: 2 },
      { ...train, status: 'RUNNING' as const, completedAt: null, durationMs: null },
    ],
  };
};

const frame = {
  width: 70,
  height: 24,
  tick: 1,
  nowMs: Date.parse('2026-03-04T05:06:08.500Z'),
  paint: createPaint(false),
};

describe('the live frame', () => {
  it('shows steps, the bar with the time left, and the chart', () => {
    const state = startState(running(), []);
    applyEvent(state, { type: 'metrics', data: { items: sampleMetrics.slice(0, 1) } }, frame.nowMs - 2000);
    applyEvent(state, { type: 'metrics', data: { items: sampleMetrics.slice(1) } }, frame.nowMs);
    const lines = renderFrame(setUp().context, state, frame).split('\n');
    expect(lines.slice(0, 6)).toEqual([
      '✔ Upload      Completed  1.0 s',
      '✔ Preprocess  Completed  2.0 s  attempt 2',
      '⠙ Train       Running  5.0 s',
      '  ██████░░░░░░░░░░░░░░  Epoch 3/10  7.0 s left',
      '',
      'Accuracy  train 90.00%  validation 85.00%',
    ]);
    expect(lines.at(-1)).toBe('         ·· train  ── validation');
  });

  it('fits the terminal at every size, with and without colours', () => {
    for (const width of [40, 60, 80, 200]) {
      for (const height of [10, 16, 24, 60]) {
        for (const colours of [true, false]) {
          const state = startState(running(), sampleMetrics);
          const text = renderFrame(setUp().context, state, { ...frame, width, height, paint: createPaint(colours) });
          const lines = stripVTControlCharacters(text).split('\n');
          expect(lines.length).toBeLessThan(height);
          for (const line of lines) expect([...line].length).toBeLessThan(Math.max(width, 60));
        }
      }
    }
  });

  it('says when a step that waits is tried again, and after what', () => {
    const workflow = running();
    const steps = workflow.steps.map((step) =>
      step.name === 'train'
        ? {
            ...step,
            status: 'QUEUED' as const,
            startedAt: null,
            retryAt: '2026-03-04T05:06:12.000Z',
            error: { code: 'WORKER_LOST' as const, params: {}, message: 'zincir@a was lost.', hint: 'It runs again.' },
          }
        : step,
    );
    expect(
      renderFrame(setUp().context, startState({ ...workflow, steps }, []), frame)
        .split('\n')
        .slice(2),
    ).toEqual(['◔ Train       Queued  tries again in 4 s', '    zincir@a was lost.']);
  });
});

describe('plain progress', () => {
  it('is one line a step and at most one a second for the epochs, the last one always', () => {
    const { context, stderr } = setUp();
    let now = 0;
    const view = createPlainView(context, () => now);
    const state = startState(running(), []);
    view.show(state);
    for (let epoch = 1; epoch <= 10; epoch++) {
      now += 300;
      const metric = { epoch, trainAccuracy: 0.5, validationAccuracy: 0.25, trainLoss: 1, validationLoss: 1 };
      applyEvent(state, { type: 'metrics', data: { items: [metric] } }, now);
      view.show(state);
    }
    const done = sampleWorkflow().steps[2];
    if (!done) throw new Error('a third step');
    applyEvent(state, { type: 'step', data: done }, now);
    view.show(state);
    view.show(state);
    expect(stderr.text.trim().split('\n')).toEqual([
      'Upload: Completed (1.0 s)',
      'Preprocess: Completed (attempt 2, 2.0 s)',
      'Train: Running',
      'Epoch 1/10: train 50.00%, validation 25.00%',
      'Epoch 5/10: train 50.00%, validation 25.00%',
      'Epoch 9/10: train 50.00%, validation 25.00%',
      'Epoch 10/10: train 50.00%, validation 25.00%',
      'Train: Completed (3.0 s)',
    ]);
  });
});

describe('epochs that come in before the news of the steps', () => {
  it('are told when the training is known to run, and before its end', () => {
    const { context, stderr } = setUp();
    const view = createPlainView(context, () => 0);
    const done = sampleWorkflow();
    const [upload, ...later] = done.steps;
    if (!upload) throw new Error('a first step');
    const pending = later.map((step) => ({ ...step, status: 'PENDING' as const }));
    const state = startState({ ...done, status: 'RUNNING', steps: [{ ...upload, status: 'RUNNING' }, ...pending] }, []);
    view.show(state);
    applyEvent(state, { type: 'metrics', data: { items: sampleMetrics } }, 0);
    view.show(state);
    for (const step of done.steps) {
      applyEvent(state, { type: 'step', data: step }, 0);
      view.show(state);
    }
    expect(stderr.text.trim().split('\n')).toEqual([
      'Upload: Running',
      'Upload: Completed (1.0 s)',
      'Preprocess: Completed (2.0 s)',
      'Epoch 3/3: train 90.00%, validation 85.00%',
      'Train: Completed (3.0 s)',
    ]);
  });
});

describe('the summary', () => {
  it('has accuracy, best epoch, confusion matrix, figures by class, files and page', () => {
    const { context } = setUp();
    const text = renderSummary(context, sampleWorkflow(), {
      saved: { 'model.joblib': 'out/model.joblib', 'processed.pkl': 'out/processed.pkl' },
      page: 'http://127.0.0.1:8000/workflows/7',
    });
    expect(text).toBe(`Workflow 7 completed in 6.0 s

Accuracy    validation 85.00%, train 90.00%
Best epoch  3 of 3 (validation 85.00%)
Rows        80 train, 20 validation, 2 left out of 102
Features    4

Confusion matrix (down: true class, across: predicted, 20 validation rows)
     no  yes
no   10    0
yes   3    7

Class  Precision  Recall      F1  Rows
no        0.7692  1.0000  0.8696    10
yes       1.0000  0.7000  0.8235    10

Files
out/model.joblib   4.3 kB
out/processed.pkl  9.9 kB

Page  http://127.0.0.1:8000/workflows/7`);
  });

  it('reads as Turkish in Turkish', () => {
    const { context } = setUp('tr');
    const text = renderSummary(context, sampleWorkflow());
    expect(text).toContain('7 numaralı iş akışı 6,0 sn içinde tamamlandı');
    expect(text).toContain('Doğruluk      doğrulama %85,00, eğitim %90,00');
    expect(text).toContain('`zincir download 7 --out DİZİN` indirir.');
  });

  it('of a failed workflow says what happened, where, and what to do', () => {
    const { context } = setUp();
    const error = { code: 'TARGET_CONSTANT' as const, params: {}, message: 'One value only.', hint: 'Choose another.' };
    const workflow = sampleWorkflow({ status: 'FAILED', result: null, artifacts: [], error });
    const steps = workflow.steps.map((step) =>
      step.name === 'preprocess' ? { ...step, status: 'FAILED' as const } : step,
    );
    expect(renderSummary(context, { ...workflow, steps })).toBe(
      'Workflow 7 failed in step Preprocess.\nError TARGET_CONSTANT: One value only.\nHint: Choose another.',
    );
  });

  it('points to the report where the confusion matrix would be too wide', () => {
    const classes = Array.from({ length: 13 }, (_, index) => index);
    const sample = sampleWorkflow();
    if (!sample.result) throw new Error('a result');
    const result = { ...sample.result, classes, confusionMatrix: classes.map(() => classes) };
    expect(renderSummary(setUp().context, { ...sample, result })).toContain(
      'The confusion matrix of 13 classes stands in report.json.',
    );
  });

  it('points to the report for the figures of more classes than a terminal shows', () => {
    const classes = Array.from({ length: 31 }, (_, index) => index);
    const sample = sampleWorkflow();
    const [figures] = sample.result?.perClass ?? [];
    if (!sample.result || !figures) throw new Error('a result');
    const perClass = classes.map((label) => ({ ...figures, class: label }));
    const result = { ...sample.result, classes, perClass, confusionMatrix: classes.map(() => classes) };
    const text = renderSummary(setUp().context, { ...sample, result });
    expect(text).toContain('The confusion matrix and the figures of 31 classes stand in report.json.');
    expect(text).not.toContain('Precision');
  });
});

describe('printing of names from files', () => {
  it('never lets control characters of a name reach the terminal', () => {
    const { context } = setUp();
    const workflow = sampleWorkflow({ name: 'a\u001b[31m\rb' });
    const list = renderList(context, { items: [workflow], nextCursor: null, total: 1 }, 120);
    for (const text of [renderDetails(context, workflow), list, renderSources(context, workflow, workflow)]) {
      expect(text).not.toContain('\u001b');
      expect(text).not.toContain('\r');
    }
  });
});

describe('the list', () => {
  it('is a table of figures with the total below', () => {
    const text = renderList(setUp().context, { items: [sampleWorkflow()], nextCursor: null, total: 12 }, 130);
    expect(text.split('\n')[0]).toMatch(
      /^ID {2}Name +Dataset +Model +Status +Validation +Train +Epochs +Duration +Created$/,
    );
    expect(text).toMatch(/ 7 {2}iris by LR +iris\.csv +LR +Completed +85\.00% +90\.00% +3\/3 +6\.0 s /);
    expect(text.endsWith('\n\n1 of 12 workflows.')).toBe(true);
  });

  it('is no wider than a terminal, whose narrowest leaves the rest of its columns out', () => {
    const name = 'a name that is much longer than any terminal leaves room for '.repeat(3);
    const items = [sampleWorkflow({ name, epochs: 20_000 }), sampleWorkflow()];
    const headAt = (width: number) => {
      const lines = renderList(setUp().context, { items, nextCursor: null, total: 2 }, width).split('\n');
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
      expect(lines[1]).toContain('…');
      return lines[0]?.split(/ +/);
    };
    const narrow = ['ID', 'Name', 'Model', 'Status', 'Validation', 'Epochs', 'Duration'];
    expect(headAt(80)).toEqual([...narrow.slice(0, 5), 'Train', ...narrow.slice(5)]);
    expect(headAt(72)).toEqual(narrow);
    expect(headAt(95)).toEqual([...narrow.slice(0, 5), 'Train', ...narrow.slice(5), 'Created']);
    expect(headAt(150)).toContain('Dataset');
  });

  it('says so when nothing matches', () => {
    expect(renderList(setUp().context, { items: [], nextCursor: null, total: 0 }, 80)).toBe('No workflow matches.');
  });
});

describe('log lines', () => {
  const line = {
    id: 1,
    at: '2026-03-04T05:06:07.000Z',
    level: 'warning' as const,
    step: 'train' as const,
    attempt: 1,
    code: 'rareClass',
    params: {},
    message: 'Class 3 has 1 row only.',
  };

  it('show time, level, step and text', () => {
    expect(renderLine(setUp().context, line)).toBe('2026-03-04T05:06:07.000Z WARNING Train: Class 3 has 1 row only.');
  });

  it('are chosen by time and pattern', () => {
    const { context } = setUp();
    const now = Date.parse('2026-03-04T05:10:00Z');
    expect(filterOf(context, { since: '10m', grep: 'CLASS \\d' }, now)(line)).toBe(true);
    expect(filterOf(context, { since: '2m' }, now)(line)).toBe(false);
    expect(filterOf(context, { grep: 'epoch' }, now)(line)).toBe(false);
    expect(() => filterOf(context, { since: 'soon' }, now)).toThrow('--since cannot be soon');
    expect(() => filterOf(context, { grep: '(' }, now)).toThrow('is not a regular expression');
  });
});
