import { expect, it } from 'vitest';
import type { ColumnProfile } from './entities.js';
import { targetFault } from './target.js';

function column(kind: ColumnProfile['kind'], distinct: number, more: Partial<ColumnProfile> = {}): ColumnProfile {
  const figures = { missing: 0, distinctExact: true, min: 0, max: 9, mean: 4, std: 1, note: null };
  const top = [
    { value: '1', count: 3 },
    { value: '0.5', count: 2 },
  ];
  return { name: 'y', type: 'numeric', kind, distinct, ...figures, top, ...more };
}

it.each<[string, ColumnProfile, number, object | null]>([
  ['few classes', column('text', 3), 100, null],
  ['few fractions that return', column('number', 4), 100, null],
  ['years that return', column('integer', 30), 900, null],
  ['no value', column('empty', 0), 9, { code: 'TARGET_EMPTY', params: { target: 'y' } }],
  ['one value', column('integer', 1), 9, { code: 'TARGET_CONSTANT', params: { target: 'y', value: '1' } }],
  ['many fractions', column('number', 40), 40, { code: 'TARGET_CONTINUOUS', params: { target: 'y', value: '0.5' } }],
  ['numbers beyond counting', column('integer', 9000, { distinctExact: false }), 9e6, { code: 'TARGET_CONTINUOUS' }],
  [
    'a number for each row',
    column('integer', 40),
    40,
    { code: 'TARGET_ALL_DISTINCT', params: { target: 'y', rows: 40 } },
  ],
  ['a text for each row that has one', column('text', 40, { missing: 5 }), 45, { code: 'TARGET_ALL_DISTINCT' }],
  ['too many texts', column('text', 1001), 9000, { code: 'TARGET_TOO_MANY_CLASSES', params: { classes: 1001 } }],
])('a target of %s is judged by its profile', (_, target, rows, fault) => {
  if (fault === null) expect(targetFault(target, rows)).toBeNull();
  else expect(targetFault(target, rows)).toMatchObject(fault);
});
