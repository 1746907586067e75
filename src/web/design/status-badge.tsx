/** What something is, as a sign and a word; never a colour alone. */
import { Badge, type BadgeProps } from '@mantine/core';
import {
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconPlayerPause,
  IconPlugConnectedX,
  IconPower,
  IconProgress,
  IconReload,
  IconTransferOut,
  type TablerIcon,
} from '@tabler/icons-react';
import type { StepStatus } from '../../contract/entities.js';
import type { AttemptEnd, TaskStatus, WorkerStatus } from '../../contract/operations.js';
import { useTexts } from '../language/language.js';
import classes from './status-badge.module.css';

/** How it is to be taken; the colours stand in the style sheet. */
export type Tone = 'quiet' | 'waiting' | 'active' | 'good' | 'bad';
type Look = readonly [Tone, TablerIcon];

const stepLooks: Record<StepStatus, Look> = {
  PENDING: ['quiet', IconCircleDashed],
  QUEUED: ['waiting', IconClock],
  RUNNING: ['active', IconProgress],
  COMPLETED: ['good', IconCircleCheck],
  FAILED: ['bad', IconCircleX],
  CANCELLED: ['quiet', IconBan],
};

const taskLooks: Record<TaskStatus, Look> = {
  PENDING: ['waiting', IconClock],
  STARTED: ['active', IconProgress],
  SUCCESS: ['good', IconCircleCheck],
  FAILURE: ['bad', IconCircleX],
  RETRY: ['waiting', IconReload],
  REVOKED: ['quiet', IconBan],
};

const workerLooks: Record<WorkerStatus, Look> = {
  online: ['good', IconCircleCheck],
  draining: ['waiting', IconPlayerPause],
  lost: ['bad', IconPlugConnectedX],
  offline: ['quiet', IconPower],
};

const attemptLooks: Record<AttemptEnd | 'running', Look> = {
  running: ['active', IconProgress],
  completed: ['good', IconCircleCheck],
  failed: ['bad', IconCircleX],
  retried: ['waiting', IconReload],
  lost: ['bad', IconPlugConnectedX],
  handed_back: ['quiet', IconTransferOut],
  revoked: ['quiet', IconBan],
};

/** How the end of an attempt is to be taken; one that runs has none yet. */
export const attemptTone = (end: AttemptEnd | null): Tone => attemptLooks[end ?? 'running'][0];

interface Props extends BadgeProps {
  status: StepStatus;
  of: 'workflow' | 'step';
  'data-testid'?: string;
}

/** The status of a workflow or a step; every status of a workflow is one of a step too. */
export function StatusBadge({ status, of, ...others }: Props) {
  const { terms } = useTexts();
  const words: Record<string, string> = of === 'workflow' ? terms.workflowStatus : terms.stepStatus;
  return <SignBadge look={stepLooks[status]} value={status} word={words[status] ?? status} {...others} />;
}

type Others = BadgeProps & { 'data-testid'?: string };

export function TaskBadge({ status, ...others }: Others & { status: TaskStatus }) {
  const { terms } = useTexts();
  return <SignBadge look={taskLooks[status]} value={status} word={terms.taskStatus[status]} {...others} />;
}

export function WorkerBadge({ status, ...others }: Others & { status: WorkerStatus }) {
  const { terms } = useTexts();
  return <SignBadge look={workerLooks[status]} value={status} word={terms.workerStatus[status]} {...others} />;
}

export function AttemptBadge({ end, ...others }: Others & { end: AttemptEnd | null }) {
  const { terms } = useTexts();
  const value = end ?? 'running';
  return <SignBadge look={attemptLooks[value]} value={value} word={terms.attemptEnd[value]} {...others} />;
}

function SignBadge({ look, value, word, ...others }: Others & { look: Look; value: string; word: string }) {
  const [tone, Icon] = look;
  return (
    <Badge
      className={classes.badge}
      tt="none"
      fw={600}
      radius="sm"
      leftSection={<Icon size={14} stroke={2} aria-hidden="true" />}
      data-tone={tone}
      data-status={value}
      {...others}
    >
      {word}
    </Badge>
  );
}
