/**
 * Fewer points that draw the same curve: of every bucket of epochs those where a curve is lowest or highest,
 * and the first and last of all. A spike of one epoch in a million stays visible.
 *
 * @param curves values of equal length over the same x
 * @param buckets about the width of the drawing in pixels; at most `2 * curves.length * buckets + 2` points come out
 * @returns indices in ascending order
 */
export function decimate(curves: readonly Float64Array[], buckets: number): number[] {
  const length = curves[0]?.length ?? 0;
  if (length <= buckets * 2) return Array.from({ length }, (_, index) => index);
  const chosen = new Set<number>([0, length - 1]);
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const start = Math.floor((bucket * length) / buckets);
    const end = Math.floor(((bucket + 1) * length) / buckets);
    for (const curve of curves) {
      let low = start;
      let high = start;
      for (let index = start + 1; index < end; index += 1) {
        const value = curve[index] ?? 0;
        if (value < (curve[low] ?? 0)) low = index;
        if (value > (curve[high] ?? 0)) high = index;
      }
      chosen.add(low).add(high);
    }
  }
  return [...chosen].sort((a, b) => a - b);
}
