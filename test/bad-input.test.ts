/** Bad input to the running program: a clear error with place and hint, nothing lost, no half-made row or file. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { DatasetList, LogList, MetricList, Problem, WorkflowList } from '../src/contract/api.js';
import type { Workflow } from '../src/contract/entities.js';
import { createWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { type Server, startServer, temporaryDirectory, zincir } from './support/program.js';

const dataDir = temporaryDirectory('zincir-bad');
const files = path.join(dataDir, 'files');
const inputs = temporaryDirectory('zincir-bad-input');
let server: Server;

beforeAll(async () => {
  server = await startServer(dataDir);
});
afterAll(async () => {
  await server.stop();
});

/** All that an input could leave behind: rows as the API tells them, and every stored file. */
async function kept(url = server.url, directory = files) {
  const datasets = DatasetList.parse(await (await fetch(`${url}/api/datasets?limit=200`)).json());
  const workflows = WorkflowList.parse(await (await fetch(`${url}/api/workflows`)).json());
  return { datasets: datasets.items.length, workflows: workflows.total, files: storedFiles(directory) };
}

/** Relative names of all files below; `null` where a directory goes while it is read. */
function storedFiles(directory: string): string[] | null {
  if (!existsSync(directory)) return [];
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
      .sort();
  } catch {
    return null;
  }
}

/** A scratch directory goes a moment after its step has ended. */
const soon = { timeout: 5000 };

type Content = string | Uint8Array<ArrayBuffer>;

async function post(content: Content, fileName = 'table.csv', url = server.url): Promise<Response> {
  const form = new FormData();
  form.append('file', new Blob([content]), fileName);
  return fetch(`${url}/api/datasets`, { method: 'POST', body: form });
}

async function problemOf(response: Response): Promise<Problem> {
  const problem = Problem.parse(await response.json());
  expect(problem.status).toBe(response.status);
  // No value is left out of the words, and no stack trace is let into them.
  for (const words of [problem.detail, problem.hint]) expect(words).toMatch(/^[^{}]{8,}[.)]$/);
  return problem;
}

async function uploaded(csv: Content, fileName?: string): Promise<number> {
  const response = await post(csv, fileName);
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as { id: number }; // Checked by the tests of the route.
  return id;
}

