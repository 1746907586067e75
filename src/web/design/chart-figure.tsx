/** A chart with its title, and the values under the pointer, or the latest, above it. */
import { Group, Text } from '@mantine/core';
import type { ReactNode, Ref } from 'react';
import classes from './chart-figure.module.css';

interface LegendKey {
  name: string;
  /** A colour of the theme, as `--z-train`. */
  color: string;
  value: string;
}

interface Props {
  title: string;
  /** Where the values are, such as a time or an epoch. */
  place: string | null;
  legend: readonly LegendKey[];
  /** What the chart shows, in words, for those who do not see it. */
  summary: string;
  height: number;
  /** Measures the room of the drawing. */
  frame: Ref<HTMLDivElement>;
  holder: Ref<HTMLDivElement>;
  testId: string | undefined;
  /** Stands over the drawing. */
  children?: ReactNode;
}

export function ChartFigure({ title, place, legend, summary, height, frame, holder, testId, children }: Props) {
  return (
    <figure className={classes.figure} data-testid={testId}>
      <Group justify="space-between" component="figcaption" gap="xs" mb={6}>
        <Text fw={600} size="sm" component="span">
          {title}
        </Text>
        <Group gap="sm" className={classes.legend} component="span">
          {place === null ? null : <span>{place}</span>}
          {legend.map(({ name, color, value }) => (
            <span key={name}>
              <i style={{ background: `var(${color})` }} />
              {name} <b>{value}</b>
            </span>
          ))}
        </Group>
      </Group>
      <div ref={frame} className={classes.frame} style={{ minHeight: height }} role="img" aria-label={summary}>
        <div ref={holder} />
        {children}
      </div>
    </figure>
  );
}
