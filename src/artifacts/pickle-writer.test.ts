import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPython, pythonMissing, runPython } from '../../test/support/python.js';
import { float64Array, int64, int64Array, objectArray, textArray } from './numpy.js';
import { disassemble } from './oracle/disassemble.js';
import { bytes, call, dict, float, global, int, list, memo, type PickleValue, tuple } from './pickle-values.js';
import { PickleWriter } from './pickle-writer.js';

const pickle = (value: PickleValue) => new PickleWriter().proto().write(value).stop().finish();
const hex = (value: PickleValue) => Buffer.from(new PickleWriter().write(value).finish()).toString('hex');

describe('bytes', () => {
  it('whole numbers take the shortest form that holds them', () => {
    const forms: [number, string][] = [
      [0, '4b00'],
      [255, '4bff'],
      [256, '4d0001'],
      [65535, '4dffff'],
      [65536, '4a00000100'],
      [-1, '4affffffff'],
      [2 ** 31 - 1, '4affffff7f'],
      [-(2 ** 31), '4a00000080'],
      [2 ** 31, '8a080000008000000000'],
      [-(2 ** 31) - 1, '8a08ffffff7fffffffff'],
    ];
    for (const [value, form] of forms) expect(hex(int(value)), String(value)).toBe(form);
    expect(() => hex(int(2 ** 53))).toThrow('not a whole number that can be written exactly');
    expect(() => hex(int(0.5))).toThrow(RangeError);
  });

  it('1 and 1.0 stay apart, and floats are big-endian', () => {
    expect(hex(int(1))).toBe('4b01');
    expect(hex(float(1))).toBe('473ff0000000000000');
  });

  it('a text or a global that comes again is taken from the memo', () => {
    expect(hex(tuple('é', 'é'))).toBe('8c02c3a994680086');
    const twice = disassemble(pickle(tuple(global('numpy', 'dtype'), global('numpy', 'dtype'))));
    expect(twice.map(({ name }) => name).join(' ')).toBe(
      'PROTO SHORT_BINUNICODE MEMOIZE SHORT_BINUNICODE MEMOIZE STACK_GLOBAL MEMOIZE BINGET TUPLE2 STOP',
    );
  });

  it('an array is numpy.ndarray by public names, its dtype called, its bytes as they are', () => {
    const operations = disassemble(pickle(float64Array(Float64Array.of(1, 2), [2, 1])));
    expect(operations.map(({ name, argument }) => (argument === null ? name : `${name} ${argument}`))).toEqual([
      'PROTO 4',
      'SHORT_BINUNICODE numpy',
      'MEMOIZE',
      'SHORT_BINUNICODE ndarray',
      'MEMOIZE',
      'STACK_GLOBAL',
      'MEMOIZE',
      'BININT1 0',
      'TUPLE1',
      'TUPLE1',
      'NEWOBJ',
      'MARK',
      'BININT1 1',
      'BININT1 2',
      'BININT1 1',
      'TUPLE2',
      'BINGET 0',
      'SHORT_BINUNICODE dtype',
      'MEMOIZE',
      'STACK_GLOBAL',
      'MEMOIZE',
      'SHORT_BINUNICODE <f8',
      'MEMOIZE',
      'TUPLE1',
      'REDUCE',
      'NEWFALSE',
      'SHORT_BINBYTES 16',
      'TUPLE',
      'BUILD',
      'STOP',
    ]);
  });

  it('byte strings of every size keep their place among what is written around them', () => {
    for (const size of [0, 255, 256, 4095, 4096, 70_000]) {
      const around = pickle(list(['a', bytes(new Uint8Array(size).fill(7)), 'b']));
      const names = disassemble(around).filter(({ name }) => name.endsWith('BYTES'));
      expect(names).toMatchObject([{ argument: size }]);
    }
  });
});

