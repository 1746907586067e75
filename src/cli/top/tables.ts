/** Queues, workers, running workflows and failed tasks as rows. */
import type { WorkflowSummary } from '../../contract/entities.js';
import type { QueueState, TaskStatus, TaskSummary, WorkerInfo, WorkerStatus } from '../../contract/operations.js';
import { answerQueuePrefix } from '../../contract/tasks.js';
import { bar } from '../chart.js';
import type { Cell, Column } from '../columns.js';
import type { Context } from '../context.js';
import type { Paint } from '../paint.js';
import { printable } from '../paint.js';

export interface Rows {
  columns: Column[];
  rows: Cell[][];
}

const barWidth = 10;
const plain = (text: string): Cell => ({ text });

export function queueRows({ texts, format }: Context, queues: readonly QueueState[], paint: Paint): Rows {
  const { top } = texts;
  const rate = (value: number | null) => plain(value === null ? '-' : format.number(value, 1));
  return {
    columns: [
      { title: top.queue, least: 12 },
      { title: top.ready, align: 'right' },
      { title: top.unacked, align: 'right' },
      { title: top.consumers, align: 'right' },
      { title: top.published, align: 'right' },
      { title: top.acked, align: 'right' },
      { title: top.oldest, align: 'right' },
    ],
    rows: foldAnswers(queues).map((queue) => {
      const wrong = queue.warnings.length > 0 ? paint.yellow : undefined;
      return [
        { text: queue.name, paint: wrong },
        { text: format.number(queue.ready), paint: wrong },
        plain(format.number(queue.unacked)),
        plain(queue.dead ? '-' : format.number(queue.consumers)),
        rate(queue.publishRate),
        rate(queue.ackRate),
        plain(queue.oldestWaitMs === null ? '-' : format.duration(queue.oldestWaitMs)),
      ];
    }),
  };
}

/** The queues of answers as one, of their sums: there is one for each custom step that is waited for. */
function foldAnswers(queues: readonly QueueState[]): QueueState[] {
  const isAnswer = ({ name }: QueueState) => name.startsWith(answerQueuePrefix);
  const answers = queues.filter(isAnswer);
  const [first] = answers;
  if (first === undefined) return [...queues];
  const sumOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  const known = (values: (number | null)[]) => values.filter((value) => value !== null);
  const rateOf = (rates: (number | null)[]) => (known(rates).length === 0 ? null : sumOf(known(rates)));
  const waits = known(answers.map(({ oldestWaitMs }) => oldestWaitMs));
  const folded: QueueState = {
    ...first,
    name: `${answerQueuePrefix}* (${answers.length})`,
    ready: sumOf(answers.map(({ ready }) => ready)),
    unacked: sumOf(answers.map(({ unacked }) => unacked)),
    consumers: sumOf(answers.map(({ consumers }) => consumers)),
    publishRate: rateOf(answers.map(({ publishRate }) => publishRate)),
    ackRate: rateOf(answers.map(({ ackRate }) => ackRate)),
    oldestWaitMs: waits.length === 0 ? null : Math.max(...waits),
    warnings: answers.flatMap(({ warnings }) => warnings),
  };
  return queues.flatMap((queue) => (queue === first ? [folded] : isAnswer(queue) ? [] : [queue]));
}

export function workerRows(
  { texts, terms, format }: Context,
  workers: readonly WorkerInfo[],
  paint: Paint,
  nowMs: number,
): Rows {
  const { top } = texts;
  return {
    columns: [
      { title: top.worker, least: 12 },
      { title: top.status },
      { title: top.slots, align: 'right' },
      { title: top.processed, align: 'right' },
      { title: top.failed, align: 'right' },
      { title: top.load, align: 'right' },
      { title: top.memory, align: 'right' },
      { title: top.heard, align: 'right' },
    ],
    rows: workers.map((worker) => [
      plain(printable(worker.name)),
      { text: terms.workerStatus[worker.status], paint: paint[workerColours[worker.status]] },
      plain(`${worker.active.length}/${worker.slots}`),
      plain(format.number(worker.processed)),
      { text: format.number(worker.failed), paint: worker.failed > 0 ? paint.yellow : undefined },
      plain(worker.load === null ? '-' : format.number(worker.load[0], 2)),
      plain(worker.memoryBytes === null ? '-' : format.bytes(worker.memoryBytes)),
      plain(format.duration(ageMs(worker.heartbeatAt, nowMs))),
    ]),
  };
}

