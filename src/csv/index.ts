export { isMissing, parseBoolean } from './bytes.js';
export { Dictionary } from './dictionary.js';
export { checkText, fieldText } from './field.js';
export type { HeaderColumn } from './header.js';
export { parseNumber } from './number.js';
export { TableProfiler } from './profile.js';
export { type CsvHandler, CsvReader } from './reader.js';
export type { Batch } from './scanner.js';
export { checkShape, previewHead, sniffHead } from './sniff.js';
