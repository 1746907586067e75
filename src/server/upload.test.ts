import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallCsv, startTestServer, type TestServer } from '../../test/support/server.js';
import { Problem } from '../contract/api.js';
import { Dataset } from '../contract/entities.js';

const maxUploadBytes = 512 * 1024 * 1024;
const boundary = 'frontier';
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ maxUploadBytes });
});
afterAll(() => server.close());

const filePart = (fileName: string, text: string, field = 'file') =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${fileName}"\r\nContent-Type: text/csv\r\n\r\n${text}\r\n`;
const fieldPart = (name: string, value: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const end = `--${boundary}--\r\n`;

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: unknown;
}

/** An upload whose bytes the test writes as it likes, over a real socket. */
function open(headers: Record<string, string> = {}, agent?: Agent, to = server) {
  const { port } = new URL(to.url);
  const sent = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/api/datasets',
    agent,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...headers },
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) });
      });
      response.on('error', reject);
    });
  });
  answer.catch(() => {});
  return { sent, answer };
}

async function post(body: string, agent?: Agent): Promise<Answer> {
  const { sent, answer } = open({ 'content-length': String(Buffer.byteLength(body)) }, agent);
  sent.end(body);
  return answer;
}

const csv = (mark: string) => smallCsv.replaceAll('left', mark);

