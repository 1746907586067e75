import { expect, it } from 'vitest';
import { metricsCsv } from './metrics-csv.js';

it('metrics.csv has a line an epoch, every number readable back exactly', () => {
  const metrics = [
    { epoch: 1, trainAccuracy: 1 / 3, validationAccuracy: 0.1 + 0.2, trainLoss: 1e-7, validationLoss: 1 },
    { epoch: 2, trainAccuracy: 1, validationAccuracy: 0, trainLoss: 1.5e300, validationLoss: 5e-324 },
  ];
  const text = metricsCsv(metrics);
  expect(text).toBe(
    'epoch,trainAccuracy,validationAccuracy,trainLoss,validationLoss\n' +
      '1,0.3333333333333333,0.30000000000000004,1e-7,1\n' +
      '2,1,0,1.5e+300,5e-324\n',
  );
});

it('a run without an epoch has the header alone', () => {
  expect(metricsCsv([])).toBe('epoch,trainAccuracy,validationAccuracy,trainLoss,validationLoss\n');
});