const ask = (datasetId: number, config: object): Promise<Response> =>
  fetch(`${server.url}/api/workflows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ datasetId, config: { model: 'LR', target: 'y', ...config } }),
  });

async function run(csv: Content, config: object = {}): Promise<Workflow> {
  const datasetId = await uploaded(csv);
  const { id } = await createWorkflow(server.url, { datasetId, config: { model: 'LR', target: 'y', ...config } });
  return waitFor(server.url, id, hasEnded);
}

let tables = 0;
/** `count` rows of `x,z,y` in which no two tables are alike: equal bytes would be one dataset. */
function table(
  count: number,
  label: (row: number) => string | number,
  z: (row: number) => string | number = (i) => i % 7,
) {
  tables += 1;
  const rows = Array.from({ length: count }, (_, row) => `${(row * 37) % 11}.${tables},${z(row)},${label(row)}`);
  return `${['x,z,y', ...rows].join('\n')}\n`;
}

describe('an upload that is no table is refused with place and hint, and nothing is kept', () => {
  test.each<[string, Content, string, object]>([
    ['an empty file', '', 'CSV_EMPTY', {}],
    ['blank lines only', '\n\r\n \n', 'CSV_EMPTY', {}],
    ['a byte order mark only', new Uint8Array([0xff, 0xfe]), 'CSV_EMPTY', {}],
    ['a header only', 'a,b,c\n', 'CSV_HEADER_ONLY', {}],
    ['one column', 'a\n1\n2\n3\n', 'CSV_ONE_COLUMN', { column: 'a' }],
    ['one row', 'a,b\n1,2\n', 'CSV_TOO_FEW_ROWS', { rows: 1, least: 2 }],
    ['a row with a field too few', 'a,b\n1,2\n3\n4,5\n', 'CSV_RAGGED', { line: 3, found: 1, expected: 2 }],
    ['a row with a field too many', 'a,b\n1,2\n"x\ny",2\n4,5,6\n', 'CSV_RAGGED', { line: 5, found: 3, expected: 2 }],
    ['a quote that stays open', 'a,b\n"1,2\n3,4\n', 'CSV_QUOTE_UNTERMINATED', { line: 2 }],
    [
      'a picture named .csv',
      new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]),
      'CSV_BINARY',
      { offset: 6 },
    ],
    ['a ZIP named .csv', `PK\u0003\u0004${'\0\u0001'.repeat(100)}`, 'CSV_BINARY', { offset: 2 }],
  ])('%s', async (_, content, code, params) => {
    const before = await kept();
    const problem = await problemOf(await post(content));
    expect(problem).toMatchObject({ code, status: 422, params });
    await expect.poll(() => kept(), soon).toEqual(before);
  });

  test('one that is cut off half way', async () => {
    const before = await kept();
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    const part = '--b\r\ncontent-disposition: form-data; name="file"; filename="half.csv"\r\n\r\n';
    const head = `POST /api/datasets HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 5000000\r\n\r\n`;
    socket.write(`${head}${part}a,b\n${'1,2\n'.repeat(300_000)}`);
    await expect.poll(() => storedFiles(files)?.length).toBeGreaterThan(before.files?.length ?? 0);
    socket.destroy();
    await expect.poll(() => kept(), soon).toEqual(before);
  });
});

test('a file name of ../../x is a name and no place', async () => {
  const before = await kept();
  const response = await post(
    table(10, (i) => i % 2),
    '../../x',
  );
  expect(await response.json()).toMatchObject({ name: 'x', fileName: 'x' });
  const added = (await kept()).files?.filter((file) => !before.files?.includes(file));
  expect(added).toEqual([expect.stringMatching(/^datasets\/[0-9a-f]{64}$/)]);
  expect(existsSync(path.join(dataDir, '..', 'x'))).toBe(false);
});

describe('a table that is written otherwise', () => {
  const rows = Array.from({ length: 60 }, (_, i) => [
    `${i % 9}.${i % 4}5`,
    ['İzmir', 'Iğdır', 'Muş'][i % 3],
    i % 2 ? 'çam' : 'meşe',
  ]);
  const write = (delimiter: string, decimal = '.') =>
    ['boy,şehir,tür'.split(','), ...rows]
      .map(([x = '', ...rest]) => [String(x).replace('.', decimal), ...rest].join(delimiter))
      .join('\n');
  /** Of these letters Latin-5 differs from Latin-1 in six, which stand where Icelandic has its own. */
  const latin5 = (text: string) =>
    Uint8Array.from(text, (letter) => {
      const special = { Ğ: 0xd0, İ: 0xdd, Ş: 0xde, ğ: 0xf0, ı: 0xfd, ş: 0xfe }[letter];
      return special ?? letter.charCodeAt(0);
    });

  test('with semicolons, decimal commas, BOM, UTF-16 or Latin-5 trains to the same scores', async () => {
    const variants: [Content, object][] = [
      [write(','), { encoding: 'utf-8', bom: false, delimiter: ',', decimal: '.' }],
      [write(';', ','), { delimiter: ';', decimal: ',' }],
      [`\ufeff${write(',')}`, { encoding: 'utf-8', bom: true }],
      [
        Uint8Array.from(Buffer.from(`\ufeff${write('\t')}`, 'utf16le')),
        { encoding: 'utf-16le', bom: true, delimiter: '\t' },
      ],
      [latin5(write(';', ',')), { encoding: 'windows-1254', delimiter: ';', decimal: ',' }],
    ];
    const scores: unknown[] = [];
    for (const [content, dialect] of variants) {
      const response = await post(content);
      const dataset = (await response.json()) as { id: number }; // Checked by the tests of the route.
      expect(dataset).toMatchObject({
        dialect: { header: true, ...dialect },
        columns: [
          { name: 'boy', type: 'numeric' },
          { name: 'şehir', type: 'categorical' },
          { name: 'tür', type: 'categorical' },
        ],
      });
      const config = { model: 'LR', target: 'tür', params: { epochs: 3 } };
      const { id } = await createWorkflow(server.url, { datasetId: dataset.id, config });
      const ended = await waitFor(server.url, id, hasEnded);
      expect(ended).toMatchObject({ status: 'COMPLETED', result: { classes: ['meşe', 'çam'] } });
      const metrics = MetricList.parse(await (await fetch(`${server.url}/api/workflows/${id}/metrics`)).json());
      scores.push(metrics.items);
    }
    for (const score of scores) expect(score).toEqual(scores[0]);
  }, 60_000);

  test('with duplicate and empty headers gets names of its own, says so, and trains', async () => {
    const csv = `a,a,,y\n${Array.from({ length: 20 }, (_, i) => `${i % 3},${i % 4},${i % 5},${i % 2}`).join('\n')}\n`;
    const datasetId = await uploaded(csv);
    const profile = (await (await fetch(`${server.url}/api/datasets/${datasetId}/profile`)).json()) as {
      columns: { name: string }[];
      warnings: { message: string }[];
    };
    expect(profile.columns.map(({ name }) => name)).toEqual(['a', 'a.1', 'Unnamed: 2', 'y']);
    expect(profile.warnings.map(({ message }) => message)).toEqual([
      'Column 2: “a” is called a.1.',
      'Column 3 has no name: it is called Unnamed: 2.',
    ]);
    const { id } = await createWorkflow(server.url, { datasetId, config: { model: 'PA', target: 'y' } });
    expect(await waitFor(server.url, id, hasEnded)).toMatchObject({ status: 'COMPLETED', result: { features: 3 } });
  });

  test('with 10,000 columns trains, and the server goes on answering', async () => {
    const width = 10_000;
    const header = Array.from({ length: width }, (_, i) => `c${i}`).join(',');
    const lines = Array.from({ length: 20 }, (_, r) =>
      Array.from({ length: width }, (_, i) => (i === width - 1 ? r % 2 : (r * (i + 1)) % 7)).join(','),
    );
    const { id: datasetId } = (await (await post([header, ...lines].join('\n'))).json()) as { id: number };
    const config = { model: 'SVM', target: 'c9999', params: { epochs: 2 } };
    const { id } = await createWorkflow(server.url, { datasetId, config });
    const ended = await waitFor(server.url, id, hasEnded);
    expect(ended).toMatchObject({ status: 'COMPLETED', epoch: 2 });
    const problem = await problemOf(await ask(datasetId, { target: 'c10000' }));
    expect(problem).toMatchObject({ code: 'TARGET_UNKNOWN' });
    expect(problem.hint.length).toBeLessThan(500);
  }, 60_000);
});

describe('a target that cannot be learnt', () => {
  test.each<[string, () => string, object, string, object]>([
    [
      'is missing',
      () => table(20, (i) => i % 2),
      { target: 'nope' },
      'TARGET_UNKNOWN',
      { target: 'nope', columns: 'x, z, y' },
    ],
    ['has no values', () => table(20, () => ''), {}, 'TARGET_EMPTY', { target: 'y' }],
    ['is constant', () => table(20, () => 'a'), {}, 'TARGET_CONSTANT', { target: 'y', value: 'a' }],
    ['is all distinct', () => table(20, (i) => `n${i}`), {}, 'TARGET_ALL_DISTINCT', { target: 'y', rows: 20 }],
    ['is continuous', () => table(40, (i) => i / 8), {}, 'TARGET_CONTINUOUS', { target: 'y', value: '0.125' }],
    [
      'is left out',
      () => table(20, (i) => i % 2),
      { preprocessing: { columns: { y: { use: false } } } },
      'TARGET_LEFT_OUT',
      { target: 'y' },
    ],
  ])('as it %s is refused before anything starts', async (_, csv, config, code, params) => {
    const datasetId = await uploaded(csv());
    const before = await kept();
    expect(await problemOf(await ask(datasetId, config))).toMatchObject({ code, status: 422, params });
    await expect.poll(() => kept(), soon).toEqual(before);
  });

  test('as it is continuous is shown with its line where only a whole reading can tell, and no file of the step stays', async () => {
    // The head of the file has whole numbers that return.
    const failed = await run(table(200_000, (i) => (i < 190_000 ? i % 5 : i / 8)));
    expect(failed).toMatchObject({
      status: 'FAILED',
      epoch: 0,
      artifacts: [],
      result: null,
      error: { code: 'TARGET_CONTINUOUS', params: { target: 'y', value: '23750.125', line: 190_003 } },
    });
    expect(failed.error?.hint).toBe(
      'Choose a target with a few repeated values, or put the numbers into groups first.',
    );
    expect(failed.steps.map(({ status, attempt }) => [status, attempt])).toEqual([
      ['COMPLETED', 1],
      ['FAILED', 1],
      ['PENDING', 0],
    ]);
    await expect.poll(() => filesOf(failed.id, 'preprocess'), soon).toEqual([]);
  });
});

const filesOf = (id: number, step: string) =>
  storedFiles(files)?.filter((file) => file.startsWith(`workflows/${id}/${step}-`));

describe('rows that cannot be split', () => {
  test.each<[string, () => string, object, string, object]>([
    [
      'every row dropped',
      () =>
        table(
          20,
          (i) => i % 2,
          () => '',
        ),
      { preprocessing: { missing: 'drop' } },
      'ROWS_ALL_DROPPED',
      { withoutTarget: 0, withMissing: 20 },
    ],
    [
      'a class with one row, stratified',
      () => table(20, (i) => (i === 7 ? 'rare' : `c${i % 2}`)),
      { preprocessing: { stratify: true } },
      'CLASS_TOO_SMALL',
      { label: 'rare', count: 1 },
    ],
  ])('%s: the workflow fails and says why', async (_, csv, config, code, params) => {
    const failed = await run(csv(), config);
    expect(failed).toMatchObject({ status: 'FAILED', epoch: 0, artifacts: [], error: { code, params } });
    await expect.poll(() => filesOf(failed.id, 'preprocess'), soon).toEqual([]);
  });

  test('a class with one row trains otherwise, and the log warns of it', async () => {
    const done = await run(table(20, (i) => (i === 7 ? 'rare' : `c${i % 2}`)));
    expect(done.status).toBe('COMPLETED');
    const logs = LogList.parse(await (await fetch(`${server.url}/api/workflows/${done.id}/logs`)).json());
    expect(logs.items).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        message:
          'Class rare has 1 row only: it is trained on or validated, never both. Add rows, join it to another class, or remove it.',
        step: 'preprocess',
      }),
    );
  });
});

describe('hyperparameters out of range are refused by API and terminal alike, and nothing starts', () => {
  let datasetId: number;
  let file: string;
  beforeAll(async () => {
    const csv = table(20, (i) => i % 2);
    datasetId = await uploaded(csv);
    file = path.join(inputs, 'params.csv');
    writeFileSync(file, csv);
  });

  const rules = {
    epochs: 'a whole number from 1 to 1,000,000',
    test_size: 'a number between 0 and 1, both excluded',
    learning_rate: 'a number greater than 0',
  };
  test.each([
    ['test_size', 0, '0'],
    ['test_size', 1, '1'],
    ['test_size', 1.5, '1.5'],
    ['epochs', 0, '0'],
    ['epochs', -1, '-1'],
    ['epochs', 1e9, '1000000000'],
    ['learning_rate', 'NaN', 'NaN'],
  ] as const)('%s %s', async (name, value, said) => {
    const before = await kept();
    const problem = await problemOf(await ask(datasetId, { params: { [name]: value } }));
    expect(problem).toMatchObject({
      code: 'PARAM_INVALID',
      status: 422,
      detail: `${name} cannot be ${said}: ${rules[name]}.`,
      hint: `Give ${name} a value within that rule.`,
    });
    const flag = `--${name.replace('_', '-')}`;
    const { code, stderr } = await zincir(['train', file, flag, String(value)], {
      env: { ZINCIR_URL: server.url },
      cwd: inputs,
    });
    expect(stderr).toContain(`Error PARAM_INVALID: ${problem.detail}\nHint: ${problem.hint}\n`);
    expect(code).toBe(2);
    await expect.poll(() => kept(), soon).toEqual(before);
  });
});

describe('a request from elsewhere', () => {
  const asked = (headers: Record<string, string>) =>
    new Promise<Problem>((resolve, reject) => {
      const { port } = new URL(server.url);
      const sent = request(
        { host: '127.0.0.1', port, path: '/api/workflows/1/cancel', method: 'POST', headers },
        (answer) => {
          let text = '';
          answer.on('data', (chunk) => {
            text += chunk;
          });
          answer.on('end', () => resolve(Problem.parse(JSON.parse(text))));
        },
      );
      sent.on('error', reject);
      sent.end();
    });

  test('with a foreign Host is refused by name', async () => {
    expect(await asked({ host: 'evil.example' })).toMatchObject({
      code: 'FORBIDDEN_HOST',
      params: { host: 'evil.example' },
    });
  });
  test('with a foreign Origin is refused by name', async () => {
    expect(await asked({ host: new URL(server.url).host, origin: 'http://evil.example' })).toMatchObject({
      code: 'FORBIDDEN_ORIGIN',
      params: { origin: 'http://evil.example' },
    });
  });
});

/** A file system of a given size until the test ends, where this process may mount one. */
function mountTiny(size: string): string | null {
  const place = temporaryDirectory('zincir-tiny');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place], { stdio: 'ignore' });
  } catch {
    return null;
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', place], { stdio: 'ignore' });
  });
  return place;
}

const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
describe.skipIf(!mayMount)(`a full disk${mayMount ? '' : ' (needs root on Linux, to mount a small one)'}`, () => {
  test('while an upload, a step or a download writes is told, leaves nothing half-made, and once freed all goes on', async (context) => {
    const tiny = mountTiny('3m');
    if (tiny === null) return context.skip('mount -t tmpfs is not allowed here');
    const stored = path.join(tiny, 'files');
    const full = await startServer(temporaryDirectory('zincir-full'), {
      env: { ZINCIR_STORAGE_URL: `file://${stored}` },
    });
    try {
      const small = path.join(inputs, 'small.csv');
      writeFileSync(
        small,
        table(30_000, (i) => i % 2),
      );
      const dataset = await upload(full.url, small);
      const before = await kept(full.url, stored);

      const refused = await problemOf(
        await post(
          table(400_000, (i) => i % 2),
          'large.csv',
          full.url,
        ),
      );
      expect(refused).toMatchObject({ code: 'STORAGE_FULL', status: 507, detail: 'The disk is full.' });
      await expect.poll(() => kept(full.url, stored), soon).toEqual(before);

      // Room for the upload's profile, none for 30,000 processed rows of 20 bytes.
      const filler = path.join(tiny, 'filler');
      writeFileSync(filler, Buffer.alloc(freeBytes(tiny) - 300_000));
      const config = { model: 'LR', target: 'y', params: { epochs: 2 } };
      const { id } = await createWorkflow(full.url, { datasetId: dataset.id, config });
      const failed = await waitFor(full.url, id, hasEnded);
      expect(failed).toMatchObject({ status: 'FAILED', artifacts: [], error: { code: 'STEP_GAVE_UP' } });
      expect(failed.error?.message).toContain('The disk is full.');
      const ofStep = () => storedFiles(stored)?.filter((file) => /preprocess|^\./.test(file));
      await expect.poll(ofStep, soon).toEqual([]);

      writeFileSync(filler, '');
      await fetch(`${full.url}/api/workflows/${id}/retry`, { method: 'POST' });
      expect(await waitFor(full.url, id, (w) => hasEnded(w) && w.status !== 'FAILED')).toMatchObject({
        status: 'COMPLETED',
        epoch: 2,
      });

      const out = path.join(tiny, 'out');
      mkdirSync(out);
      writeFileSync(filler, Buffer.alloc(freeBytes(tiny) - 300_000));
      const { code, stderr } = await zincir(['download', String(id), 'processed.pkl', '--out', out], {
        env: { ZINCIR_URL: full.url },
      });
      expect(stderr).toContain('Error STORAGE_FULL: The disk is full.');
      expect(code).toBe(1);
      expect(readdirSync(out)).toEqual([]);
    } finally {
      await full.stop();
    }
  }, 120_000);
});

function freeBytes(place: string): number {
  const free = execFileSync('df', ['--output=avail', '-B1', place], { encoding: 'utf8' });
  return Number(free.trim().split('\n').at(-1));
}
