/** Every attempt: drawn over time, and as rows to read. */
import { Text } from '@mantine/core';
import type { Task } from '../../contract/operations.js';
import { Panel } from '../design/panel.js';
import { AttemptBadge, attemptTone } from '../design/status-badge.js';
import { useTexts } from '../language/language.js';
import { MaybeWorker } from '../operations/links.js';
import { type Column, Rows } from '../operations/rows-panel.js';
import { type Timeline, timelineOf } from './timeline.js';
import drawing from './timeline.module.css';

type Attempt = Task['attempts'][number];

export function AttemptsPanel({ task, now }: { task: Task; now: number }) {
  const { t } = useTexts();
  const words = t.operations.tasks;
  const timeline = timelineOf(task, now);
  return (
    <Panel title={words.timeline} flush>
      <Drawing timeline={timeline} />
      {task.attempts.length === 0 ? (
        <Text size="sm" c="dimmed" px={20} py={12}>
          {words.noAttempts}
        </Text>
      ) : (
        <Attempts task={task} timeline={timeline} />
      )}
    </Panel>
  );
}

/** Waiting is a thin line, running a bar in the colour of its end. */
function Drawing({ timeline }: { timeline: Timeline }) {
  const { t, fill, format } = useTexts();
  const words = t.operations.tasks;
  const { rows, waiting, from, to } = timeline;
  const percent = (share: number) => `${(share * 100).toFixed(3)}%`;
  const summary = fill(words.timelineSummary, { count: rows.length, time: format.duration(to - from) });
  return (
    <div className={drawing.frame} role="img" aria-label={summary} data-testid="timeline">
      {rows.map((row) => (
        <div key={row.attempt} className={drawing.row}>
          <span className={drawing.name}>{row.attempt}</span>
          <div className={drawing.track}>
            <span className={drawing.wait} style={{ left: percent(row.from), width: percent(row.start - row.from) }} />
            <span
              className={drawing.run}
              data-tone={attemptTone(row.end)}
              style={{ left: percent(row.start), width: percent(row.to - row.start) }}
              title={format.duration(row.endedAt - row.startedAt)}
            />
          </div>
        </div>
      ))}
      {waiting === null ? null : (
        <div className={drawing.row}>
          <span className={drawing.name} />
          <div className={drawing.track}>
            <span className={drawing.wait} style={{ left: percent(waiting), width: percent(1 - waiting) }} />
          </div>
        </div>
      )}
      <div className={drawing.axis}>
        <span>{format.clock(new Date(from).toISOString())}</span>
        <span>{format.duration(to - from)}</span>
        <span>{format.clock(new Date(to).toISOString())}</span>
      </div>
    </div>
  );
}

function Attempts({ task, timeline }: { task: Task; timeline: Timeline }) {
  const { t, format } = useTexts();
  const words = t.operations.tasks;
  const columns: Column<Attempt>[] = [
    { head: words.attempt, width: '4.5rem', cell: ({ attempt }) => <span className="z-figures">{attempt}</span> },
    { head: words.columns.worker, cell: ({ worker }) => <MaybeWorker name={worker} /> },
    { head: words.end, width: '10rem', cell: ({ end }) => <AttemptBadge end={end} /> },
    {
      head: words.errorCode,
      cell: ({ errorCode }) => (
        <div className="z-mono z-clip" title={errorCode ?? undefined}>
          {errorCode ?? t.common.none}
        </div>
      ),
    },
    {
      head: words.started,
      width: '7rem',
      figure: true,
      cell: ({ startedAt }) => <span title={format.moment(startedAt)}>{format.clock(startedAt)}</span>,
    },
    {
      head: words.columns.duration,
      width: '7rem',
      figure: true,
      cell: (_, index) => {
        const row = timeline.rows[index];
        return row ? format.duration(row.endedAt - row.startedAt) : t.common.none;
      },
    },
  ];
  return (
    <Rows
      label={words.attempts}
      columns={columns}
      rows={task.attempts}
      rowKey={({ attempt }) => attempt}
      mark={({ attempt, end }) => ({ 'data-testid': `attempt-${attempt}`, 'data-end': end ?? 'running' })}
    />
  );
}
