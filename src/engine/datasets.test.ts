import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { namesOf } from '../../test/conformance/files.js';
import { createEngineBench, type EngineBench, flowers, inPieces } from '../../test/support/engine.js';
import { AppError } from '../contract/errors.js';

let bench: EngineBench;
beforeAll(async () => {
  bench = await createEngineBench();
});
afterAll(() => bench?.close());

const stored = () => namesOf(bench.files, 'datasets/');
const datasets = async () => (await bench.engine.datasets.list({ limit: 200 })).items;

test('an upload is stored under its hash, and what stands in its head is known', async () => {
  const dataset = await bench.upload(flowers, '../../etc\\flowers.csv');
  const sha256 = createHash('sha256').update(flowers).digest('hex');
  expect(dataset).toMatchObject({
    name: 'flowers',
    fileName: 'flowers.csv',
    sha256,
    sizeBytes: flowers.length,
    duplicate: false,
    workflows: 0,
    columns: [
      { name: 'a', type: 'numeric' },
      { name: 'b', type: 'numeric' },
      { name: 'species', type: 'categorical' },
    ],
  });
  expect(await stored()).toEqual([`datasets/${sha256}`]);
  expect(await bench.engine.datasets.profile(dataset.id, 'en')).toMatchObject({ complete: true, rows: 4 });
  expect(await bench.engine.datasets.preview(dataset.id, 2)).toEqual({
    columns: ['a', 'b', 'species'],
    rows: [
      ['1', '2.5', 'x'],
      ['2', '3.5', 'y'],
    ],
  });
});

test('the same bytes again are the dataset of that time, whatever the file is called', async () => {
  const [first] = await datasets();
  const again = await bench.engine.datasets.add({ source: inPieces(flowers), fileName: 'other.csv', name: 'Other' });
  expect(again).toEqual({ ...first, duplicate: true });
  expect(await stored()).toHaveLength(1);
});

test('ten uploads of the same new bytes at once are one dataset and one file', async () => {
  const text = `${flowers}5,1,x\n`;
  const added = await Promise.all(Array.from({ length: 10 }, () => bench.upload(text)));
  expect(new Set(added.map(({ id }) => id)).size).toBe(1);
  expect(added.filter(({ duplicate }) => duplicate === false)).toHaveLength(1);
  expect(await stored()).toHaveLength(2);
});

test('an upload that is cut off leaves neither file nor row', async () => {
  const [files, rows] = [await stored(), await datasets()];
  async function* cutOff() {
    yield* inPieces('a,b\n1,2\n');
    throw new AppError('UPLOAD_INCOMPLETE', { receivedBytes: 8 });
  }
  const upload = bench.engine.datasets.add({ source: cutOff(), fileName: 'cut.csv', name: null });
  await expect(upload).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE' });
  expect([await stored(), await datasets()]).toEqual([files, rows]);
});

const semicolons = 'a;b;c\n1,5;2;x\n2,5;3;y\n3,5;4;x\n';

test('a changed reading is previewed and profiled as a workflow would see it, and changes no dataset', async () => {
  const { profile, preview } = bench.engine.datasets;
  const { id, dialect } = await bench.upload(semicolons);
  expect(dialect).toMatchObject({ delimiter: ';', decimal: ',', header: true });
  expect(await preview(id, 1, { delimiter: ',', header: true })).toMatchObject({ columns: ['a;b;c'] });
  expect((await preview(id, 1, { header: false })).columns).toEqual(['column_1', 'column_2', 'column_3']);
  const kinds = async (reading?: object) =>
    (await profile(id, 'en', reading)).columns.map(({ name, kind }) => [name, kind]);
  expect((await kinds())[0]).toEqual(['a', 'number']);
  expect((await kinds({ decimal: '.' }))[0]).toEqual(['a', 'text']);
  await expect(profile(id, 'en', { delimiter: '|' })).rejects.toMatchObject({ code: 'CSV_ONE_COLUMN' });
  expect((await bench.engine.datasets.get(id)).dialect).toEqual(dialect);
});

test('what the detection cannot read is stored when it is told how; the first reading stays the dataset’s', async () => {
  const add = (reading?: object) =>
    bench.engine.datasets.add({ source: inPieces('a#b\n1#x\n2#y\n3#x\n'), fileName: 'hash.csv', name: null, reading });
  await expect(add()).rejects.toMatchObject({ code: 'CSV_ONE_COLUMN' });
  const first = await add({ delimiter: '#' });
  expect(first).toMatchObject({ duplicate: false, dialect: { delimiter: '#', header: true } });
  expect(first.columns.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(await add({ header: false })).toEqual({ ...first, duplicate: true });
  expect(await add()).toEqual({ ...first, duplicate: true });
  await expect(add({ delimiter: '|' })).rejects.toMatchObject({ code: 'CSV_ONE_COLUMN' });
  expect(await bench.engine.datasets.get(first.id)).toMatchObject({ dialect: first.dialect });
});

test.each([
  ['', 'CSV_EMPTY'],
  ['a,b,c\n', 'CSV_HEADER_ONLY'],
  ['a,b\n1,2\n1,2,3\n', 'CSV_RAGGED'],
  ['PK\u0003\u0004\u0000\u0000\u0000\u0007\u0008\u0000', 'CSV_BINARY'],
])('a file that is no table leaves neither file nor row: %j', async (text, code) => {
  const [files, rows] = [await stored(), await datasets()];
  await expect(bench.upload(text)).rejects.toMatchObject({ code });
  expect([await stored(), await datasets()]).toEqual([files, rows]);
});

test('a dataset that is removed takes its file along; one in use and an unknown one say so', async () => {
  const removed = await bench.upload(`${flowers}9,9,x\n`);
  await bench.engine.datasets.remove(removed.id);
  expect(await bench.files.stat(`datasets/${removed.sha256}`)).toBeNull();
  await expect(bench.engine.datasets.get(removed.id)).rejects.toMatchObject({
    code: 'DATASET_NOT_FOUND',
    params: { id: removed.id },
  });
  await expect(bench.engine.datasets.remove(removed.id)).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
  await bench.create();
  const [used] = (await datasets()).filter(({ workflows }) => workflows > 0);
  await expect(bench.engine.datasets.remove(used?.id ?? 0)).rejects.toMatchObject({ code: 'DATASET_IN_USE' });
  expect(await bench.files.stat(`datasets/${used?.sha256}`)).not.toBeNull();
});

test('the same bytes can be uploaded and removed at once over and over, and no row is left without its file', async () => {
  const text = `${flowers}7,7,y\n`;
  for (let i = 0; i < 10; i++) {
    const { id } = await bench.upload(text);
    await Promise.allSettled([bench.upload(text), bench.engine.datasets.remove(id), bench.upload(text)]);
    for (const { sha256 } of await datasets()) expect(await bench.files.stat(`datasets/${sha256}`)).not.toBeNull();
  }
});
