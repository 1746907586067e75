/** From columns of numbers and of categories to rows of features: as `plainPiece` of ../../pieces.ts, to the bit. */

// Offsets; ../table-kernel.ts knows them too.
const NUMERIC: usize = 340;
const SCALERS: usize = 344;
const CATEGORICAL: usize = 348;
const WIDTHS: usize = 352;
const FEATURES: usize = 356;
const CODE_ROWS: usize = 360;

// Of a task.
const VALUES: usize = 8;
const ROWS: usize = 12;
const OUT: usize = 16;
const CODES: usize = 20;

// Of a scaler: where its column lies behind `VALUES`, in bytes, then doubles.
const FILL: usize = 8;
const MEAN: usize = 16;
const SCALE: usize = 24;
const SCALER_BYTES: usize = 32;

/** Rows that are filled together: their lines stay in the nearest cache while the columns go by two by two. */
const tileRows = 32;

export function transform(crew: usize, task: usize): void {
  const numeric = load<i32>(crew + NUMERIC);
  const line = <usize>load<i32>(crew + FEATURES) << 3;
  const rows = load<i32>(task + ROWS);
  const values = <usize>load<i32>(task + VALUES);
  const out = <usize>load<i32>(task + OUT);
  const scalers = <usize>load<i32>(crew + SCALERS);
  if (load<i32>(crew + CATEGORICAL) > 0) {
    memory.fill(out, 0, <usize>rows * line);
    oneHot(crew, task, out + (<usize>numeric << 3), rows, line);
  }
  for (let from = 0; from < rows; from += tileRows) {
    const to = min(rows, from + tileRows);
    let scaler = scalers;
    let slot = out + <usize>from * line;
    let feature = 0;
    for (; feature + 2 <= numeric; feature += 2) {
      standardiseTwo(values, scaler, slot, from, to, line);
      scaler += 2 * SCALER_BYTES;
      slot += 16;
    }
    if (feature < numeric) standardise(values, scaler, slot, from, to, line);
  }
}

/** `(value - mean) / scale`, with `fill` for NaN, of rows `from` to `to` of one column. */
function standardise(values: usize, scaler: usize, slot: usize, from: i32, to: i32, line: usize): void {
  const column = values + load<i32>(scaler);
  const fill = load<f64>(scaler + FILL);
  const mean = load<f64>(scaler + MEAN);
  const scale = load<f64>(scaler + SCALE);
  for (let row = from; row < to; row++, slot += line) {
    const value = load<f64>(column + (<usize>row << 3));
    store<f64>(slot, ((value == value ? value : fill) - mean) / scale);
  }
}

/** Of two columns, whose features lie side by side: two rows of both at once. */
function standardiseTwo(values: usize, scaler: usize, slot: usize, from: i32, to: i32, line: usize): void {
  const next = scaler + SCALER_BYTES;
  const left = values + load<i32>(scaler);
  const right = values + load<i32>(next);
  const fillLeft = v128.load64_splat(scaler + FILL);
  const fillRight = v128.load64_splat(next + FILL);
  const meanLeft = v128.load64_splat(scaler + MEAN);
  const meanRight = v128.load64_splat(next + MEAN);
  const scaleLeft = v128.load64_splat(scaler + SCALE);
  const scaleRight = v128.load64_splat(next + SCALE);
  let row = from;
  for (; row + 2 <= to; row += 2) {
    let a = v128.load(left + (<usize>row << 3));
    let b = v128.load(right + (<usize>row << 3));
    a = v128.bitselect(a, fillLeft, f64x2.eq(a, a));
    b = v128.bitselect(b, fillRight, f64x2.eq(b, b));
    a = f64x2.div(f64x2.sub(a, meanLeft), scaleLeft);
    b = f64x2.div(f64x2.sub(b, meanRight), scaleRight);
    v128.store(slot, v128.shuffle<f64>(a, b, 0, 2));
    v128.store(slot + line, v128.shuffle<f64>(a, b, 1, 3));
    slot += 2 * line;
  }
  if (row == to) return;
  standardise(values, scaler, slot, row, to, line);
  standardise(values, next, slot + 8, row, to, line);
}

/** One 1 a row and column of categories, where the row has a category that was fitted; all else is 0 already. */
function oneHot(crew: usize, task: usize, out: usize, rows: i32, line: usize): void {
  const columns = load<i32>(crew + CATEGORICAL);
  const codeRows = <usize>load<i32>(crew + CODE_ROWS);
  let codes = <usize>load<i32>(task + CODES);
  let widths = <usize>load<i32>(crew + WIDTHS);
  for (let column = 0; column < columns; column++) {
    let slot = out;
    for (let row = 0; row < rows; row++, slot += line) {
      const category = load<i32>(codes + (<usize>row << 2));
      if (category >= 0) store<f64>(slot + (<usize>category << 3), 1);
    }
    codes += codeRows << 2;
    out += <usize>load<i32>(widths) << 3;
    widths += 4;
  }
}
