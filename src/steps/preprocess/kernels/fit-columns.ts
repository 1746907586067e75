/** Fits columns of numbers on all threads; what `fitNumeric` finds, to the bit. */
import { scaling } from '../../../learn/index.js';
import type { NumericTransform } from '../../../learn/types.js';
import type { TrainingOrder } from '../fit.js';
import type { NumberColumns } from '../number-columns.js';
import type { NumericPlan } from '../plan.js';
import { type Pointer, settings, type TableKernel, taskKinds } from './table-kernel.js';

const imputeCodes = { median: 0, mean: 1 } as const;
/** Doubles of a result: see ./assembly/fit.ts. */
const resultDoubles = 5;

/**
 * Asks for all columns, and answers what gives each one as soon as it is there; `undefined` for a column that must be
 * fitted another way (its most frequent value fills it).
 * @param numbers all in the kernel's memory
 */
export function fitColumns(
  kernel: TableKernel,
  numbers: NumberColumns,
  plans: readonly NumericPlan[],
  order: TrainingOrder,
): (column: number) => NumericTransform | null | undefined {
  const rows = order.rows;
  const first = firstByte(numbers);
  const sources = kernel.reserve(rows * 4);
  const places = kernel.reserve(rows * 4);
  order.copyInto(kernel.words(sources, rows), kernel.words(places, rows), placesOf(numbers, first));
  const scratch = kernel.reserve(kernel.threads * 2 * rows * 8);
  kernel.set(settings.fit, [rows, sources, places, scratch]);
  const asked = plans.map(({ impute, scale }, i) => {
    if (impute === 'most_frequent') return null;
    const result: Pointer = kernel.reserve(resultDoubles * 8);
    const column = first + i * numbers.stride * 8;
    const values = [column, imputeCodes[impute], scale === 'none' ? 0 : 1, result];
    return { task: kernel.post(taskKinds.fit, values, { wakes: true }), result };
  });
  return (i) => {
    const found = asked[i];
    const plan = plans[i];
    if (!found || !plan) return undefined;
    kernel.finish(found.task);
    const [present = 0, fill = 0, mean = 0, sum = 0, squares = 0] = kernel.doubles(found.result, resultDoubles);
    if (present === 0) return null;
    const { name: column, impute, boolean } = plan;
    return {
      column,
      impute,
      fill,
      standard: plan.scale === 'none' ? null : scaling(rows, mean, sum, squares),
      boolean,
    };
  };
}

function firstByte(numbers: NumberColumns): Pointer {
  for (const { data } of numbers.blocks()) return data.byteOffset;
  return 0;
}

/** How many doubles behind the first value of its column each row's value lies. */
function placesOf(numbers: NumberColumns, first: Pointer): Int32Array {
  const places = new Int32Array(numbers.rows);
  for (const { from, rows, data } of numbers.blocks()) {
    const start = (data.byteOffset - first) / 8;
    for (let row = 0; row < rows; row++) places[from + row] = start + row;
  }
  return places;
}
