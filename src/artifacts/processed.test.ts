import { mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findPython, pythonMissing, runPython } from '../../test/support/python.js';
import {
  type ProcessedTable,
  processedHeaderBytes,
  processedLayout,
  processedPrefixBytes,
  readProcessedHeader,
} from './processed.js';

const directory = mkdtempSync(join(tmpdir(), 'zincir-processed-'));
afterAll(() => rmSync(directory, { recursive: true }));

const table = (changes: Partial<ProcessedTable> = {}): ProcessedTable => ({
  rows: 3,
  featureNames: ['bill length', 'ada_Çeşme'],
  target: 'tür',
  classes: ['Adelie', 'Gentoo'],
  meta: { zincir: '0.1.0' },
  ...changes,
});

/** Writes the parts last to first, as a caller may. */
function write(name: string, layout: ReturnType<typeof processedLayout>, x: Float64Array, y: Int32Array): string {
  const path = join(directory, name);
  const file = openSync(path, 'w');
  writeSync(file, layout.tail.bytes, 0, layout.tail.bytes.length, layout.tail.offset);
  writeSync(file, y, 0, y.byteLength, layout.y.offset);
  writeSync(file, layout.middle.bytes, 0, layout.middle.bytes.length, layout.middle.offset);
  if (x.byteLength > 0) writeSync(file, x, 0, x.byteLength, layout.x.offset);
  writeSync(file, layout.head, 0, layout.head.length, 0);
  return path;
}

describe('layout', () => {
  it('the parts follow one another without a gap, and both blocks are aligned to 64 bytes', () => {
    for (let rows = 0; rows < 70; rows += 1) {
      const { head, x, middle, y, tail, sizeBytes } = processedLayout(table({ rows }));
      expect(x).toEqual({ offset: head.length, bytes: rows * 2 * 8 });
      expect(middle.offset).toBe(x.offset + x.bytes);
      expect(y).toEqual({ offset: middle.offset + middle.bytes.length, bytes: rows * 4 });
      expect(tail.offset).toBe(y.offset + y.bytes);
      expect(sizeBytes).toBe(tail.offset + tail.bytes.length);
      expect([x.offset % 4096, y.offset % 64]).toEqual([0, 0]);
    }
  });

  it('the header tells a reader everything, and takes up one page', () => {
    const layout = processedLayout(table());
    expect(processedHeaderBytes(layout.head.subarray(0, processedPrefixBytes))).toBe(4096);
    expect(readProcessedHeader(layout.head)).toEqual({
      rows: 3,
      features: 2,
      featureNames: ['bill length', 'ada_Çeşme'],
      target: 'tür',
      classes: ['Adelie', 'Gentoo'],
      xOffset: 4096,
      yOffset: layout.y.offset,
      headerBytes: 4096,
      meta: { zincir: '0.1.0' },
    });
  });

  it('ten thousand features make the header longer by whole pages', () => {
    const featureNames = Array.from({ length: 10_000 }, (_, index) => `feature ${index}`);
    const { head } = processedLayout(table({ featureNames }));
    const headerBytes = processedHeaderBytes(head.subarray(0, processedPrefixBytes));
    expect(headerBytes).toBe(head.length);
    expect(headerBytes % 4096).toBe(0);
    expect(headerBytes).toBeGreaterThan(4096);
    expect(readProcessedHeader(head).featureNames).toEqual(featureNames);
  });

  it('every length of the header around a full page reads back', () => {
    for (let length = 3700; length < 3900; length += 1) {
      const meta = { note: 'x'.repeat(length) };
      const { head, x } = processedLayout(table({ meta }));
      expect(head.length).toBe(x.offset);
      expect(readProcessedHeader(head)).toMatchObject({ meta, xOffset: x.offset, headerBytes: x.offset });
    }
  });

  it('blocks of more than 4 GB keep exact offsets', () => {
    const { x, y, head, middle } = processedLayout(table({ rows: 3_000_000_001 }));
    expect(x.bytes).toBe(48_000_000_016);
    expect(y.offset).toBe(48_000_004_160);
    expect(new DataView(head.buffer).getBigUint64(head.length - 8, true)).toBe(48_000_000_016n);
    const view = new DataView(middle.bytes.buffer);
    expect(view.getBigUint64(middle.bytes.length - 8, true)).toBe(12_000_000_004n);
  });

  it('a foreign, a cut off and a later file are refused', () => {
    const { head } = processedLayout(table());
    expect(() => readProcessedHeader(new TextEncoder().encode('a,b\n1,2\n'))).toThrow('not a processed.pkl');
    expect(() => readProcessedHeader(new Uint8Array())).toThrow('not a processed.pkl');
    expect(() => readProcessedHeader(head.subarray(0, 100))).toThrow('takes up 4096 bytes; only 100 were read');
    const later = Uint8Array.from(head);
    const version = new TextDecoder().decode(head.subarray(0, 100)).indexOf('"version":1') - 2;
    later.set(new TextEncoder().encode('9'), head.indexOf(0x31, version));
    expect(() => readProcessedHeader(later)).toThrow('not a processed.pkl of version 1: zincir-processed 9');
  });
});

