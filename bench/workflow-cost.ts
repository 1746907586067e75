/**
 * What a workflow costs around its numbers: iris from the click to COMPLETED on a warm server, piece by piece, as the
 * database's own times tell it.
 */
import type { Step } from '../src/contract/entities.js';
import { createWorkflow, hasEnded, upload, waitFor } from '../test/support/client.js';
import { example, startServer, temporaryDirectory } from '../test/support/program.js';
import { median, report, rounded } from './support.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 15);
const server = await startServer(temporaryDirectory());
const { id: datasetId } = await upload(server.url, example('iris.csv'));
const pieces = new Map<string, number[]>();
const note = (name: string, ms: number) => pieces.set(name, [...(pieces.get(name) ?? []), ms]);
const at = (time: string | null) => (time === null ? Number.NaN : Date.parse(time));

for (let round = -2; round < rounds; round++) {
  // Warm workers: the spare child processes of the last round have been replaced.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const began = performance.now();
  const { id } = await createWorkflow(server.url, {
    datasetId,
    config: { model: 'LR', target: 'species', params: {} },
  });
  const created = performance.now();
  const ended = await waitFor(server.url, id, hasEnded, 60_000, 2);
  if (round < 0) continue;
  note('all, click to COMPLETED', performance.now() - began);
  note('create (HTTP, checks, rows)', created - began);
  for (const step of ended.steps) {
    note(`${step.name}: queued to started`, at(step.startedAt) - at(step.queuedAt));
    note(`${step.name}: started to completed`, ranMs(step));
  }
}
await server.stop();
report(
  'workflow-cost',
  `Iris, LR, 10 epochs, medians of ${rounds} runs`,
  [...pieces].map(([piece, times]) => ({ piece, 'ms (median)': rounded(median(times), 0) })),
);

function ranMs(step: Step): number {
  return at(step.completedAt) - at(step.startedAt);
}
