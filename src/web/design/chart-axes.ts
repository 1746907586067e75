/** What all drawn charts share: the letters and lines of their axes, and steps that are read at a glance. */

const font = "11px 'Inter Variable', system-ui, sans-serif";

/** A colour of the theme, as it is now. */
export function colorReader(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

export function axisLook(read: (name: string) => string) {
  return {
    stroke: read('--mantine-color-dimmed'),
    font,
    grid: { stroke: read('--z-grid'), width: 1 },
    ticks: { show: false },
  };
}

/** 1, 2, 5, 10, 20, 50 and so on, so that only whole numbers are marked. */
export const wholeSteps: number[] = Array.from({ length: 7 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat();

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Milliseconds by which a span is read: never 3 min 20 s. */
export const spanSteps: number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * second),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minute),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hour),
  ...[1, 2, 5, 10, 20, 50, 100].map((days) => days * day),
];

const leastRoom = 58;
const letter = 6.2;

/** Room beside a chart for its longest label, so that none is cut. */
export const axisRoom = (labels: readonly string[] | null): number =>
  Math.max(leastRoom, Math.ceil(Math.max(0, ...(labels ?? []).map((label) => label.length)) * letter) + 10);