export function workflowRows(
  { texts, terms, format }: Context,
  workflows: readonly WorkflowSummary[],
  active: readonly TaskSummary[],
  paint: Paint,
  nowMs: number,
): Rows {
  const { top } = texts;
  return {
    columns: [
      { title: top.id, align: 'right' },
      { title: top.workflow, least: 10 },
      { title: top.step },
      { title: top.progress },
      { title: top.time, align: 'right' },
      { title: top.worker, least: 8 },
    ],
    rows: workflows.map((workflow) => {
      const task = active.find((one) => one.workflow.id === workflow.id);
      const current = workflow.steps.find(({ status }) => status === 'RUNNING' || status === 'QUEUED');
      const step = current === undefined ? '' : `${terms.steps[current.name]} ${terms.stepStatus[current.status]}`;
      return [
        plain(String(workflow.id)),
        plain(printable(workflow.name)),
        { text: step, paint: current?.status === 'RUNNING' ? paint.cyan : paint.dim },
        plain(progressOf(workflow, task)),
        plain(task?.startedAt ? format.duration(ageMs(task.startedAt, nowMs)) : ''),
        plain(printable(task?.worker ?? '')),
      ];
    }),
  };
}

export function taskRows({ texts, terms, format }: Context, tasks: readonly TaskSummary[], paint: Paint): Rows {
  const { top } = texts;
  return {
    columns: [
      { title: top.created },
      { title: top.id, align: 'right' },
      { title: top.workflow, least: 8 },
      { title: top.step },
      { title: top.status },
      { title: top.error, least: 10 },
      { title: top.worker, least: 8 },
    ],
    rows: tasks.map((task) => [
      plain(format.time(task.completedAt ?? task.createdAt)),
      plain(String(task.workflow.id)),
      plain(printable(task.workflow.name)),
      plain(terms.steps[task.step.name]),
      { text: terms.taskStatus[task.status], paint: paint[taskColours[task.status]] },
      { text: printable(task.error?.message ?? ''), paint: task.status === 'FAILURE' ? paint.red : paint.dim },
      plain(printable(task.worker ?? '')),
    ]),
  };
}

/** Epochs where there are any: what a person waits for. */
function progressOf({ epoch, epochs, steps }: WorkflowSummary, task: TaskSummary | undefined): string {
  if (steps.some(({ name, status }) => name === 'train' && status === 'RUNNING')) {
    return `${plainBar(epoch / epochs)} ${epoch}/${epochs}`;
  }
  const progress = task?.progress;
  if (!progress || progress.total <= 0) return '';
  return `${plainBar(progress.done / progress.total)} ${Math.floor((100 * progress.done) / progress.total)}%`;
}

const uncoloured = { green: (text: string) => text, dim: (text: string) => text };
const plainBar = (share: number): string => bar(share, barWidth, uncoloured);

const ageMs = (time: string, nowMs: number): number =>
  Math.max(0, Math.floor((nowMs - Date.parse(time)) / 1000) * 1000);

const workerColours = {
  online: 'green',
  draining: 'yellow',
  lost: 'red',
  offline: 'dim',
} as const satisfies Record<WorkerStatus, keyof Paint>;

const taskColours = {
  SUCCESS: 'green',
  FAILURE: 'red',
  STARTED: 'cyan',
  RETRY: 'yellow',
  REVOKED: 'yellow',
  PENDING: 'dim',
} as const satisfies Record<TaskStatus, keyof Paint>;
