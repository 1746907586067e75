/** Metrics that this process counts itself; they begin at zero with it. */
import type { CounterFamily, HistogramFamily, Labels, Shown } from './family.js';

const keyOf = (labels: Labels): string => labels.join('\u0000');

export class Counter {
  readonly #family: CounterFamily;
  readonly #series = new Map<string, [Labels, number]>();

  constructor(family: CounterFamily) {
    this.#family = family;
  }

  add(labels: Labels, by = 1): void {
    const key = keyOf(labels);
    const known = this.#series.get(key);
    if (known) known[1] += by;
    else this.#series.set(key, [labels, by]);
  }

  show(): Shown {
    return { family: this.#family, series: [...this.#series.values()] };
  }
}

export class Histogram {
  readonly #family: HistogramFamily;
  readonly #series = new Map<string, { labels: Labels; counts: number[]; sum: number }>();

  constructor(family: HistogramFamily) {
    this.#family = family;
  }

  observe(labels: Labels, value: number): void {
    const { bounds } = this.#family;
    const key = keyOf(labels);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels, counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 };
      this.#series.set(key, series);
    }
    const place = bucketOf(bounds, value);
    series.counts[place] = (series.counts[place] ?? 0) + 1;
    series.sum += value;
  }

  show(): Shown {
    const series = [...this.#series.values()].map(({ labels, ...observed }) => [labels, observed] as const);
    return { family: this.#family, series };
  }
}

/** Place of the first bound that is not below the value; one past the last where there is none. */
export function bucketOf(bounds: readonly number[], value: number): number {
  const place = bounds.findIndex((bound) => value <= bound);
  return place === -1 ? bounds.length : place;
}
