import { totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { bytesOf, memoryBytes } from './memory.js';

test.each<[string, number | null]>([
  ['1', 1],
  ['536870912', 512 * 1024 ** 2],
  ['512MB', 512 * 1024 ** 2],
  [' 1.5 GiB ', 1.5 * 1024 ** 3],
  ['2g', 2 * 1024 ** 3],
  ['10kb', 10240],
  ['1000B', 1000],
  ['0', null],
  ['0.5', null],
  ['', null],
  ['-1GB', null],
  ['1e9', null],
  ['lots', null],
  ['9999999999TB', null],
])('a size of %s is %s bytes', (text, bytes) => {
  expect(bytesOf(text)).toBe(bytes);
});

test('without a setting, a quarter of the machine', () => {
  expect(memoryBytes(undefined)).toBe(Math.floor(totalmem() / 4));
});
