/**
 * A labelled table that is not in memory: it is read by pages, stretches of neighbouring rows, into places that the
 * reader is given. Whoever holds the file supplies it; nothing here knows of files.
 */
export interface PagedRows {
  /** All rows, those that train and those that validate. */
  readonly rows: number;
  readonly columns: number;
  /** Bit `r % 8` of byte `r >> 3` is 1 where row r trains, 0 where it validates. */
  readonly training: Uint8Array;
  /** How many training rows each class has. */
  readonly trainingCounts: Int32Array;
  /**
   * Fills `x` and `y` with rows, page after page in the order asked for; they may be filled while other work goes on.
   * @param pageRows rows of a page: page p begins at row `p * pageRows`, the last one may be shorter
   * @throws whatever ends the run: it ends the epoch too
   */
  read(pages: Int32Array, pageRows: number, x: Float64Array, y: Int32Array): Promise<void>;
  /** Called between stretches of work, so that the process can hear what it is told. @throws what ends the run */
  pause(): Promise<void>;
}

/** Whether row `row` trains. */
export function isTraining(training: Uint8Array, row: number): boolean {
  return (((training[row >> 3] as number) >> (row & 7)) & 1) === 1;
}

/** Marks for `PagedRows.training`. @param train row numbers, below `rows` */
export function trainingMarks(rows: number, train: Int32Array): Uint8Array {
  const marks = new Uint8Array(Math.ceil(rows / 8));
  for (let i = 0; i < train.length; i += 1) {
    const row = train[i] as number;
    marks[row >> 3] = (marks[row >> 3] as number) | (1 << (row & 7));
  }
  return marks;
}