async function storedFiles(): Promise<string[]> {
  const names = await readdir(server.filesDir, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function write(sent: ClientRequest, chunk: string | Uint8Array): Promise<void> {
  if (!sent.write(chunk)) await new Promise<void>((resolve) => sent.once('drain', () => resolve()));
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a reading', () => {
  const hashes = (mark: string) => `a#${mark}\n1#x\n2#y\n3#x\n`;

  it.each(['before', 'behind'])('that stands %s the file is how the file is read', async (place) => {
    const file = filePart('hash.csv', hashes(place));
    const reading = fieldPart('reading', '{"delimiter":"#","header":true}');
    const { status, body } = await post((place === 'before' ? reading + file : file + reading) + end);
    expect([status, Dataset.parse(body).columns.length]).toEqual([201, 2]);
  });

  it.each([
    ['{', 'reading'],
    ['7', 'reading'],
    ['{"delimiter":"##"}', 'reading.delimiter'],
    ['{"separator":";"}', 'reading.separator'],
  ])('%s is refused by its field, and nothing stays', async (text, field) => {
    const before = await storedFiles();
    const { status, body } = await post(filePart('hash.csv', hashes('refused')) + fieldPart('reading', text) + end);
    expect([status, Problem.parse(body).params?.field]).toEqual([400, field]);
    expect(await storedFiles()).toEqual(before);
  });

  it('changes preview and profile by the query, and says what cannot be read so', async () => {
    const { body } = await post(filePart('points.csv', 'a;b\n1,5;x\n2,5;y\n3,5;x\n') + end);
    const route = `${server.url}/api/datasets/${Dataset.parse(body).id}`;
    const ask = async (query: string) => (await fetch(route + query)).json();
    expect((await ask('/preview?rows=1&header=false')).columns).toEqual(['column_1', 'column_2']);
    expect((await ask('/profile')).columns[0].kind).toBe('number');
    expect((await ask('/profile?decimal=.')).columns[0].kind).toBe('text');
    expect(await ask('/profile?delimiter=%7C')).toMatchObject({ code: 'CSV_ONE_COLUMN', status: 422 });
    expect(await ask('/preview?header=1')).toMatchObject({ code: 'REQUEST_INVALID', params: { field: 'header' } });
  });
});

describe('an upload', () => {
  it('answers 201 with the dataset and where it stands', async () => {
    const { status, headers, body } = await post(filePart('öğrenci.csv', csv('first')) + end);
    expect(status).toBe(201);
    const dataset = Dataset.parse(body);
    expect(headers.location).toBe(`/api/datasets/${dataset.id}`);
    expect(dataset).toMatchObject({ fileName: 'öğrenci.csv', name: 'öğrenci', sizeBytes: csv('first').length });
    expect(dataset.columns.map(({ name }) => name)).toEqual(['length', 'width', 'colour', 'kind']);
  });

  it('of bytes that are known answers 200 with the dataset of that time, and stores nothing', async () => {
    const before = await post(filePart('a.csv', csv('twice')) + end);
    const files = await storedFiles();
    const after = await post(filePart('b.csv', csv('twice')) + end);
    expect([before.status, after.status]).toEqual([201, 200]);
    expect(Dataset.parse(after.body)).toEqual({ ...Dataset.parse(before.body), duplicate: true });
    expect(await storedFiles()).toEqual(files);
  });

  it('takes its name from a field before the file, or behind it', async () => {
    const before = await post(fieldPart('name', ' Flowers ') + filePart('a.csv', csv('before')) + end);
    const behind = await post(filePart('a.csv', csv('behind')) + fieldPart('name', 'Trees') + end);
    expect(before.body).toMatchObject({ name: 'Flowers', fileName: 'a.csv' });
    expect(behind.body).toMatchObject({ name: 'Trees', fileName: 'a.csv' });
  });

  it('with a name that is too long keeps nothing, even when the name stands behind the file', async () => {
    const files = await storedFiles();
    const { body } = await post(filePart('a.csv', csv('long')) + fieldPart('name', 'x'.repeat(201)) + end);
    expect(Problem.parse(body)).toMatchObject({ code: 'REQUEST_INVALID', params: { field: 'name' } });
    expect(await storedFiles()).toEqual(files);
  });

  it.each(['../../x', '..\\\\..\\\\x', '/etc/x', 'C:\\\\temp\\\\x', 'datasets/../../x'])(
    'called %s is stored inside the storage, under its hash',
    async (fileName) => {
      const mark = Buffer.from(fileName).toString('hex');
      const { status, body } = await post(filePart(fileName, csv(mark)) + end);
      expect(status).toBe(201);
      const dataset = Dataset.parse(body);
      expect(dataset.fileName).toBe('x');
      expect((await stat(join(server.filesDir, 'datasets', dataset.sha256))).size).toBe(dataset.sizeBytes);
      for (const file of await storedFiles()) expect(file).toMatch(/[0-9a-f]{64}$/);
    },
  );

  it.each([
    ['without a file part', fieldPart('name', 'x') + end, 'UPLOAD_NO_FILE'],
    ['without any part', end, 'UPLOAD_NO_FILE'],
    ['with the file under another name', filePart('a.csv', csv('other'), 'data') + end, 'UPLOAD_NO_FILE'],
    ['with an empty file', filePart('a.csv', '') + end, 'CSV_EMPTY'],
    ['with a header only', filePart('a.csv', 'a,b,c\n') + end, 'CSV_HEADER_ONLY'],
    ['with binary junk', filePart('a.csv', '\0\x01\x02PK\x03\x04'.repeat(500)) + end, 'CSV_BINARY'],
    ['whose form ends inside the file', filePart('a.csv', csv('cut')).trimEnd(), 'UPLOAD_INCOMPLETE'],
  ])('%s is refused, and nothing is kept', async (_, body, code) => {
    const files = await storedFiles();
    const answer = await post(body);
    expect(Problem.parse(answer.body)).toMatchObject({ code, status: answer.status });
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(await storedFiles()).toEqual(files);
  });

  it('that is cut off half way leaves neither file nor row', async () => {
    const files = await storedFiles();
    const before = await server.engine.datasets.list({ limit: 200 });
    const { sent } = open({ 'content-length': '10000000' });
    sent.on('error', () => {});
    await write(sent, filePart('a.csv', csv('gone').repeat(200)));
    await until(async () => (await storedFiles()).length > files.length);
    sent.destroy();
    await until(async () => (await storedFiles()).length === files.length);
    expect(await server.engine.datasets.list({ limit: 200 })).toEqual(before);
  });

  it('that is large and cut off half way leaves neither file nor row, and two beside it are whole', async () => {
    const files = await storedFiles();
    const line = `${'1.25,3,'.repeat(20)}left\n`;
    const chunk = Buffer.from(line.repeat(2000));
    const header = `${Array.from({ length: 40 }, (_, index) => `c${index}`).join(',')},kind\n`;
    async function begin(mark: string, chunks: number) {
      const upload = open({ 'transfer-encoding': 'chunked' });
      upload.sent.on('error', () => {});
      await write(upload.sent, `${filePart('big.csv', '').trimEnd()}\r\n\r\n${header}${line.replace('left', mark)}`);
      for (let count = 0; count < chunks; count++) await write(upload.sent, chunk);
      return upload;
    }
    const [cut, ...whole] = await Promise.all([begin('cut', 100), begin('one', 200), begin('two', 200)]);
    cut.sent.destroy();
    for (const { sent } of whole) sent.end(`\r\n${end}`);
    const answers = await Promise.all(whole.map(({ answer }) => answer));
    const sizeBytes = header.length + line.length - 1 + 200 * chunk.length;
    expect(answers.map(({ status, body }) => [status, Dataset.parse(body).sizeBytes])).toEqual([
      [201, sizeBytes],
      [201, sizeBytes],
    ]);
    await until(async () => (await storedFiles()).length === files.length + 2);
    for (const { body } of answers) {
      const { sha256 } = Dataset.parse(body);
      const stored = await readFile(join(server.filesDir, 'datasets', sha256));
      expect(createHash('sha256').update(stored).digest('hex')).toBe(sha256);
    }
  });

  it('that is refused leaves its connection usable for the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    agent.on('free', (socket) => ports.add(socket.localPort));
    const first = await post(filePart('a.csv', 'x'.repeat(3_000_000), 'data') + end, agent);
    const second = await post(`--${boundary}\r\nnonsense`.padEnd(200_000, 'x'), agent);
    const third = await post(filePart('a.csv', csv('alive')) + end, agent);
    agent.destroy();
    expect([first.status, second.status, third.status]).toEqual([400, 400, 201]);
    expect(ports.size).toBe(1);
  });

  it('streams: 300 MB take less than 100 MB more memory', { timeout: 120_000 }, async () => {
    const line = `${'1.25,3,'.repeat(20)}left\n`;
    const chunk = Buffer.from(line.repeat(500));
    const { sent, answer } = open({ 'transfer-encoding': 'chunked' });
    await write(sent, `${filePart('big.csv', '').trimEnd()}\r\n\r\n`);
    await write(sent, `${Array.from({ length: 40 }, (_, index) => `c${index}`).join(',')},kind\n`);
    const before = process.memoryUsage.rss();
    let peak = before;
    let sentBytes = 0;
    while (sentBytes < 300_000_000) {
      await write(sent, chunk);
      sentBytes += chunk.byteLength;
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    sent.end(`\r\n${end}`);
    const { status, body } = await answer;
    expect(status, JSON.stringify(body)).toBe(201);
    expect(Dataset.parse(body).sizeBytes).toBeGreaterThan(300_000_000);
    expect((peak - before) / 1e6).toBeLessThan(100);
  });
});

describe('a limit on uploads', () => {
  const limitBytes = smallCsv.length;
  let small: TestServer;
  beforeAll(async () => {
    small = await startTestServer({ maxUploadBytes: limitBytes });
  });
  afterAll(() => small.close());

  async function send(text: string, headers: Record<string, string>): Promise<Answer> {
    const { sent, answer } = open(headers, undefined, small);
    sent.end(filePart('a.csv', text) + end);
    return answer;
  }

  it('lets a file of just that size through', async () => {
    expect((await send(smallCsv, {})).status).toBe(201);
  });

  it.each([1, 100_000, 5_000_000])('refuses %i bytes more, and keeps nothing', async (more) => {
    const { status, body } = await send(smallCsv + 'x'.repeat(more), {});
    expect(status).toBe(413);
    expect(Problem.parse(body)).toMatchObject({ code: 'UPLOAD_TOO_LARGE', params: { limitBytes } });
    expect(await readdir(join(small.filesDir, 'datasets'))).toHaveLength(1);
  });

  it('refuses an upload that announces too much before it is sent', async () => {
    const { sent, answer } = open({ 'content-length': '5000000000' }, undefined, small);
    sent.on('error', () => {});
    sent.flushHeaders();
    expect((await answer).status).toBe(413);
    sent.destroy();
  });
});
