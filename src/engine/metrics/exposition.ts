/**
 * The text that Prometheus reads, in its format 0.0.4.
 *
 * Written here and not with prom-client, which keeps every value itself: half of ours are counted in the database,
 * histograms too, so that each server shows the same.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { Family, Labels, Observed, Shown } from './family.js';

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

/** Families without a series are left out. */
export function expose(shown: readonly Shown[]): string {
  return shown.map(linesOf).join('');
}

function linesOf(shown: Shown): string {
  const { family } = shown;
  if (shown.series.length === 0) return '';
  const head = `# HELP ${family.name} ${escapeHelp(family.help)}\n# TYPE ${family.name} ${family.type}\n`;
  if (shown.family.type !== 'histogram') {
    const lines = shown.series.map(([labels, value]) => line(family.name, family, labels, Number(value)));
    return head + lines.join('');
  }
  const { bounds } = shown.family;
  return head + shown.series.map(([labels, value]) => histogram(family, bounds, labels, value as Observed)).join(''); // The union's two halves go together.
}

function histogram(family: Family, bounds: readonly number[], labels: Labels, { counts, sum }: Observed): string {
  let total = 0;
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, place) => {
    total += counts[place] ?? 0;
    return line(`${family.name}_bucket`, family, labels, total, `le="${numberOf(bound)}"`);
  });
  return [
    ...buckets,
    line(`${family.name}_sum`, family, labels, sum),
    line(`${family.name}_count`, family, labels, total),
  ].join('');
}

function line(name: string, family: Family, labels: Labels, value: number, more = ''): string {
  const pairs = family.labels.map((label, place) => `${label}="${escapeValue(labels[place] ?? '')}"`);
  if (more !== '') pairs.push(more);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${numberOf(value)}\n`;
}

function numberOf(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeValue = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');
