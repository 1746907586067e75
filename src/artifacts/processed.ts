/**
 * `processed.pkl`: the prepared table, for Python an ordinary pickle of `(X, y)` and for everyone else two raw
 * arrays at offsets that the file's start names.
 *
 *   offset 0         PROTO 4, BINUNICODE, uint32 length of the JSON text (bytes 3..6), JSON padded by spaces, POP
 *   xOffset          rows x features float64, row after row; a multiple of 4096 (4096 unless the JSON is longer)
 *   yOffset          rows int32, each an index into `classes`; a multiple of 64
 *   then             the object graph: `pandas.DataFrame` over the first block, `pandas.Series` of the labels
 *
 * All numbers little-endian. Blocks are BINBYTES8, so they may exceed 4 GB. The pickle calls public functions
 * of numpy and pandas only, and hands the block to the DataFrame without a copy.
 */
import { int64Array, isNumeric, ndarray, objectArray } from './numpy.js';
import { call, global, list, memo, type PickleValue, tuple } from './pickle-values.js';
import { opcode, PickleWriter } from './pickle-writer.js';

/** What stands in a file's JSON header beside what the format needs: versions, where the file comes from. */
export type FileMeta = Readonly<Record<string, unknown>>;

export interface ProcessedTable {
  readonly rows: number;
  /** One name a column of X. */
  readonly featureNames: readonly string[];
  /** Name of the Series y. */
  readonly target: string;
  /** Labels in the order of their codes; whole numbers make y int64, else it holds `str`. */
  readonly classes: readonly string[] | readonly number[];
  readonly meta: FileMeta;
}

/** Where everything goes; the parts can be written in any order. Offsets and sizes in bytes. */
export interface ProcessedLayout {
  /** Written at 0. */
  readonly head: Uint8Array;
  /** float64, rows x features, row after row. */
  readonly x: { readonly offset: number; readonly bytes: number };
  readonly middle: { readonly offset: number; readonly bytes: Uint8Array };
  /** int32, one class code a row. */
  readonly y: { readonly offset: number; readonly bytes: number };
  readonly tail: { readonly offset: number; readonly bytes: Uint8Array };
  readonly sizeBytes: number;
}

export interface ProcessedHeader {
  readonly rows: number;
  readonly features: number;
  readonly featureNames: readonly string[];
  readonly target: string;
  readonly classes: readonly string[] | readonly number[];
  readonly xOffset: number;
  readonly yOffset: number;
  /** Bytes from the file's start that the header takes up: X starts right after them. */
  readonly headerBytes: number;
  readonly meta: FileMeta;
}

const format = 'zincir-processed';
const version = 1;
const page = 4096;
const alignment = 64;
/** Before the JSON text: PROTO and its number, BINUNICODE, uint32. */
const beforeText = 7;
/** After it: POP, then BINBYTES8 with its uint64, which ends the head. */
const afterText = 10;
/** Bytes of the file's start from which `processedHeaderBytes` knows the length of the header. */
export const processedPrefixBytes = beforeText;

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/**
 * Lays out a file of `rows` rows.
 * @throws RangeError when rows or classes cannot be held (more than 2^53 bytes, fractional numbers)
 */
export function processedLayout(table: ProcessedTable): ProcessedLayout {
  const xBytes = table.rows * table.featureNames.length * 8;
  const yBytes = table.rows * 4;
  if (!Number.isSafeInteger(table.rows) || !Number.isSafeInteger(xBytes)) {
    throw new RangeError(`${table.rows} rows of ${table.featureNames.length} features cannot be laid out`);
  }
  // The offsets stand in the JSON whose length decides them: take a page more until they fit.
  let xOffset = page;
  let json = headerText(table, xOffset, xBytes);
  while (json.length + beforeText + afterText > xOffset) {
    xOffset = roundUp(json.length + beforeText + afterText, page);
    json = headerText(table, xOffset, xBytes);
  }
  const head = new PickleWriter()
    .proto()
    .header(json, xOffset - beforeText - afterText)
    .openBlock(xBytes)
    .finish();
  const middleOffset = xOffset + xBytes;
  const yOffset = yOffsetAfter(middleOffset);
  const middle = new PickleWriter()
    .closeBlock()
    .padding(yOffset - middleOffset - middleBytes)
    .openBlock(yBytes)
    .finish();
  const tailOffset = yOffset + yBytes;
  const tail = new PickleWriter(2)
    .closeBlock()
    .write(objectGraph(table, memo(0), memo(1)))
    .stop()
    .finish();
  return {
    head,
    x: { offset: xOffset, bytes: xBytes },
    middle: { offset: middleOffset, bytes: middle },
    y: { offset: yOffset, bytes: yBytes },
    tail: { offset: tailOffset, bytes: tail },
    sizeBytes: tailOffset + tail.length,
  };
}

