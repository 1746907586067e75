import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Chain, startChain } from '../../test/support/chain.js';
import { findPython, pythonMissing, runPython } from '../../test/support/python.js';
import type { WorkflowConfigInput } from '../contract/config.js';
import { RowCounts } from '../contract/entities.js';
import type { FittedPreprocessing } from '../learn/types.js';
import { kernelThreads } from '../worker/kernel-threads.js';

const python = findPython();
const chains: Chain[] = [];
afterAll(async () => {
  await Promise.all(chains.splice(0).map((chain) => chain.remove()));
});

const example = (name: string) => readFile(new URL(`../../examples/${name}.csv`, import.meta.url));

/** The same preparation in scikit-learn, for a list of cases: compares each with its `processed.pkl` and prints what it found. */
const oracle = `
import json, sys, warnings, numpy as np, pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
warnings.simplefilter('ignore')
def case(q):
  df = pd.read_csv(q['path'], float_precision='round_trip', keep_default_na=False,
                   na_values=['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None'], **q.get('options', {}))
  total = len(df)
  if q['missing'] == 'drop': df = df.dropna()
  df = df[df[q['target']].notna()]
  y = df[q['target']]
  X = df.drop(columns=[q['target'], *q['leftOut']])
  numeric = [c for c in X if pd.api.types.is_numeric_dtype(X[c])]
  text = [c for c in X if c not in numeric]
  train, test = train_test_split(np.arange(len(X)), test_size=q['testSize'], random_state=q['randomState'],
                                 stratify=y if q['stratify'] else None)
  X[text] = X[text].astype(object)
  t = ColumnTransformer([
    ('n', make_pipeline(SimpleImputer(strategy='median'), StandardScaler()), numeric),
    ('c', make_pipeline(SimpleImputer(strategy='most_frequent'),
                        OneHotEncoder(handle_unknown='ignore', sparse_output=False)), text)], sparse_threshold=0)
  t.fit(X.iloc[train])
  expected = t.transform(X)
  ours, labels = pd.read_pickle(q['processed'])
  ours = ours.to_numpy()
  p = q['preprocessing']
  scaler = t.named_transformers_['n'][1] if numeric else None
  return dict(
    rows=len(X), dropped=total - len(X), train=len(train), shape=list(ours.shape) == list(expected.shape),
    equal=bool((ours == expected).all()), difference=float(np.abs(ours - expected).max()),
    labels=[str(v) for v in labels] == [str(v) for v in (y.astype(int) if pd.api.types.is_float_dtype(y) else y)],
    means=[c['standard']['mean'] for c in p['numeric']] == (scaler.mean_.tolist() if numeric else []),
    scales=[c['standard']['scale'] for c in p['numeric']] == (scaler.scale_.tolist() if numeric else []))
print(json.dumps([case(q) for q in json.load(sys.stdin)]))
`;

interface Case {
  csv: string | Uint8Array;
  config: WorkflowConfigInput;
  /** What `read_csv` must be told. */
  options?: Record<string, unknown>;
}

async function prepare({ csv, config, options = {} }: Case) {
  const chain = await startChain(csv, config);
  chains.push(chain);
  await chain.run('upload');
  const { result } = await chain.run('preprocess');
  const { params, preprocessing, target } = chain.input('preprocess').config;
  const fitted: FittedPreprocessing = JSON.parse(await readFile(await chain.path('preprocessing.json'), 'utf8'));
  const used = new Set([...fitted.numeric, ...fitted.categorical].map(({ column }) => column));
  const question = {
    path: await chain.files.localPath(chain.input('upload').dataset.file),
    target,
    missing: preprocessing.missing,
    leftOut: fitted.inputColumns.filter((column) => !used.has(column)),
    testSize: params.test_size,
    randomState: params.random_state,
    stratify: preprocessing.stratify,
    processed: await chain.path('processed.pkl'),
    preprocessing: fitted,
    options,
  };
  return { rows: RowCounts.parse(result.rows), question };
}

