import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Chain, startChain } from '../../test/support/chain.js';
import { findPython, onnxMissing, runPython } from '../../test/support/python.js';
import type { WorkflowConfigInput } from '../contract/config.js';

const python = findPython('onnx', 'onnxruntime');

interface Answer {
  rows: number;
  wrongLabels: number;
  difference: number;
  metadata: Record<string, string>;
}

const runs = (
  [
    ['penguins', { model: 'LR', target: 'species' }],
    ['penguins', { model: 'MLP', target: 'sex', preprocessing: { columns: { year: { type: 'categorical' } } } }],
    ['penguins', { model: 'SVM', target: 'year', preprocessing: { missing: 'drop' } }],
    ['penguins', { model: 'PER', target: 'island', preprocessing: { columns: { sex: { use: false } } } }],
    ['breast_cancer', { model: 'PA' }],
    ['digits', { model: 'MLP', params: { activation: 'tanh' } }],
    ['iris', { model: 'MLP', params: { activation: 'logistic' } }],
    ['wine', { model: 'SVM' }],
    ['wine', { model: 'LR', params: { penalty: 'elasticnet' } }],
  ] as [string, Partial<WorkflowConfigInput>][]
).map(([example, config]) => ({ example, config }));

test.skipIf(python === null)(
  `model.onnx answers on the raw examples what the model.joblib beside it answers (${onnxMissing})`,
  async () => {
    const chains: Chain[] = [];
    try {
      for (const { example, config } of runs) {
        const csv = await readFile(new URL(`../../examples/${example}.csv`, import.meta.url));
        const target = csv.toString('utf8').split('\n')[0]?.trim().split(',').at(-1) ?? '';
        const settings = { target, ...config, params: { epochs: 5, ...config.params } } as WorkflowConfigInput;
        const chain = await startChain(csv, settings);
        chains.push(chain);
        await chain.runAll();
      }
      const cases = await Promise.all(
        chains.map(async (chain) => ({
          onnx: await chain.path('model.onnx'),
          joblib: await chain.path('model.joblib'),
          csv: await chain.files.localPath(chain.input('upload').dataset.file),
        })),
      );
      const program = await readFile(new URL('../artifacts/oracle/check-onnx.py', import.meta.url), 'utf8');
      const answers = runPython<Answer[]>(python ?? '', program, cases);
      expect(answers.map(({ rows }) => rows)).toEqual([344, 344, 344, 344, 569, 1797, 150, 178, 178]);
      answers.forEach(({ wrongLabels, difference, metadata }, index) => {
        const run = runs[index];
        expect({ run, wrongLabels }).toEqual({ run, wrongLabels: 0 });
        expect(difference).toBeLessThan(1e-12);
        expect(metadata.model).toBe(run?.config.model);
        const sha256 = chains[index]?.input('upload').dataset.sha256;
        expect(JSON.parse(metadata.dataset ?? '')).toEqual({ fileName: 'table.csv', sha256 });
      });
    } finally {
      await Promise.all(chains.map((chain) => chain.remove()));
    }
  },
  60_000,
);
