export { metricsCsv } from './metrics-csv.js';
export { modelJoblib } from './model-joblib.js';
export { modelOnnx } from './model-onnx.js';
export {
  type FileMeta,
  type ProcessedHeader,
  processedHeaderBytes,
  processedLayout,
  processedPrefixBytes,
  readProcessedHeader,
} from './processed.js';
export { reportJson } from './report-json.js';