describe.skipIf(python === null)(`prepared tables equal scikit-learn's to the last bit (${pythonMissing})`, () => {
  const found = new Map<string, { rows: RowCounts; oracle: Record<string, unknown> }>();
  beforeAll(async () => {
    const penguins = await example('penguins');
    const cases: Record<string, Case> = {
      'penguins, gaps filled': { csv: penguins, config: { model: 'LR', target: 'species' } },
      'penguins, rows with gaps dropped': {
        csv: penguins,
        config: { model: 'LR', target: 'species', preprocessing: { missing: 'drop' } },
      },
      'penguins by a target with gaps, stratified': {
        csv: penguins,
        config: {
          model: 'LR',
          target: 'sex',
          params: { test_size: 0.3, random_state: 7 },
          preprocessing: { stratify: true },
        },
      },
    };
    for (const [name, target] of Object.entries(exampleTargets)) {
      cases[name] = { csv: await example(name), config: { model: 'LR', target } };
    }
    for (const seed of seeds) {
      const { csv, options } = messyTable(seed);
      cases[`seed ${seed}`] = {
        csv,
        options,
        config: { model: 'LR', target: 'class', params: { random_state: seed } },
      };
    }
    const prepared = await Promise.all(Object.values(cases).map(prepare));
    const answers = runPython<Record<string, unknown>[]>(
      python ?? '',
      oracle,
      prepared.map(({ question }) => question),
    );
    Object.keys(cases).forEach((name, i) => {
      const rows = prepared[i]?.rows;
      if (rows) found.set(name, { rows, oracle: answers[i] ?? {} });
    });
  });

  const exampleTargets = { iris: 'species', wine: 'cultivar', digits: 'digit', breast_cancer: 'diagnosis' };
  const seeds = Array.from({ length: 20 }, (_, i) => i + 1);

  test.each([
    'penguins, gaps filled',
    'penguins, rows with gaps dropped',
    'penguins by a target with gaps, stratified',
    ...Object.keys(exampleTargets),
    ...seeds.map((seed) => `seed ${seed}`),
  ])('%s', (name) => {
    const { rows, oracle } = found.get(name) ?? {};
    expect(oracle).toMatchObject({
      shape: true,
      equal: true,
      difference: 0,
      labels: true,
      means: true,
      scales: true,
      dropped: rows?.dropped,
      train: rows?.train,
    });
  });
});

describe('a table large enough for kernels', () => {
  const rows = 24_000;
  const numeric = 12;
  const line = (row: number): string => {
    const numbers = Array.from({ length: numeric }, (_, i) =>
      (row * 31 + i * 7) % 53 === 0 ? '' : String(Math.sin(row * (i + 1)) * 10 ** (i - 6)),
    );
    return [...numbers, row % 17 === 0 ? '' : `word ${row % 11}`, row % 2].join(',');
  };
  const header = [...Array.from({ length: numeric }, (_, i) => `n${i}`), 't', 'y'].join(',');
  const csv = `${header}\n${Array.from({ length: rows }, (_, row) => line(row)).join('\n')}\n`;

  test('is prepared to the same bytes by any number of threads, in memory or beyond it, as without kernels', async () => {
    const columns = { n3: { impute: 'mean' }, n4: { impute: 'most_frequent' }, n5: { scale: 'none' } } as const;
    const chain = await startChain(csv, { model: 'LR', target: 'y', params: {}, preprocessing: { columns } });
    chains.push(chain);
    await chain.run('upload');
    const ways: Parameters<Chain['run']>[1][] = [
      { kernels: 'plain' },
      { threads: kernelThreads(1) },
      { threads: kernelThreads(2) },
      { threads: kernelThreads(3) },
      { threads: kernelThreads(2), memoryBytes: 1 << 20 },
    ];
    const hashes: unknown[] = [];
    for (const [k, way] of ways.entries()) {
      const { files } = await chain.run('preprocess', { ...way, attempt: k + 1 });
      hashes.push(files.map(({ name, sha256 }) => [name, sha256]));
    }
    expect(hashes).toEqual(ways.map(() => hashes[0]));
  }, 60_000);
});

/** Numbers of many sizes and spellings, gaps, quotes, line ends and texts in several scripts. */
function messyTable(seed: number): { csv: string; options: Record<string, unknown> } {
  let state = seed * 2654435761;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] ?? (items[0] as T);
  const delimiter = pick([',', ';', '\t', '|']);
  const lineEnd = pick(['\n', '\r\n']);
  const decimal = delimiter === ',' ? '.' : pick(['.', ',']);
  const missing = (): string =>
    random() < 0.1 ? pick(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None', '""']) : '?';
  const number = (): string => {
    const value = (random() - 0.5) * 10 ** Math.floor(random() * 12 - 4);
    const written = pick([
      value.toString(),
      value.toExponential(),
      value.toFixed(3),
      value.toPrecision(17),
      ` ${value} `,
    ]);
    return written.replace('.', decimal);
  };
  const quoted = (text: string): string =>
    /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  const texts = [
    'yes',
    'no',
    'ığüşöç',
    'with "quotes"',
    `a${delimiter}b`,
    'two\nlines',
    '-',
    '日本',
    '😀',
    '\uffee',
    ' spaced ',
  ];
  const rows = Array.from({ length: 60 + Math.floor(random() * 300) }, () =>
    [number, number, () => quoted(pick(texts)), () => String(Math.floor(random() * 50)), () => pick(['true', 'false'])]
      .map((field, i) => {
        const gap = i === 4 ? '?' : missing();
        return gap === '?' ? field() : gap;
      })
      .concat(pick(['red', 'green', 'blue']))
      .join(delimiter),
  );
  const header = ['big', 'small', 'text', 'whole', 'truth', 'class'].join(delimiter);
  const csv =
    [header, ...rows].flatMap((line) => (random() < 0.05 ? [line, ''] : [line])).join(lineEnd) + pick(['', lineEnd]);
  return { csv, options: { sep: delimiter, decimal } };
}
