/** Parts that a worker's row, card and page share. */
import { Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { WorkerInfo } from '../../contract/operations.js';
import type { QueueName } from '../../contract/tasks.js';
import { useTexts } from '../language/language.js';
import { TaskLink } from '../operations/links.js';
import classes from '../operations/operations.module.css';
import { StepProgress } from '../operations/step-progress.js';
import { wholeSeconds } from '../operations/times.js';

/** Of the steps that every worker can run. */
const ownQueues: readonly QueueName[] = ['zincir.upload', 'zincir.preprocess', 'zincir.train'];

/** The queues by the steps that they are for, where it does not take from all. */
export function QueuesText({ queues }: { queues: readonly string[] }) {
  const { t } = useTexts();
  const all = ownQueues.every((name) => queues.includes(name));
  const text = all ? t.operations.workers.allQueues : queues.map((name) => name.replace(/^zincir\./, '')).join(', ');
  return <span title={queues.join(', ')}>{text}</span>;
}

/** Running of how many, the first task with how far it has come, and the way to the others. */
export function ActiveCell({ worker }: { worker: WorkerInfo }) {
  const { t, terms, fill } = useTexts();
  const words = t.operations.workers;
  const { active, slots, name } = worker;
  const [first] = active;
  return (
    <div className={classes.active}>
      <div className="z-figures">
        {fill(words.activeOf, { active: active.length, slots })}
        {first ? ' · ' : ''}
        {first ? <TaskLink task={first} fw={500} /> : null}
        {active.length > 1 ? (
          <>
            {' '}
            <Link to="/tasks" search={{ worker: name, state: 'STARTED' }} className={classes.more}>
              {fill(words.moreTasks, { count: active.length - 1 })}
            </Link>
          </>
        ) : null}
      </div>
      {first ? <StepProgress progress={first.progress} label={terms.steps[first.step.name]} /> : null}
    </div>
  );
}

export function DoneCell({ worker }: { worker: WorkerInfo }) {
  const { t, fill, format } = useTexts();
  const words = t.operations.workers;
  return (
    <>
      {format.count(worker.processed)}
      <div className={classes.sub}>{fill(words.failedRetried, { failed: worker.failed, retried: worker.retried })}</div>
    </>
  );
}

export function MemoryCell({ worker }: { worker: WorkerInfo }) {
  const { t, fill, format } = useTexts();
  const { memoryBytes, childrenBytes } = worker;
  if (memoryBytes === null) return t.common.none;
  return (
    <>
      {format.bytes(memoryBytes)}
      {childrenBytes === null ? null : (
        <div className={classes.sub}>
          {fill(t.operations.workers.inChildren, { size: format.bytes(childrenBytes) })}
        </div>
      )}
    </>
  );
}

/** Below this a clock is right. */
const driftToTellMs = 2000;

/** When it was heard of last, and whether its clock is wrong. */
export function HeartbeatCell({ worker, now }: { worker: WorkerInfo; now: number }) {
  const { t, fill, format } = useTexts();
  const words = t.operations.workers;
  const { status, heartbeatAt, clockDriftMs } = worker;
  const age = Math.max(1000, wholeSeconds(now - Date.parse(heartbeatAt)));
  const gone = status === 'offline';
  const drift = clockDriftMs !== null && Math.abs(clockDriftMs) >= driftToTellMs ? clockDriftMs : null;
  return (
    <>
      <time dateTime={heartbeatAt} title={format.moment(heartbeatAt)}>
        {gone ? format.moment(heartbeatAt) : fill(words.ago, { time: format.duration(age) })}
      </time>
      {drift === null ? null : (
        <Text size="xs" component="div" className={classes.warned}>
          <IconAlertTriangle size={13} stroke={1.8} aria-hidden="true" />
          {fill(drift > 0 ? words.clockAhead : words.clockBehind, { time: format.duration(Math.abs(drift)) })}
        </Text>
      )}
    </>
  );
}

/** The load of the last minute, and those of five and fifteen. */
export function LoadCell({ worker }: { worker: WorkerInfo }) {
  const { t, format } = useTexts();
  if (worker.load === null) return t.common.none;
  const [one, five, fifteen] = worker.load.map((value) => value.toFixed(2)).map(Number);
  const text = (value: number | undefined) => format.number(value ?? 0, 3);
  return (
    <span title={t.operations.workers.loadHelp}>
      {text(one)}
      <div className={classes.sub}>
        {text(five)} · {text(fifteen)}
      </div>
    </span>
  );
}
