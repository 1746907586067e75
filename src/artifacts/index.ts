export { type EpochMetric, metricsCsv } from './metrics-csv.js';
export { modelJoblib, testedWith } from './model-joblib.js';
export {
  type FileMeta,
  type ProcessedHeader,
  type ProcessedLayout,
  type ProcessedTable,
  processedHeaderBytes,
  processedLayout,
  processedPrefixBytes,
  readProcessedHeader,
} from './processed.js';
export { type RunReport, reportJson } from './report-json.js';
