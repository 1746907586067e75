/** The chain: a card a step. */
import { Group, Progress, Stack, Text, Title } from '@mantine/core';
import type { CSSProperties } from 'react';
import type { Step, StepWaiting } from '../../contract/entities.js';
import { StoredErrorNote } from '../design/error-note.js';
import { type Fact, FactList } from '../design/fact-list.js';
import { StatusBadge } from '../design/status-badge.js';
import { useTexts } from '../language/language.js';
import { CodeBlock } from '../operations/code-block.js';
import { TaskIdLink, WorkerLink } from '../operations/links.js';
import classes from './monitor.module.css';

interface Props {
  steps: readonly Step[];
  now: number;
  /** The workflow has: what has not run does not wait. */
  ended: boolean;
}

export function StepsPanel({ steps, now, ended }: Props) {
  const { t } = useTexts();
  return (
    <ol
      className={classes.steps}
      data-steps={steps.length}
      style={{ '--steps': steps.length } as CSSProperties}
      aria-label={t.monitor.steps.title}
    >
      {steps.map((step) => (
        <li key={step.name} className={classes.step} data-testid={`step-${step.name}`} data-status={step.status}>
          <StepCard step={step} now={now} ended={ended} />
        </li>
      ))}
    </ol>
  );
}

interface StepProps {
  step: Step;
  now: number;
  ended: boolean;
}

function StepCard({ step, now, ended }: StepProps) {
  const { t, terms } = useTexts();
  const { status, error } = step;
  return (
    <>
      <div>
        <Group justify="space-between" wrap="nowrap">
          <Title order={2}>{terms.steps[step.name]}</Title>
          <StatusBadge of="step" status={status} style={{ flex: 'none' }} />
        </Group>
        <Text size="xs" c="dimmed">
          {t.monitor.steps.about[step.name]}
        </Text>
      </div>
      <Stack gap="sm">
        {status === 'RUNNING' ? <StepProgress step={step} /> : null}
        <Waiting step={step} now={now} ended={ended} />
        {error ? <StoredErrorNote title={status === 'FAILED' ? '' : t.monitor.steps.lastFault} error={error} /> : null}
        <StepFacts step={step} now={now} />
        <Answer step={step} />
      </Stack>
    </>
  );
}

function StepProgress({ step }: { step: Step }) {
  const { t, terms, fill, format } = useTexts();
  const { progress } = step;
  if (progress === null || progress.total <= 0) {
    return <Progress value={100} size="sm" animated aria-label={terms.steps[step.name]} />;
  }
  const { done, total, unit } = progress;
  const text =
    unit === 'bytes'
      ? fill(t.monitor.steps.progress.bytes, { done: format.bytes(done), total: format.bytes(total) })
      : fill(t.monitor.steps.progress[unit], { done, total });
  return (
    <div>
      <Progress value={Math.min(100, (100 * done) / total)} size="sm" aria-label={text} />
      <Text size="xs" c="dimmed" mt={4} className="z-figures">
        {text}
      </Text>
    </div>
  );
}

function Waiting({ step, now, ended }: StepProps) {
  const { t, terms, fill, format } = useTexts();
  const { status, retryAt, waiting } = step;
  let text: string | null = null;
  if (ended) {
    text = status === 'PENDING' || status === 'QUEUED' ? t.monitor.steps.notRun : null;
  } else if ((status === 'PENDING' || status === 'QUEUED') && retryAt !== null) {
    const wait = Date.parse(retryAt) - now;
    text =
      wait > 0
        ? fill(t.monitor.steps.retryIn, { time: format.duration(Math.ceil(wait / 1000) * 1000) })
        : t.monitor.steps.retryNow;
  } else if (status === 'PENDING') {
    text = t.monitor.steps.notYet;
  } else if (status === 'QUEUED') {
    text = waiting ? fill(terms.waitingReasons[waiting.reason], placeOf(waiting)) : t.monitor.steps.waits;
  }
  return text === null ? null : (
    <Text size="sm" c="dimmed">
      {text}
    </Text>
  );
}

const placeOf = ({ position, queue }: StepWaiting) => ({ position: position ?? '', queue: queue ?? '' });

function StepFacts({ step, now }: { step: Step; now: number }) {
  const { t, format } = useTexts();
  const { steps } = t.monitor;
  const { queuedAt, startedAt, completedAt, durationMs, attempt, worker, taskId, status } = step;
  const facts: Fact[] = [];
  if (queuedAt !== null) facts.push({ name: steps.queued, value: <Clock iso={queuedAt} /> });
  if (startedAt !== null) facts.push({ name: steps.started, value: <Clock iso={startedAt} /> });
  if (completedAt !== null) facts.push({ name: steps.ended, value: <Clock iso={completedAt} /> });
  if (durationMs !== null) facts.push({ name: steps.duration, value: format.duration(durationMs) });
  else if (startedAt !== null && status === 'RUNNING') {
    const running = Math.max(0, Math.floor((now - Date.parse(startedAt)) / 1000) * 1000);
    facts.push({ name: steps.duration, value: format.duration(running) });
  }
  if (attempt > 0) facts.push({ name: steps.attempt, value: String(attempt) });
  if (worker !== null) facts.push({ name: steps.worker, value: <WorkerLink name={worker} /> });
  if (taskId !== null) facts.push({ name: steps.task, value: <TaskIdLink id={taskId} /> });
  return facts.length === 0 ? null : <FactList facts={facts} />;
}

/** What the Celery task of a custom step returned. */
function Answer({ step }: { step: Step }) {
  const { t } = useTexts();
  if (step.name !== 'custom' || step.result === null) return null;
  const { answer } = t.monitor.steps;
  return (
    <div>
      <Text size="xs" c="dimmed" mb={4}>
        {answer}
      </Text>
      <CodeBlock label={answer} text={JSON.stringify(step.result.result ?? null, null, 2)} />
    </div>
  );
}

function Clock({ iso }: { iso: string }) {
  const { format } = useTexts();
  return (
    <time dateTime={iso} title={format.moment(iso)}>
      {format.clock(iso)}
    </time>
  );
}
