import { expect, it } from 'vitest';
import { axisRoom, spanSteps, wholeSteps } from './chart-axes.js';

it('steps grow, and each span is a whole number of the largest unit in it', () => {
  for (const steps of [wholeSteps, spanSteps]) expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  const units = [1, 1000, 60_000, 3_600_000, 86_400_000];
  for (const step of spanSteps) expect(step % (units.findLast((unit) => unit <= step) ?? 1)).toBe(0);
});

it('an axis has room for its longest label', () => {
  expect([null, [], ['0', '100']].map(axisRoom)).toEqual([58, 58, 58]);
  expect(axisRoom(['0 sn', '1 dk 30 sn'])).toBe(72);
});
