/** How strongly a cell of the confusion matrix is coloured: the share of its true class, 0 to 1. */
export function heatOf(row: readonly number[], predicted: number): number {
  const total = row.reduce((sum, count) => sum + count, 0);
  return total === 0 ? 0 : (row[predicted] ?? 0) / total;
}
