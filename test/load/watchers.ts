/** Many live watchers on running workflows: each must see every epoch once, soon, and the end. */
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClaimedStep } from '../../src/engine/ports.js';
import { claimNext, fenceOf, metric, newDataset, outputOf } from '../conformance/chain.js';
import { createWorkflow } from '../support/client.js';
import { createPostgresDatabase } from '../support/database.js';
import { startServer, temporaryDirectory } from '../support/program.js';
import { percentile } from './percentile.js';
import { residentMb } from './resident.js';

export interface WatcherFigures {
  events: number;
  /** From the moment an epoch is committed until a watcher has it. */
  medianMs: number;
  p99Ms: number;
  /** Watchers that missed an epoch, had one twice, or did not see the end. */
  wrong: number;
  /** Resident memory of the server: before the first watcher, with all of them, and after the last epoch. */
  serverMb: { before: number; watched: number; after: number };
  /** Of the server's event loop, from the first epoch to the last. */
  loopDelayMs: { mean: number; p99: number; max: number };
}

/** @param everyMs an epoch of each workflow in this time */
export async function measureWatchers(
  workflows: number,
  watchers: number,
  epochs: number,
  everyMs: number,
): Promise<WatcherFigures> {
  const database = await createPostgresDatabase();
  const { store } = database;
  const server = await startServer(temporaryDirectory('load'), {
    args: ['--no-worker'],
    env: { ZINCIR_DATABASE_URL: database.url },
  });
  try {
    const now = () => new Date();
    const { record } = await store.insertDataset(newDataset(), now());
    const trainings: { id: number; step: ClaimedStep; committedAt: number[] }[] = [];
    for (let i = 0; i < workflows; i++) {
      const config = { model: 'LR', target: 'species', params: { epochs } };
      const { id } = await createWorkflow(server.url, { datasetId: record.id, config });
      for (const _ of ['upload', 'preprocess']) {
        const step = await claimNext(store, id, now());
        await store.completeStep(fenceOf(step), outputOf(step), now());
      }
      trainings.push({ id, step: await claimNext(store, id, now()), committedAt: [0] });
    }
    const delays: number[] = [];
    const resident = () => residentMb(server.process.pid ?? 0);
    const before = resident();
    const watching = Array.from({ length: watchers }, (_, i) => {
      const training = trainings[i % workflows];
      if (training === undefined) throw new Error('no workflow to watch');
      return watch(`${server.url}/api/workflows/${training.id}/events`, training.committedAt, delays);
    });
    await Promise.all(watching.map(({ open }) => open));
    const watched = resident();
    // The server measures from one look to the next.
    await loopDelays(server.url);
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const began = performance.now();
      await Promise.all(
        trainings.map(async ({ step, committedAt }) => {
          await store.appendMetrics(fenceOf(step), [metric(epoch)]);
          committedAt[epoch] = performance.now();
        }),
      );
      await sleep(Math.max(0, everyMs - (performance.now() - began)));
    }
    const loopDelayMs = await loopDelays(server.url);
    const after = resident();
    for (const { step } of trainings) await store.completeStep(fenceOf(step), outputOf(step), now());
    const seen = await Promise.all(watching.map(({ ended }) => ended));
    const whole = ({ epochs: had, status }: Seen) =>
      status === 'COMPLETED' && had.length === epochs && had.every((epoch, i) => epoch === i + 1);
    return {
      events: delays.length,
      medianMs: percentile(delays, 0.5),
      p99Ms: percentile(delays, 0.99),
      wrong: seen.filter((each) => !whole(each)).length,
      serverMb: { before, watched, after },
      loopDelayMs,
    };
  } finally {
    await server.stop();
    await database.drop();
  }
}

async function loopDelays(url: string): Promise<WatcherFigures['loopDelayMs']> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const ms = (of: string) =>
    1000 * Number(new RegExp(`^nodejs_eventloop_lag_${of}seconds (.+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return { mean: ms(''), p99: ms('p99_'), max: ms('max_') };
}

interface Seen {
  epochs: number[];
  status: string;
}

/** Reads server-sent events until the server ends the stream. */
function watch(url: string, committedAt: readonly number[], delays: number[]) {
  const seen: Seen = { epochs: [], status: '' };
  let opened: () => void = () => {};
  const open = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const hear = (event: string) => {
    const type = /^event: (.*)$/m.exec(event)?.[1];
    const data = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? 'null');
    if (type === 'status') seen.status = data.status;
    if (type !== 'metrics') return;
    for (const { epoch } of data.items as { epoch: number }[]) {
      seen.epochs.push(epoch);
      // One that is heard before its own commit was answered took no time at all.
      delays.push(Math.max(0, performance.now() - (committedAt[epoch] ?? performance.now())));
    }
  };
  const ended = new Promise<Seen>((resolve, reject) => {
    get(url, { agent: false, headers: { accept: 'text/event-stream' } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        opened();
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events) if (event.startsWith('event') || event.includes('\nevent')) hear(event);
      });
      response.on('end', () => resolve(seen));
      response.on('error', reject);
    }).on('error', reject);
  });
  return { open, ended };
}