const python = findPython();
const reading = `
import io, json, sys, pickle, warnings, joblib, numpy, pandas
warnings.simplefilter('error')
out = []
for path in json.load(sys.stdin):
    with open(path, 'rb') as file: raw = file.read()
    for load in (lambda _: pickle.loads(raw), lambda _: pickle._load(io.BytesIO(raw)), joblib.load, pandas.read_pickle):
        X, y = load(path)
        assert type(X) is pandas.DataFrame and type(y) is pandas.Series, (type(X), type(y))
        header = json.loads(raw[7:7 + int.from_bytes(raw[3:7], 'little')])
        blocks = header['blocks']
        for name, block in blocks.items():
            shape = tuple(block['shape'])
            if 0 in shape: continue
            mapped = numpy.memmap(path, block['dtype'], 'r', block['offset'], shape)
            assert (mapped == (X.to_numpy() if name == 'x' else [header['classes'].index(v) for v in y])).all()
        out.append({'columns': list(X.columns), 'dtypes': sorted({str(t) for t in X.dtypes}), 'x': X.values.tolist(),
            'y': y.tolist(), 'name': y.name, 'dtype': str(y.dtype), 'index': [list(X.index), list(y.index)]})
        X.iloc[:, 0] = 7.0
        assert (X.iloc[:, 0] == 7.0).all()
print(json.dumps(out))
`;
describe.skipIf(python === null)(`in Python (${pythonMissing})`, () => {
  it('pickle, joblib and pandas read (DataFrame, Series), and numpy maps the blocks in place', () => {
    const x = Float64Array.of(0.1, -2, 1e300, 5e-324, 1 / 3, -0);
    const files = [
      { name: 'text.pkl', table: table(), x, y: Int32Array.of(1, 0, 1) },
      { name: 'whole.pkl', table: table({ classes: [-1, 2 ** 40] }), x, y: Int32Array.of(1, 0, 0) },
      { name: 'empty.pkl', table: table({ rows: 0 }), x: new Float64Array(), y: new Int32Array() },
      {
        name: 'long.pkl',
        table: table({ rows: 1, featureNames: Array.from({ length: 3000 }, (_, index) => `${index % 2500}`) }),
        x: Float64Array.from({ length: 3000 }, (_, index) => index / 7),
        y: Int32Array.of(1),
      },
    ];
    const paths = files.map((file) => write(file.name, processedLayout(file.table), file.x, file.y));
    const read = runPython<Record<string, unknown>[]>(python ?? '', reading, paths);
    expect(read).toHaveLength(files.length * 4);
    read.forEach((result, index) => {
      const { table: asked, x, y } = files[Math.floor(index / 4)] ?? {};
      const width = asked?.featureNames.length ?? 0;
      const rows = Array.from({ length: asked?.rows ?? 0 }, (_, row) => row);
      const whole = typeof asked?.classes[0] === 'number';
      expect(result).toMatchObject({
        columns: asked?.featureNames,
        dtypes: ['float64'],
        x: rows.map((row) => Array.from(x?.subarray(row * width, (row + 1) * width) ?? [])),
        y: Array.from(y ?? [], (code) => asked?.classes[code]),
        name: 'tür',
        index: [rows, rows],
      });
      expect(result.dtype).toMatch(whole ? /^int64$/ : /^(object|str)$/);
    });
  });
});
