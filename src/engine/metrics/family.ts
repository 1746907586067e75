/** Metrics in the shape of Prometheus: families with a name, a type and labels, and the series that they have at the moment. */

interface Described {
  readonly name: string;
  readonly help: string;
  /** Every series has exactly these; the values of each are few and known beforehand. */
  readonly labels: readonly string[];
}
export interface CounterFamily extends Described {
  readonly type: 'counter';
}
export interface GaugeFamily extends Described {
  readonly type: 'gauge';
}
export interface HistogramFamily extends Described {
  readonly type: 'histogram';
  /** Upper bounds, ascending; above the last one comes infinity. */
  readonly bounds: readonly number[];
}
export type Family = CounterFamily | GaugeFamily | HistogramFamily;

/** Values of the labels, in the order in which the family names them. */
export type Labels = readonly string[];

export interface Observed {
  /** How many observations each bucket got by itself; the last one is beyond all bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A family with all that it has to show. */
export type Shown =
  | { readonly family: CounterFamily | GaugeFamily; readonly series: readonly (readonly [Labels, number])[] }
  | { readonly family: HistogramFamily; readonly series: readonly (readonly [Labels, Observed])[] };

/** Asked at each scrape. */
export type MetricSource = () => readonly Shown[] | Promise<readonly Shown[]>;
