/** Rows brought to where they are visited. */

/**
 * Copies rows that lie one after the other to two parts: a row whose place p is not negative to row p of `train`, else
 * to row -1 - p of `validation`.
 * @param places of the rows, i32 each
 */
export function placeRows(x: usize, rows: i32, columns: i32, places: usize, train: usize, validation: usize): void {
  const bytes = <usize>columns << 3;
  for (let i = 0; i < rows; i++) {
    const place = load<i32>(places);
    copyRow(x, place >= 0 ? train + <usize>place * bytes : validation + <usize>(-1 - place) * bytes, bytes);
    x += bytes;
    places += 4;
  }
}

/** Copies the rows that `order` numbers, one after the other, to `out`. */
export function takeRows(x: usize, order: usize, count: i32, columns: i32, out: usize): void {
  const bytes = <usize>columns << 3;
  for (let i = 0; i < count; i++) {
    copyRow(x + <usize>load<i32>(order) * bytes, out, bytes);
    order += 4;
    out += bytes;
  }
}

/** Short rows lie anywhere in memory: a call for each would take longer than the copy. */
// @ts-ignore: decorator
@inline
function copyRow(from: usize, to: usize, bytes: usize): void {
  const paired = from + (bytes & ~15);
  while (from < paired) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  if (bytes & 8) store<f64>(to, load<f64>(from));
}
