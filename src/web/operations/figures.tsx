import type { ReactNode } from 'react';
import classes from './operations.module.css';

export interface Figure {
  name: string;
  value: ReactNode;
  /** Stands behind the value, smaller. */
  note?: ReactNode;
  title?: string | undefined;
}

/** The figures of something, side by side. */
export function Figures({ label, figures, small = false }: { label: string; figures: Figure[]; small?: boolean }) {
  return (
    <section aria-label={label}>
      <dl className={classes.figures} data-size={small ? 'small' : 'large'}>
        {figures.map(({ name, value, note, title }) => (
          <div key={name} title={title}>
            <dt>{name}</dt>
            <dd>
              {value} {note === undefined ? null : <small>{note}</small>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
