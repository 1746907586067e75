import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { NumberColumns } from './number-columns.js';

const directory = mkdtempSync(join(tmpdir(), 'zincir-numbers-'));
afterAll(() => rmSync(directory, { recursive: true }));

const valueAt = (row: number, column: number): number => (row % 11 === column ? Number.NaN : row + column / 8);

/** A table of `rows` x `columns`, filled by 7 rows at a time at most. */
function filled(name: string, rows: number, columns: number, stride: number, memoryBytes: number): NumberColumns {
  const table = new NumberColumns(columns, join(directory, name), memoryBytes, null, stride);
  while (table.rows < rows) {
    const { data, at, rows: room } = table.room;
    const count = Math.min(7, room, rows - table.rows);
    for (let i = 0; i < count; i++) {
      for (let column = 0; column < columns; column++) {
        data[column * table.stride + at + i] = valueAt(table.rows + i, column);
      }
    }
    table.advance(count);
  }
  return table;
}

test.each([
  ['all in memory', 100, 1 << 20],
  ['the rest in a file', 100, 16 * 3 * 8 * 2],
  ['all but the last block in a file', 100, 0],
  ['whole blocks only', 96, 0],
  ['less than a block', 5, 0],
])('columns and blocks come back as they went in: %s', (name, rows, memoryBytes) => {
  const table = filled(name, rows, 3, 16, memoryBytes);
  const values = new Float64Array(rows);
  for (let column = 0; column < 3; column++) {
    table.column(column, values);
    expect([...values]).toEqual(Array.from({ length: rows }, (_, row) => valueAt(row, column)));
  }
  let next = 0;
  for (const { from, rows: count, stride, data } of table.blocks()) {
    expect(from).toBe(next);
    for (let i = 0; i < count; i++) expect(data[2 * stride + i]).toEqual(valueAt(from + i, 2));
    next += count;
  }
  expect(next).toBe(rows);
  table.close();
});

test('no file is made for a table that fits', () => {
  filled('none', 50, 3, 16, 1 << 20).close();
  expect(readdirSync(directory)).not.toContain('none');
});

test.skipIf(!existsSync('/dev/full'))('a disk that is full is an error of its own (needs /dev/full)', () => {
  expect(() => filled(relative(directory, '/dev/full'), 50, 3, 16, 0)).toThrow('STORAGE_FULL');
});

test('a place that cannot be written to is an error of its own', () => {
  expect(() => filled('no/such/directory', 50, 3, 16, 0)).toThrow('ENOENT');
});
