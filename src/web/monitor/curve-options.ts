/** How a curve is drawn: axes in the words of the language, colours of the theme, the best epoch marked. */
import type uPlot from 'uplot';
import { axisLook, axisRoom, colorReader, wholeSteps } from '../design/chart-axes.js';
import type { Formats } from '../language/formats.js';

export interface CurveSettings {
  kind: 'accuracy' | 'loss';
  width: number;
  height: number;
  words: Formats;
  /** What the x axis covers, asked at every drawing. */
  axis: () => { epochs: number; live: boolean; bestEpoch: number | null };
  /** Index of the point under the pointer, or null. */
  onHover: (index: number | null) => void;
  names: { train: string; validation: string; best: string };
}

/** With fewer epochs than this each one is a dot too. */
const dotsUpTo = 40;

export function createOptions(settings: CurveSettings): uPlot.Options {
  const { kind, width, height, words, axis, onHover, names } = settings;
  const read = colorReader();
  const lines = axisLook(read);
  const color: Colors = { text: lines.stroke, train: read('--z-train'), validation: read('--z-validation') };
  const accuracy = kind === 'accuracy';
  const points = (plot: uPlot) => (plot.data[0]?.length ?? 0) <= dotsUpTo;
  return {
    width,
    height,
    padding: [10, 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: (_, min, max) => epochRange(min, max, axis()) },
      y: { range: (_, min, max) => valueRange(min, max, accuracy) },
    },
    axes: [
      {
        ...lines,
        incrs: wholeSteps,
        space: 60,
        size: 28,
        values: (_, at) => at.map(words.count),
      },
      {
        ...lines,
        size: (_, labels) => axisRoom(labels),
        space: 42,
        values: (_, at) => at.map((value) => (accuracy ? words.share(value) : words.number(value, 3))),
      },
    ],
    series: [
      {},
      { label: names.train, stroke: color.train, width: 1.75, points: { show: points, size: 4, fill: color.train } },
      {
        label: names.validation,
        stroke: color.validation,
        width: 2.25,
        points: { show: points, size: 4, fill: color.validation },
      },
    ],
    hooks: {
      setCursor: [(plot) => onHover(plot.cursor.idx ?? null)],
      draw: accuracy ? [(plot) => markBest(plot, axis().bestEpoch, names.best, color)] : [],
    },
  };
}

/** While it trains, the axis shows all epochs that were asked for, so that the curve grows into its place. */
export function epochRange(
  min: number | null,
  max: number | null,
  axis: { epochs: number; live: boolean },
): [number, number] {
  const first = min ?? 1;
  const last = Math.max(max ?? 1, axis.live ? axis.epochs : 0);
  return last > first ? [first, last] : [first - 1, first + 1];
}

/** A little air around the values, and never an accuracy beyond 0 or 1. */
export function valueRange(min: number | null, max: number | null, accuracy: boolean): [number, number] {
  if (min === null || max === null) return [0, 1];
  const air = Math.max((max - min) * 0.08, accuracy ? 0.01 : Math.abs(max) * 0.01, 1e-9);
  const low = Math.max(0, min - air);
  return [low, accuracy ? Math.min(1, Math.max(max + air, low + 0.02)) : max + air];
}

interface Colors {
  text: string;
  train: string;
  validation: string;
}

function markBest(plot: uPlot, epoch: number | null, word: string, color: Colors): void {
  if (epoch === null) return;
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(epoch, 'x', true));
  const ratio = window.devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = color.validation;
  ctx.globalAlpha = 0.7;
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.fillStyle = color.text;
  ctx.font = `${11 * ratio}px 'Inter Variable', system-ui, sans-serif`;
  const right = x > bbox.left + bbox.width * 0.8;
  ctx.textAlign = right ? 'right' : 'left';
  ctx.fillText(word, x + (right ? -4 : 4) * ratio, bbox.top + bbox.height - 6 * ratio);
  ctx.restore();
}
