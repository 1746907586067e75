import { describe, expect, it } from 'vitest';
import { chooseRange, namesTag } from './byte-range.js';

describe('chooseRange', () => {
  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=2-4', 2, 3],
    ['bytes=5-', 5, 5],
    ['bytes=5-999', 5, 5],
    ['bytes=-3', 7, 3],
    ['bytes=-999', 0, 10],
  ])('%s of ten bytes begins at %i and has %i', (header, start, length) => {
    expect(chooseRange(header, 10)).toEqual({ kind: 'part', start, length });
  });

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('%s of ten bytes cannot be had', (header) => {
    expect(chooseRange(header, 10)).toEqual({ kind: 'unsatisfiable' });
  });

  it.each([undefined, '', 'bytes=', 'bytes=-', 'bytes=4-2', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=a-b'])(
    '%s is answered with the whole file',
    (header) => {
      expect(chooseRange(header, 10)).toEqual({ kind: 'whole' });
    },
  );

  it('an empty file has no ranges', () => {
    expect(chooseRange('bytes=0-', 0)).toEqual({ kind: 'unsatisfiable' });
    expect(chooseRange('bytes=-1', 0)).toEqual({ kind: 'unsatisfiable' });
  });
});

it('a tag is found in a list, weak or strong, and * names every one', () => {
  expect(namesTag('"a", W/"b"', '"b"')).toBe(true);
  expect(namesTag('*', '"b"')).toBe(true);
  expect(namesTag('"a"', '"b"')).toBe(false);
  expect(namesTag(undefined, '"b"')).toBe(false);
});
