import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { later } from '../../../test/support/later.js';
import {
  claim,
  completeSteps,
  createWorkflow,
  metric,
  startTestServer,
  type TestServer,
  uploadCsv,
} from '../../../test/support/server.js';
import { LiveEvent, Problem } from '../../contract/api.js';
import type { Engine } from '../../engine/engine.js';
import { parseCursor } from './cursor.js';

/** Counts the engine's reads and lets a test take the hints away. */
const reads = { summary: 0, steps: 0, metrics: 0, logs: 0 };
let deafen = false;
const counted = (engine: Engine): Engine => {
  const { workflows } = engine;
  return {
    ...engine,
    workflows: {
      ...workflows,
      summary: (id) => {
        reads.summary += 1;
        return workflows.summary(id);
      },
      steps: (id, language) => {
        reads.steps += 1;
        return workflows.steps(id, language);
      },
      metrics: (id, after, limit) => {
        reads.metrics += 1;
        return workflows.metrics(id, after, limit);
      },
      logs: (id, after, limit, language) => {
        reads.logs += 1;
        return workflows.logs(id, after, limit, language);
      },
      watch: (id, changed) => workflows.watch(id, () => (deafen ? undefined : changed())),
    },
  };
};

let server: TestServer;
let datasetId: number;
beforeAll(async () => {
  server = await startTestServer({ wrap: counted });
  datasetId = (await uploadCsv(server)).id;
});
afterAll(() => server.close());

interface Received {
  id: string;
  event: LiveEvent;
  at: number;
}

/** A browser's side of a stream, over a real socket. */
class Watcher {
  readonly events: Received[] = [];
  readonly comments: string[] = [];
  readonly epochs: number[] = [];
  readonly logIds: number[] = [];
  retryMs: number | null = null;
  status = 0;
  headers: IncomingMessage['headers'] = {};
  ended = false;
  #response: IncomingMessage | null = null;
  readonly #close: () => void;

  constructor(id: number, { query = '', headers = {}, paused = false, to = server }: WatcherOptions = {}) {
    const { port } = new URL(to.url);
    const asked = request({ host: '127.0.0.1', port, path: `/api/workflows/${id}/events${query}`, headers });
    asked.on('error', () => {
      this.ended = true;
    });
    asked.on('response', (response) => {
      this.#response = response;
      this.status = response.statusCode ?? 0;
      this.headers = response.headers;
      response.on('close', () => {
        this.ended = true;
      });
      if (!paused) this.#read(response);
    });
    asked.end();
    this.#close = () => asked.destroy();
  }

  read(): void {
    if (this.#response) this.#read(this.#response);
  }

  close(): void {
    this.#close();
  }

  get lastId(): string {
    return this.events.at(-1)?.id ?? '';
  }

  get statuses(): string[] {
    return this.events.flatMap(({ event }) => (event.type === 'status' ? [event.data.status] : []));
  }

  #read(response: IncomingMessage): void {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    });
  }

  #take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => [line.split(': ', 1)[0] ?? '', line.replace(/^\w*: ?/, '')]),
    );
    if (block.startsWith(':')) this.comments.push(block);
    const retry = fields.get('retry');
    if (retry !== undefined) this.retryMs = Number(retry);
    const data = fields.get('data');
    if (data === undefined) return;
    const event = LiveEvent.parse({ type: fields.get('event'), data: JSON.parse(data) });
    if (event.type === 'metrics') this.epochs.push(...event.data.items.map(({ epoch }) => epoch));
    if (event.type === 'log') this.logIds.push(...event.data.items.map((line) => line.id));
    this.events.push({ id: fields.get('id') ?? '', event, at: Date.now() });
  }
}
interface WatcherOptions {
  query?: string;
  headers?: Record<string, string>;
  paused?: boolean;
  to?: TestServer;
}

