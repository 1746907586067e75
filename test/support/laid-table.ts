/** A labelled table laid out in memory, for training by blocks: what the steps keep in a file. */
import type { LaidRows } from '../../src/learn/blocks/laid-rows.js';
import type { LabelledRows } from '../../src/learn/learner.js';

/** @returns the rows, and how many of them have been read so far */
export function laidTable(
  train: LabelledRows,
  validation: LabelledRows,
  classes: number,
): LaidRows & { rowsRead: number } {
  const { columns } = train.x;
  const x = new Float64Array(train.x.data.length + validation.x.data.length);
  const y = new Int32Array(train.y.length + validation.y.length);
  const trainingCounts = new Int32Array(classes);
  for (const code of train.y) trainingCounts[code] = (trainingCounts[code] ?? 0) + 1;
  x.set(validation.x.data, train.x.data.length);
  y.set(validation.y, train.y.length);
  return {
    columns,
    trainRows: train.y.length,
    validationRows: validation.y.length,
    trainingCounts,
    rowsRead: 0,
    async layOut(order) {
      order.forEach((row, place) => {
        x.set(train.x.data.subarray(row * columns, (row + 1) * columns), place * columns);
        y[place] = train.y[row] ?? 0;
      });
    },
    async read(from, count, outX, outY) {
      await this.pause();
      this.readNow(from, count, outX, outY);
    },
    readNow(from, count, outX, outY) {
      this.rowsRead += count;
      outX.set(x.subarray(from * columns, (from + count) * columns));
      outY.set(y.subarray(from, from + count));
    },
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  };
}
