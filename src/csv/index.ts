export type { Batch } from './batch.js';
export { isMissing, parseBoolean } from './bytes.js';
export { Dictionary } from './dictionary.js';
export { checkText, fieldText } from './field.js';
export type { HeaderColumn } from './header.js';
export { parseNumber } from './number.js';
export { TableProfiler } from './profile.js';
export { type CsvHandler, CsvReader } from './reader.js';
export { checkShape, previewHead, sniffHead } from './sniff.js';
