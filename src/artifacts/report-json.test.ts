import { expect, it } from 'vitest';
import { type RunReport, reportJson } from './report-json.js';

it('report.json reads back as what was reported, to the last digit', () => {
  const report: RunReport = {
    workflow: { id: 4, name: 'çay', model: 'LR', params: { epochs: 10, class_weight: null } },
    rows: { total: 344, dropped: 0, train: 275, validation: 69 },
    features: 2,
    featureNames: ['a', 'b_x'],
    target: 'species',
    classes: ['Adelie', 'Gentoo'],
    confusionMatrix: [
      [30, 1],
      [0, 38],
    ],
    perClass: [
      { class: 'Adelie', precision: 1, recall: 30 / 31, f1: 60 / 61, support: 31 },
      { class: 'Gentoo', precision: 38 / 39, recall: 1, f1: 76 / 77, support: 38 },
    ],
    metrics: {
      epochs: 10,
      trainAccuracy: 0.1 + 0.2,
      validationAccuracy: 68 / 69,
      trainLoss: 1e-7,
      validationLoss: 1 / 3,
      bestEpoch: 7,
      bestValidationAccuracy: 1,
    },
  };
  const text = reportJson(report);
  expect(JSON.parse(text)).toEqual(report);
  expect(text.startsWith('{\n  "workflow": {\n    "id": 4,\n    "name": "çay",')).toBe(true);
  expect(text.endsWith('}\n')).toBe(true);
});