async function until(holds: () => boolean, what = 'it', timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come`);
    await pause(5);
  }
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

let watchers: Watcher[] = [];
beforeEach(() => {
  watchers = [];
  deafen = false;
});
afterEach(() => {
  for (const watcher of watchers) watcher.close();
});
function watch(id: number, options: WatcherOptions = {}): Watcher {
  const watcher = new Watcher(id, options);
  watchers.push(watcher);
  return watcher;
}

/** A workflow whose training runs, and the fence under which it writes. */
async function training(epochs = 3) {
  const config = { model: 'LR', target: 'kind', params: { epochs } };
  const { id } = await createWorkflow(server, datasetId, { config });
  await completeSteps(server, id, ['upload', 'preprocess']);
  const { input } = await claim(server, id, 'train');
  return { id, fence: { stepId: input.stepId, attempt: input.attempt } };
}

const allLogIds = async (id: number) => (await server.store.logsAfter(id, 0, 100_000)).map((line) => line.id);

describe('live events', () => {
  it('begin with the present state, tell what happens as it does, and end with the final status', async () => {
    const { id } = await createWorkflow(server, datasetId);
    const watcher = watch(id);
    await until(() => watcher.statuses.length > 0);
    expect(watcher.status).toBe(200);
    expect(watcher.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-content-type-options': 'nosniff',
    });
    expect(watcher.retryMs).toBe(2000);
    expect(watcher.events.slice(0, 4).map(({ event }) => event.type)).toEqual(['step', 'step', 'step', 'status']);
    await completeSteps(server, id);
    await until(() => watcher.ended);
    expect(watcher.epochs).toEqual([1, 2, 3]);
    expect(watcher.logIds).toEqual(await allLogIds(id));
    expect(watcher.events.at(-1)?.event).toMatchObject({ type: 'status', data: { status: 'COMPLETED', epoch: 3 } });
    expect(watcher.statuses.filter((status) => status === 'COMPLETED')).toHaveLength(1);
    const lastSteps = new Map(
      watcher.events.flatMap(({ event }) => (event.type === 'step' ? [[event.data.name, event.data.status]] : [])),
    );
    expect([...lastSteps.values()]).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
  });

  it('reach a watcher soon after they are written', async () => {
    const { id, fence } = await training();
    const watcher = watch(id);
    await until(() => watcher.statuses.length > 0);
    await pause(200);
    const written = Date.now();
    await server.store.appendMetrics(fence, [metric(1)]);
    await until(() => watcher.epochs.length === 1);
    const seen = watcher.events.find(({ event }) => event.type === 'metrics');
    expect((seen?.at ?? 0) - written).toBeLessThan(1_000);
  });

  it('tell a step only when it changed', async () => {
    const { id, fence } = await training(10);
    const watcher = watch(id);
    await until(() => watcher.statuses.length > 0);
    const before = watcher.events.length;
    await server.store.renewLease(fence, 30_000, { done: 4, total: 10, unit: 'epochs' }, new Date());
    await until(() => watcher.events.slice(before).some(({ event }) => event.type === 'step'));
    const steps = watcher.events.slice(before).flatMap(({ event }) => (event.type === 'step' ? [event.data] : []));
    expect(new Set(steps.map(({ name }) => name))).toEqual(new Set(['train']));
    expect(steps.at(-1)?.progress).toEqual({ done: 4, total: 10, unit: 'epochs' });
  });

  it('resume behind the last event that was seen, wherever the connection broke, without gap or repeat', async () => {
    const { id, fence } = await training(60);
    const writing = later(
      (async () => {
        for (const epoch of range(1, 60)) {
          await server.store.appendMetrics(fence, [metric(epoch)]);
          await server.store.appendLogs(fence, [
            {
              at: new Date().toISOString(),
              level: 'info',
              code: 'epochReached',
              params: { epoch, epochs: 60, accuracy: 0 },
            },
          ]);
          await pause(15);
        }
        await completeRest(fence);
      })(),
    );
    const epochs: number[] = [];
    const logIds: number[] = [];
    let lastId = '';
    for (let round = 0; round < 200; round += 1) {
      // By turns as a browser does it, and as a client without headers of its own would.
      const watcher = watch(
        id,
        lastId === '' ? {} : round % 2 ? { headers: { 'last-event-id': lastId } } : { query: `?after=${lastId}` },
      );
      await until(() => watcher.events.length >= 3 || watcher.ended, 'events');
      watcher.close();
      // What had arrived by the time it closed counts as seen.
      epochs.push(...watcher.epochs);
      logIds.push(...watcher.logIds);
      lastId = watcher.lastId || lastId;
      if (watcher.status === 204 || watcher.statuses.at(-1) === 'COMPLETED') break;
    }
    await writing;
    expect(epochs).toEqual(range(1, 60));
    expect(logIds).toEqual(await allLogIds(id));
  });

  async function completeRest(fence: { stepId: number; attempt: number }): Promise<void> {
    await server.store.completeStep(fence, { result: {}, files: [] }, new Date());
  }

  it('of a workflow that has ended tell all of it once, the status last; a client that saw it gets 204', async () => {
    const { id } = await createWorkflow(server, datasetId);
    await completeSteps(server, id);
    const first = watch(id);
    await until(() => first.ended);
    expect(first.epochs).toEqual([1, 2, 3]);
    expect(first.logIds).toEqual(await allLogIds(id));
    expect(first.events.filter(({ event }) => event.type === 'status')).toHaveLength(1);
    expect(first.events.at(-1)?.event.type).toBe('status');

    const again = watch(id, { headers: { 'last-event-id': first.lastId } });
    await until(() => again.ended);
    expect([again.status, again.events.length]).toEqual([204, 0]);

    const cursor = parseCursor(first.lastId);
    const late = watch(id, { query: `?after=${cursor?.version}.1.${cursor?.logId}` });
    await until(() => late.ended);
    expect(late.epochs).toEqual([2, 3]);
    expect(late.statuses).toEqual([]);
  });

  it('goes on after a retry of a workflow that had ended', async () => {
    const { id } = await createWorkflow(server, datasetId);
    await server.engine.workflows.cancel(id);
    const first = watch(id);
    await until(() => first.ended);
    expect(first.statuses).toEqual(['CANCELLED']);
    await server.engine.workflows.retry(id);
    const second = watch(id, { headers: { 'last-event-id': first.lastId } });
    await until(() => second.statuses.length > 0);
    expect(second.statuses[0]).toBe('RUNNING');
    expect(second.logIds.filter((logId) => first.logIds.includes(logId))).toEqual([]);
  });

  it('start anew for a client that brings an id which is not ours', async () => {
    const { id } = await createWorkflow(server, datasetId);
    await completeSteps(server, id);
    const watcher = watch(id, { headers: { 'last-event-id': 'x; DROP TABLE' } });
    await until(() => watcher.ended);
    expect(watcher.epochs).toEqual([1, 2, 3]);
  });

  it('come in the language that is asked for, and two languages do not mix', async () => {
    const { id } = await createWorkflow(server, datasetId);
    const english = watch(id);
    const turkish = watch(id, { query: '?language=tr' });
    await until(() => english.logIds.length > 0 && turkish.logIds.length > 0);
    const messages = (watcher: Watcher) =>
      watcher.events.flatMap(({ event }) => (event.type === 'log' ? event.data.items.map((it) => it.message) : []));
    expect(turkish.headers['content-language']).toBe('tr');
    expect(messages(english)).toContain('Step upload is queued.');
    expect(messages(turkish)).not.toContain('Step upload is queued.');
  });

  it('of a workflow that is not there are a problem document', async () => {
    const response = await fetch(`${server.url}/api/workflows/99999/events`);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(Problem.parse(await response.json())).toMatchObject({ code: 'WORKFLOW_NOT_FOUND', status: 404 });
  });

  it('arrive without a hint, by the poll', { timeout: 20_000 }, async () => {
    deafen = true;
    const { id, fence } = await training();
    const watcher = watch(id);
    await until(() => watcher.statuses.length > 0);
    await server.store.appendMetrics(fence, [metric(1)]);
    await until(() => watcher.epochs.length === 1, 'the epoch', 8_000);
  });

  it('keep a silent connection alive by a comment', { timeout: 30_000 }, async () => {
    const { id } = await createWorkflow(server, datasetId);
    const watcher = watch(id);
    await until(() => watcher.comments.length > 0, 'a comment', 20_000);
    expect(watcher.comments[0]).toBe(':');
  });
});

describe('many watchers', () => {
  it('share one reading: fifty cost as many reads as one, and at most ten a second', async () => {
    const { id, fence } = await training(1000);
    const crowd = range(1, 50).map(() => watch(id));
    await until(() => crowd.every((watcher) => watcher.statuses.length > 0));
    await pause(300);
    Object.assign(reads, { summary: 0, steps: 0, metrics: 0, logs: 0 });
    const began = Date.now();
    for (const epoch of range(1, 200)) {
      await server.store.appendMetrics(fence, [metric(epoch)]);
      await pause(5);
    }
    await until(() => crowd.every((watcher) => watcher.epochs.length === 200));
    const seconds = (Date.now() - began) / 1000;
    for (const watcher of crowd) expect(watcher.epochs).toEqual(range(1, 200));
    for (const count of Object.values(reads)) expect(count).toBeLessThanOrEqual(seconds * 10 + 2);
  });

  it('leave nothing behind when they go', async () => {
    const { id } = await createWorkflow(server, datasetId);
    const watcher = watch(id);
    await until(() => watcher.statuses.length > 0);
    watcher.close();
    await pause(300);
    Object.assign(reads, { summary: 0, steps: 0, metrics: 0, logs: 0 });
    await completeSteps(server, id);
    await pause(300);
    expect(reads).toEqual({ summary: 0, steps: 0, metrics: 0, logs: 0 });
  });
});

describe('a slow reader', () => {
  it('holds up neither memory nor the others, and gets everything in the end', { timeout: 120_000 }, async () => {
    const { id, fence } = await training(100_000);
    const responses: ServerResponse[] = [];
    const note = (_request: IncomingMessage, response: ServerResponse) => responses.push(response);
    server.app.server.on('request', note);
    const slow = watch(id, { paused: true });
    await until(() => responses.length === 1);
    const fast = watch(id);
    await until(() => fast.statuses.length > 0);
    server.app.server.off('request', note);
    const [toSlow] = responses;
    const count = 100_000;
    let waiting = 0;
    for (let first = 1; first <= count; first += 10_000) {
      await server.store.appendMetrics(fence, range(first, first + 9_999).map(metric));
      waiting = Math.max(waiting, toSlow?.writableLength ?? 0);
    }
    await until(() => fast.epochs.length === count, 'every epoch', 60_000);
    expect(slow.events).toEqual([]);
    // 14 MB of events were told to the fast reader; of the slow one's, no more than a page waits here.
    expect(toSlow?.writableNeedDrain).toBe(true);
    expect(Math.max(waiting, toSlow?.writableLength ?? 0)).toBeLessThan(1_000_000);
    slow.read();
    await until(() => slow.epochs.length === count, 'every epoch', 60_000);
    expect(slow.epochs).toEqual(range(1, count));
  });
});
