/**
 * The plot of bench/growth.ts as SVG: time and memory a row against the number of rows, both axes logarithmic. Its
 * colours follow the reader's scheme, light or dark.
 */
const width = 860;
const height = 330;
const panel = { top: 44, bottom: 270, width: 300 };
const lefts = [58, 482];
const steps = ['upload', 'preprocess', 'train'];
const figures = [
  { unit: 'us a row', title: 'Time a row (\u00b5s)' },
  { unit: 'bytes a row', title: 'Memory a row (bytes)' },
];

const style = `
  text { font: 12px system-ui, sans-serif; fill: #495057; }
  .title { font-size: 14px; font-weight: 600; fill: #212529; }
  .grid { stroke: #dee2e6; }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
  .upload { stroke: #1971c2; } .preprocess { stroke: #d9480f; } .train { stroke: #2b8a3e; }
  text.upload { fill: #1971c2; stroke: none; } text.preprocess { fill: #d9480f; stroke: none; } text.train { fill: #2b8a3e; stroke: none; }
  circle { fill: #ffffff; stroke-width: 2.5; }
  .ground { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #c9d1d9; }
    .title { fill: #f0f6fc; }
    .grid { stroke: #30363d; }
    .upload { stroke: #74c0fc; } .preprocess { stroke: #ffa94d; } .train { stroke: #69db7c; }
    text.upload { fill: #74c0fc; } text.preprocess { fill: #ffa94d; } text.train { fill: #69db7c; }
    circle, .ground { fill: #0d1117; }
  }`;

/** @param {{ rows: Record<string, number>[] }} results of bench/growth.ts */
export function growthPlot({ rows }) {
  const panels = figures.map((figure, i) => panelOf(rows, figure, lefts[i]));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Time and memory a row against the number of rows">`,
    `<style>${style}\n</style>`,
    `<rect class="ground" width="${width}" height="${height}" rx="8"/>`,
    ...panels,
    `<text x="${width / 2}" y="${height - 14}" text-anchor="middle">rows</text>`,
    '</svg>\n',
  ].join('\n');
}

function panelOf(rows, { unit, title }, left) {
  const counts = rows.map((row) => row.rows);
  const values = steps.flatMap((step) => rows.map((row) => row[`${step} (${unit})`])).filter((value) => value > 0);
  const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const [first, last] = [Math.log10(Math.min(...counts)), Math.log10(Math.max(...counts))];
  const x = (count) => left + ((Math.log10(count) - first) / (last - first || 1)) * panel.width;
  const y = (value) =>
    panel.bottom -
    ((Math.max(low, Math.log10(Math.max(value, 1e-9))) - low) / (high - low || 1)) * (panel.bottom - panel.top);
  const out = [`<text class="title" x="${left}" y="26">${title}</text>`];
  for (let power = low; power <= high; power++) {
    const at = y(10 ** power).toFixed(1);
    out.push(`<line class="grid" x1="${left}" x2="${left + panel.width}" y1="${at}" y2="${at}"/>`);
    out.push(`<text x="${left - 8}" y="${Number(at) + 4}" text-anchor="end">${tick(power)}</text>`);
  }
  for (const count of counts) {
    out.push(
      `<text x="${x(count).toFixed(1)}" y="${panel.bottom + 20}" text-anchor="middle">${tick(Math.log10(count))}</text>`,
    );
  }
  const ends = apart(steps.map((step) => ({ step, at: y(rows.at(-1)[`${step} (${unit})`]) })));
  for (const step of steps) {
    const points = rows.map((row) => [x(row.rows).toFixed(1), y(row[`${step} (${unit})`]).toFixed(1)]);
    out.push(`<polyline class="line ${step}" points="${points.map((point) => point.join(',')).join(' ')}"/>`);
    for (const [cx, cy] of points) out.push(`<circle class="${step}" cx="${cx}" cy="${cy}" r="3.5"/>`);
  }
  for (const { step, at } of ends) {
    out.push(`<text class="${step}" x="${left + panel.width + 10}" y="${(at + 4).toFixed(1)}">${step}</text>`);
  }
  return out.join('\n');
}

/** Names of the lines at their ends, moved apart where two would overlap. */
function apart(ends) {
  const sorted = [...ends].sort((a, b) => a.at - b.at);
  for (let i = 1; i < sorted.length; i++) sorted[i].at = Math.max(sorted[i].at, sorted[i - 1].at + 15);
  return sorted;
}

const raised = {
  0: '\u2070',
  1: '\u00b9',
  2: '\u00b2',
  3: '\u00b3',
  4: '\u2074',
  5: '\u2075',
  6: '\u2076',
  7: '\u2077',
  8: '\u2078',
};

/** 0.1, 1, 10, 100, and powers beyond. */
function tick(power) {
  return power < 4 ? String(10 ** power) : `10${[...String(power)].map((digit) => raised[digit] ?? digit).join('')}`;
}
