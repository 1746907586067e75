/** How news arrives: asked every two seconds, or of when the figures are while the server is away. */
import { Tooltip } from '@mantine/core';
import { useTexts } from '../language/language.js';
import classes from './operations.module.css';

interface Props {
  query: { error: unknown; dataUpdatedAt: number; data: unknown };
  /** Why nothing is asked for now. */
  held?: string | undefined;
}

export function Freshness({ query, held }: Props) {
  const { t, fill, format } = useTexts();
  const { fresh } = t.operations;
  // Beside an error there is nothing that could be fresh.
  if (query.error !== null && query.data === undefined) return null;
  const away = query.error !== null && query.data !== undefined;
  const at = format.clock(new Date(query.dataUpdatedAt).toISOString());
  return (
    <Tooltip label={away ? fresh.awayHelp : (held ?? fresh.liveHelp)} multiline maw={280}>
      <span
        className={classes.fresh}
        data-away={away}
        data-held={held !== undefined}
        role="status"
        data-testid="freshness"
      >
        <span className={classes.dot} aria-hidden="true" />
        {away ? fill(fresh.away, { time: at }) : held === undefined ? fresh.live : fresh.held}
      </span>
    </Tooltip>
  );
}