const python = findPython();
const loading = `
import base64, io, json, pickle, sys
def plain(value):
    if isinstance(value, (list, tuple)): return [type(value).__name__, *map(plain, value)]
    if isinstance(value, dict): return ['dict', *[[plain(k), plain(v)] for k, v in value.items()]]
    if isinstance(value, bytes): return ['bytes', list(value)]
    if hasattr(value, 'dtype'): return ['array', value.dtype.str, list(value.shape), plain(value.tolist())]
    if isinstance(value, float): return ['float', value.hex()]
    return [type(value).__name__, str(value)]
out = []
for text in json.load(sys.stdin):
    data = base64.b64decode(text)
    value = plain(pickle.loads(data))
    assert value == plain(pickle._load(io.BytesIO(data)))
    out.append(value)
print(json.dumps(out))
`;
const load = (values: PickleValue[]) =>
  runPython<unknown[]>(
    python ?? '',
    loading,
    values.map((value) => Buffer.from(pickle(value)).toString('base64')),
  );

/** What `loading` says of a value. */
function plain(value: PickleValue): unknown {
  if (value === null) return ['NoneType', 'None'];
  if (typeof value === 'boolean') return ['bool', value ? 'True' : 'False'];
  if (typeof value === 'string') return ['str', value];
  if (value.kind === 'int') return ['int', String(value.value)];
  if (value.kind === 'bytes') return ['bytes', Array.from(value.value)];
  if (value.kind === 'tuple' || value.kind === 'list') return [value.kind, ...value.items.map(plain)];
  if (value.kind === 'dict') return ['dict', ...value.entries.map(([key, entry]) => [plain(key), plain(entry)])];
  throw new Error(`not compared: ${value.kind}`);
}

describe.skipIf(python === null)(`in Python (${pythonMissing})`, () => {
  it('any tree of values is read back as it was written', () => {
    const { tree } = fc.letrec<{ tree: PickleValue }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom<PickleValue[]>(null, true, false),
        fc.string({ unit: 'grapheme', maxLength: 400 }),
        fc.maxSafeInteger().map(int),
        fc.uint8Array({ maxLength: 600 }).map(bytes),
        fc.array(tie('tree'), { maxLength: 6 }).map((items) => tuple(...items)),
        fc.array(tie('tree'), { maxLength: 6 }).map(list),
        fc
          .uniqueArray(fc.tuple(fc.string(), tie('tree')), { maxLength: 5, selector: ([key]) => key })
          .map((entries) => dict(entries)),
      ),
    }));
    const values = fc.sample(tree, { numRuns: 300, seed: 4 });
    expect(load(values)).toEqual(values.map(plain));
  });

  it('more texts than one byte can count are found again in the memo', () => {
    const texts = Array.from({ length: 700 }, (_, index) => `text ${index}`);
    const value = tuple(list(texts), list(texts.toReversed()));
    expect(load([value])).toEqual([plain(value)]);
  });

  it('floats, arrays, calls and memo numbers arrive exactly', () => {
    const values = [
      float(5e-324),
      float(Number.NaN),
      float(Number.NEGATIVE_INFINITY),
      float(-0),
      float64Array(Float64Array.of(0.1, -2.5, 1 / 3, 4, 5, 6), [2, 3]),
      int64Array([-1, 2 ** 53 - 1]),
      textArray(['çay', '', '🐧🐧', 'x']),
      objectArray(['a', null, int(3), true]),
      call(global('builtins', 'slice'), int(0), int(2), null),
      int64(7),
      tuple('first', memo(0)),
    ];
    expect(load(values)).toEqual([
      ['float', '0x0.0000000000001p-1022'],
      ['float', 'nan'],
      ['float', '-inf'],
      ['float', '-0x0.0p+0'],
      [
        'array',
        '<f8',
        [2, 3],
        [
          'list',
          [
            'list',
            ['float', '0x1.999999999999ap-4'],
            ['float', '-0x1.4000000000000p+1'],
            ['float', '0x1.5555555555555p-2'],
          ],
          [
            'list',
            ['float', '0x1.0000000000000p+2'],
            ['float', '0x1.4000000000000p+2'],
            ['float', '0x1.8000000000000p+2'],
          ],
        ],
      ],
      ['array', '<i8', [2], ['list', ['int', '-1'], ['int', '9007199254740991']]],
      ['array', '<U3', [4], ['list', ['str', 'çay'], ['str', ''], ['str', '🐧🐧'], ['str', 'x']]],
      ['array', '|O', [4], ['list', ['str', 'a'], ['NoneType', 'None'], ['int', '3'], ['bool', 'True']]],
      ['slice', 'slice(0, 2, None)'],
      ['array', '<i8', [], ['int', '7']],
      ['tuple', ['str', 'first'], ['str', 'first']],
    ]);
  });
});
