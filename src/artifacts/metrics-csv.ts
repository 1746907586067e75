/** Scores after one epoch; losses as `Scores.loss` says. */
export interface EpochMetric {
  readonly epoch: number;
  readonly trainAccuracy: number;
  readonly validationAccuracy: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
}

const columns = ['epoch', 'trainAccuracy', 'validationAccuracy', 'trainLoss', 'validationLoss'] as const;

/** `metrics.csv`: a header, then one line an epoch; numbers with as many digits as it takes to read them back exactly. */
export function metricsCsv(metrics: readonly EpochMetric[]): string {
  const lines = metrics.map((metric) => columns.map((column) => String(metric[column])).join(','));
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}
