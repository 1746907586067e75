/** The package ships no types; this is the part of asciichart 1.5 that is used. */
declare module 'asciichart' {
  export interface PlotOptions {
    min?: number;
    max?: number;
    /** Rows between the smallest and the largest value. */
    height?: number;
    /** Columns left of the first value, for the labels. */
    offset?: number;
    format?: (value: number) => string;
    /** One escape sequence a series. */
    colors?: (string | undefined)[];
    /** Ten drawing characters. */
    symbols?: string[];
  }
  const asciichart: { plot(series: number[][], options?: PlotOptions): string };
  export default asciichart;
}
