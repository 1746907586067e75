/** Samples over time as curves. */

export interface Series {
  /** Seconds since 1970, ascending. */
  at: number[];
  curves: (number | null)[][];
}

/** Samples further apart than this many usual distances have nothing known between them. */
const gapAfter = 4;
const leastGapSeconds = 30;

/**
 * Samples as curves, with a break where none were taken (a server that was down), so that no line is drawn through it.
 * @param samples oldest first
 * @param curves what is drawn of each sample; null where it is not known
 * @param now when it is looked at, in milliseconds: nothing is known since the last sample, if that was long ago
 */
export function seriesOf<Sample extends { at: string }>(
  samples: readonly Sample[],
  curves: readonly ((sample: Sample, index: number) => number | null)[],
  now: number,
): Series {
  const times = samples.map(({ at }) => Date.parse(at) / 1000);
  const distances = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const usual = [...distances].sort((a, b) => a - b)[distances.length >> 1] ?? 0;
  const limit = Math.max(leastGapSeconds, usual * gapAfter);
  const series: Series = { at: [], curves: curves.map(() => []) };
  const add = (time: number, read: (curve: (typeof curves)[number]) => number | null) => {
    series.at.push(time);
    curves.forEach((curve, index) => {
      series.curves[index]?.push(read(curve));
    });
  };
  samples.forEach((sample, index) => {
    const before = times[index - 1];
    const time = times[index] ?? 0;
    if (before !== undefined && time - before > limit) add((before + time) / 2, () => null);
    add(time, (curve) => curve(sample, index));
  });
  const last = times.at(-1);
  if (last !== undefined && now / 1000 - last > limit) add(now / 1000, () => null);
  return series;
}

/**
 * How fast a counter grows, per minute, at each sample; null for the first, and where the counter fell (a restart).
 * @param samples oldest first
 */
export function perMinute<Sample extends { at: string }>(
  samples: readonly Sample[],
  counter: (sample: Sample) => number,
): (number | null)[] {
  return samples.map((sample, index) => {
    const before = samples[index - 1];
    if (before === undefined) return null;
    const minutes = (Date.parse(sample.at) - Date.parse(before.at)) / 60_000;
    const grown = counter(sample) - counter(before);
    return grown < 0 || minutes <= 0 ? null : grown / minutes;
  });
}

const longestSeconds = 3600;
const shortestSeconds = 600;

/** What the axis of time covers: the last hour, less where less was recorded, never a moment alone. In seconds. */
export function windowOf(at: readonly number[]): [number, number] {
  const latest = at.at(-1) ?? 0;
  const first = at[0] ?? latest;
  return [Math.max(latest - longestSeconds, Math.min(first, latest - shortestSeconds)), latest];
}

/** From 0 to a little above the largest; never empty. */
export function rangeFromZero(max: number | null, least: number): [number, number] {
  return [0, Math.max(least, (max ?? 0) * 1.12)];
}
