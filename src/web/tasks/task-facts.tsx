import { Link } from '@tanstack/react-router';
import type { Task } from '../../contract/operations.js';
import { useTexts } from '../language/language.js';
import { Figures } from '../operations/figures.js';
import { MaybeWorker, WorkflowLink } from '../operations/links.js';
import { StepProgress } from '../operations/step-progress.js';
import { durationOf, spanText } from '../operations/times.js';

/** The task in a glance. */
export function TaskFacts({ task, now }: { task: Task; now: number }) {
  const texts = useTexts();
  const { t, terms, format } = texts;
  const words = t.operations.tasks;
  const moment = (iso: string | null) => (iso === null ? t.common.none : format.moment(iso));
  return (
    <Stacked>
      <Figures
        label={words.facts}
        figures={[
          { name: words.columns.wait, value: spanText(texts, task.waitMs) },
          { name: words.columns.duration, value: spanText(texts, durationOf(task, now)) },
          { name: words.attempts, value: format.count(task.attempts.length) },
          ...(task.status === 'STARTED'
            ? [
                {
                  name: words.progress,
                  value: <StepProgress progress={task.progress} label={terms.steps[task.step.name]} />,
                },
              ]
            : []),
        ]}
      />
      <Figures
        label={words.facts}
        small
        figures={[
          { name: words.columns.workflow, value: <WorkflowLink workflow={task.workflow} /> },
          {
            name: words.queue,
            value: (
              <Link to="/queue/$name" params={{ name: task.queue }} className="z-mono">
                {task.queue}
              </Link>
            ),
          },
          { name: words.columns.worker, value: <MaybeWorker name={task.worker} /> },
          { name: words.columns.created, value: moment(task.createdAt) },
          { name: words.started, value: moment(task.startedAt) },
          { name: words.ended, value: moment(task.completedAt) },
        ]}
      />
    </Stacked>
  );
}

function Stacked({ children }: { children: React.ReactNode }) {
  return <div style={{ display: 'grid', gap: '0.75rem' }}>{children}</div>;
}
