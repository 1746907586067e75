import { deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { TaskMessage } from '../../contract/tasks.js';
import { decodeTask, encodeTask } from './celery-message.js';

const task: TaskMessage = {
  id: '7c6b8d4e-6d5c-4e5f-9a1b-2c3d4e5f6a7b',
  name: 'zincir.train',
  args: [12],
  kwargs: { workflowId: 300 },
  retries: 200,
};

test('a task is a Celery message of protocol 2', () => {
  const { envelope, body } = encodeTask(task, 'zincir-1@here', 4);
  expect(envelope).toEqual({
    exchange: '',
    routingKey: 'zincir.train',
    correlationId: task.id,
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    durable: true,
    priority: 4,
    headers: {
      lang: 'js',
      task: 'zincir.train',
      id: task.id,
      root_id: task.id,
      parent_id: null,
      shadow: null,
      eta: null,
      expires: null,
      group: null,
      group_index: null,
      retries: 200n,
      timelimit: [null, null],
      argsrepr: '(12,)',
      kwargsrepr: "{'workflowId': 300}",
      origin: 'zincir-1@here',
      ignore_result: false,
      replaced_task_nesting: 0n,
      stamped_headers: null,
      stamps: {},
    },
  });
  expect(body.toString()).toBe(
    '[[12],{"workflowId":300},{"callbacks":null,"errbacks":null,"chain":null,"chord":null}]',
  );
});

test('the trace that a task belongs to is carried by a header, as Python’s instrumentation of Celery carries it', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { envelope, body } = encodeTask({ ...task, traceparent }, 'x');
  expect(envelope.headers).toMatchObject({ traceparent });
  expect(decodeTask({ headers: { ...envelope.headers, retries: 200 }, body })).toEqual({
    ok: true,
    message: { ...task, traceparent },
  });
  // A client of any kind may send any header.
  const odd = decodeTask({ headers: { ...envelope.headers, retries: 200, traceparent: 7 }, body });
  expect(odd).toEqual({ ok: true, message: task });
});

test('no whole number in the headers is a plain number, which Python would misread from 128 on', () => {
  const numbers = (value: unknown): unknown[] =>
    typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbers) : [value];
  expect(numbers(encodeTask(task, 'x').envelope.headers).filter((value) => typeof value === 'number')).toEqual([]);
});

test.each([
  [undefined, 0],
  [-3, 0],
  [4.7, 4],
  [99, 9],
])('priority %s is sent as %d', (given, sent) => {
  expect(encodeTask(task, 'x', given).envelope.priority).toBe(sent);
});

const headers = { task: task.name, id: task.id, retries: 200 };
const body = [task.args, task.kwargs, { callbacks: null }];

test.each([
  ['bytes', { headers, body: Buffer.from(JSON.stringify(body)) }],
  [
    'bytes packed as Celery packs them',
    { headers: { ...headers, compression: 'application/x-gzip' }, body: deflateSync(JSON.stringify(body)) },
  ],
  ['gzip', { headers: { ...headers, compression: 'application/x-gzip' }, body: gzipSync(JSON.stringify(body)) }],
  ['text', { headers, body: JSON.stringify(body) }],
  ['what the client library has parsed', { headers, body }],
])('a task comes out of %s as it went in', (_, received) => {
  expect(decodeTask(received)).toEqual({ ok: true, message: task });
});

test('a client that counts no retries means none', () => {
  expect(decodeTask({ headers: { task: task.name, id: task.id }, body })).toMatchObject({ message: { retries: 0 } });
});

test.each([
  ['no headers', { body }, 'headers.task'],
  ['another task', { headers: { ...headers, task: 'tasks.add' }, body }, 'task.name'],
  ['an id of its own kind', { headers: { ...headers, id: '17' }, body }, 'task.id'],
  ['bytes that are no JSON', { headers, body: Buffer.from([0x80, 2, 0]) }, 'the body is not JSON'],
  ['another packing', { headers: { ...headers, compression: 'application/zstd' }, body }, 'headers.compression'],
  [
    'a bomb',
    {
      headers: { ...headers, compression: 'application/x-gzip' },
      body: deflateSync(JSON.stringify([task.args, task.kwargs, ' '.repeat(2 << 20)])),
    },
    'body',
  ],
  ['a body of protocol 1', { headers, body: { task: task.name, args: [12] } }, 'body'],
  ['no arguments', { headers, body: [[], {}, {}] }, 'task.args'],
  ['text for a number', { headers, body: [['12'], task.kwargs, {}] }, 'task.args.0'],
  ['a step without its workflow', { headers, body: [[12], {}, {}] }, 'task.kwargs.workflowId'],
  ['a number below zero', { headers: { ...headers, retries: -1 }, body }, 'task.retries'],
])('%s is refused with its reason', (_, received, reason) => {
  expect(decodeTask(received)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
});