/** Between the blocks at the least: MEMOIZE, POP; SHORT_BINBYTES, its length, POP; BINBYTES8 with its uint64. */
const middleBytes = 14;
const yOffsetAfter = (middleOffset: number): number => roundUp(middleOffset + middleBytes, alignment);

function headerText(table: ProcessedTable, xOffset: number, xBytes: number): Uint8Array {
  const { rows, featureNames, target, classes, meta } = table;
  const features = featureNames.length;
  const yOffset = yOffsetAfter(xOffset + xBytes);
  const blocks = {
    x: { dtype: '<f8', shape: [rows, features], offset: xOffset, bytes: xBytes },
    y: { dtype: '<i4', shape: [rows], offset: yOffset, bytes: rows * 4 },
  };
  const header = { format, version, rows, features, target, classes, featureNames, blocks, meta };
  return new TextEncoder().encode(JSON.stringify(header));
}

/** `(pandas.DataFrame(x, None, names, None, False), pandas.Series(numpy.take(classes, codes), None, None, target))` */
function objectGraph(table: ProcessedTable, xBlock: PickleValue, yBlock: PickleValue): PickleValue {
  const { rows, featureNames, classes, target } = table;
  const x = ndarray('<f8', [rows, featureNames.length], xBlock);
  const codes = ndarray('<i4', [rows], yBlock);
  const labels = isNumeric(classes) ? int64Array(classes) : objectArray(classes);
  return tuple(
    call(global('pandas', 'DataFrame'), x, null, list(featureNames), null, false),
    call(global('pandas', 'Series'), call(global('numpy', 'take'), labels, codes), null, null, target),
  );
}

/**
 * How many bytes from its start a file's header takes up.
 * @param start at least the first `processedPrefixBytes` bytes
 * @throws Error when they are not the start of a `processed.pkl`
 */
export function processedHeaderBytes(start: Uint8Array): number {
  if (
    start.length < beforeText ||
    start[0] !== opcode.PROTO ||
    start[1] !== 4 ||
    start[2] !== opcode.BINUNICODE ||
    // A frame of another pickle can look like this by chance; the length cannot: it fills whole pages.
    (textLength(start) + beforeText + afterText) % page !== 0
  ) {
    throw new Error('not a processed.pkl written by Zincir: it does not start with its header');
  }
  return textLength(start) + beforeText + afterText;
}

const textLength = (start: Uint8Array): number =>
  new DataView(start.buffer, start.byteOffset, start.byteLength).getUint32(3, true);

/**
 * Reads what the file's start says about it.
 * @param head the first `processedHeaderBytes` bytes of the file, or more
 * @throws Error when it is not ours, of a later version, or cut off
 */
export function readProcessedHeader(head: Uint8Array): ProcessedHeader {
  const headerBytes = processedHeaderBytes(head);
  if (head.length < headerBytes) {
    throw new Error(`the header of this processed.pkl takes up ${headerBytes} bytes; only ${head.length} were read`);
  }
  const text = new TextDecoder('utf-8', { fatal: true }).decode(head.subarray(beforeText, headerBytes - afterText));
  const header: HeaderJson = JSON.parse(text);
  if (header.format !== format || header.version !== version) {
    throw new Error(`not a processed.pkl of version ${version}: ${header.format} ${header.version}`);
  }
  const { rows, features, featureNames, target, classes, blocks, meta } = header;
  return {
    rows,
    features,
    featureNames,
    target,
    classes,
    xOffset: blocks.x.offset,
    yOffset: blocks.y.offset,
    headerBytes,
    meta,
  };
}

/** What `headerText` writes. */
interface HeaderJson {
  format: string;
  version: number;
  rows: number;
  features: number;
  featureNames: string[];
  target: string;
  classes: string[] | number[];
  blocks: { x: { offset: number }; y: { offset: number } };
  meta: FileMeta;
}
