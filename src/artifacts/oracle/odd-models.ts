/** Models of hand-made weights over a table with every kind of column, for tests of the files that hold them. */
import type {
  CategoricalTransform,
  ClassLabels,
  EstimatorSpec,
  FittedEstimator,
  FittedPreprocessing,
  Matrix,
  MlpParams,
  NumericTransform,
} from '../../learn/types.js';

/** Names that get in the way, gaps in every column, and (at the end) values that no training saw. */
const csv = `label,a flag,"ölçü ""c""",Gemm_12,şehir,grade,word,unused
1.5,true,10,0.1,Ankara,1,TRUE,x
-2,false,1e300,,İzmir,2.5,FALSE,x
,true,,1,Ankara,1,,x
4,,30,2,,7,TRUE,x
0,false,50,3,"a ""b"", c",2.5,FALSE,y
3,true,40,-1,木,,TRUE,y
1e-9,true,-5,5,🌳,0.1,FALSE,y
9,false,60,6,Rize,3,FALSE,z
,,,,,,,
7,true,7,7,ankara,-1,TRUE,z
`;

const standard = (mean: number, scale: number) => ({ mean, variance: scale * scale, scale });
const gappy = { impute: 'median', boolean: false } as const;
const numeric: NumericTransform[] = [
  { ...gappy, column: 'label', fill: 1.5, standard: standard(1.7, 3.1) },
  { column: 'a flag', impute: 'most_frequent', fill: 1, boolean: true, standard: standard(0.6, 0.49) },
  { ...gappy, column: 'ölçü "c"', impute: 'mean', fill: 1 / 3, standard: standard(2e299, 4e299) },
  { ...gappy, column: 'Gemm_12', fill: 2, standard: null },
];
const categorical: CategoricalTransform[] = [
  { column: 'şehir', fill: 'Ankara', categories: ['Ankara', 'a "b", c', 'İzmir', '木', '🌳'] },
  { column: 'grade', fill: 2.5, categories: [0.1, 1, 2.5, 7] },
  { column: 'word', fill: 1, categories: [0, 1] },
];
const inputColumns = ['label', 'a flag', 'ölçü "c"', 'Gemm_12', 'şehir', 'grade', 'word', 'unused'];

export const oddTable = { csv, numeric, categorical };

/** Some of the odd table's transforms. */
export const preprocessing = (
  numeric: readonly NumericTransform[],
  categorical: readonly CategoricalTransform[],
  columns: readonly string[] = inputColumns,
): FittedPreprocessing => ({
  numeric,
  categorical,
  inputColumns: columns,
  target: 'y',
  classes: [],
  fittedRows: 8,
  featureNames: [
    ...numeric.map(({ column }) => column),
    ...categorical.flatMap(({ column, categories }) => categories.map((category) => `${column}_${category}`)),
  ],
});

/** 3,000 numbers, 200 columns of texts, one of which has 5,000. */
export function wideTable(): { csv: string; transforms: FittedPreprocessing } {
  const numbers = Array.from({ length: 3000 }, (_, i) => `number ${i}`);
  const words = Array.from({ length: 200 }, (_, i) => `text ${i}`);
  const row = (k: number) => [
    ...numbers.map((_, i) => (i % 7 === k ? '' : String((i * 13 + k * 5) % 11))),
    ...words.map((_, i) => (i % 5 === k ? '' : `word ${(i * 37 + k) % 5000}`)),
  ];
  const names = Array.from({ length: 5000 }, (_, i) => `word ${i}`).sort();
  const transforms = preprocessing(
    numbers.map((column) => ({ ...gappy, column, fill: 5, standard: standard(5, 3) })),
    words.map((column, i) => ({ column, fill: `word ${i}`, categories: i === 7 ? names : [`word ${i}`, 'word x'] })),
    [...numbers, ...words],
  );
  return { csv: [numbers.concat(words), row(0), row(1), row(2)].map((line) => line.join(',')).join('\n'), transforms };
}

/** Weights between -1 and 1 that look random and are the same every time. */
const weights = (length: number, seed: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => Math.sin((i + 1) * 12.9898 + seed * 78.233));
const matrix = (rows: number, columns: number, seed: number): Matrix => ({
  data: weights(rows * columns, seed),
  rows,
  columns,
});

const shared = { class_weight: null, random_state: 1, alpha: 0.0001, l1_ratio: 0.15, penalty: 'l2' } as const;
const sgd = { ...shared, learning_rate: 0.01, learning_rate_schedule: 'constant', power_t: 0.5 } as const;
const specs: Record<'LR' | 'SVM' | 'PER' | 'PA', EstimatorSpec> = {
  LR: { model: 'LR', params: sgd },
  SVM: { model: 'SVM', params: sgd },
  PER: { model: 'PER', params: { ...shared, learning_rate: 1 } },
  PA: { model: 'PA', params: { C: 1, loss: 'hinge', class_weight: null, random_state: 1 } },
};

export function linear(
  { featureNames }: FittedPreprocessing,
  model: keyof typeof specs,
  classes: ClassLabels,
): FittedEstimator {
  const features = featureNames.length;
  const rows = classes.length === 2 ? 1 : classes.length;
  const state = { kind: 'linear', coef: matrix(rows, features, 1), intercept: weights(rows, 2), t: 81 } as const;
  return { spec: specs[model], classes, features, state, classWeights: null };
}

/** @param hidden units of the hidden layers */
export function network(
  { featureNames }: FittedPreprocessing,
  classes: ClassLabels,
  activation: MlpParams['activation'],
  hidden: readonly number[] = [5, 4],
): FittedEstimator {
  const units = [featureNames.length, ...hidden, classes.length === 2 ? 1 : classes.length];
  const layers = units.slice(1).map((columns, layer) => matrix(units[layer] ?? 0, columns, layer + 3));
  const params: MlpParams = {
    learning_rate: 0.01,
    batch_size: 32,
    hidden_layer_sizes: hidden,
    activation,
    solver: 'adam',
    momentum: 0.9,
    alpha: 0.0001,
    random_state: 1,
  };
  return {
    spec: { model: 'MLP', params },
    classes,
    features: featureNames.length,
    state: {
      kind: 'mlp',
      weights: layers,
      biases: layers.map(({ columns }, layer) => weights(columns, layer + 9)),
      optimiser: { velocities: [], secondMoments: [], steps: 0 },
      t: 60,
      lossCurve: [1.2, 1.1],
    },
    classWeights: null,
  };
}

/** One of each: four linear models, networks of every activation, one with a single unit. */
export const fittedModels = (transforms: FittedPreprocessing, classes: ClassLabels): [string, FittedEstimator][] => [
  ['LR', linear(transforms, 'LR', classes)],
  ['SVM', linear(transforms, 'SVM', classes)],
  ['PER', linear(transforms, 'PER', classes)],
  ['PA', linear(transforms, 'PA', classes)],
  ['MLP relu', network(transforms, classes, 'relu')],
  ['MLP tanh', network(transforms, classes, 'tanh')],
  ['MLP logistic', network(transforms, classes, 'logistic')],
  ['MLP of one unit', network(transforms, classes, 'tanh', [1])],
];
