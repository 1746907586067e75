import { Badge, type BadgeProps } from '@mantine/core';
import {
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconProgress,
  type TablerIcon,
} from '@tabler/icons-react';
import type { StepStatus } from '../../contract/entities.js';
import { useTexts } from '../language/language.js';
import classes from './status-badge.module.css';

/** Sign of each status, beside its word; the colours stand in the style sheet. */
const icons: Record<StepStatus, TablerIcon> = {
  PENDING: IconCircleDashed,
  QUEUED: IconClock,
  RUNNING: IconProgress,
  COMPLETED: IconCircleCheck,
  FAILED: IconCircleX,
  CANCELLED: IconBan,
};

interface Props extends BadgeProps {
  status: StepStatus;
  of: 'workflow' | 'step';
  'data-testid'?: string;
}

/** The status of a workflow or a step; every status of a workflow is one of a step too. */
export function StatusBadge({ status, of, ...others }: Props) {
  const { terms } = useTexts();
  const Icon = icons[status];
  const words: Record<string, string> = of === 'workflow' ? terms.workflowStatus : terms.stepStatus;
  return (
    <Badge
      className={classes.badge}
      tt="none"
      fw={600}
      radius="sm"
      leftSection={<Icon size={14} stroke={2} aria-hidden="true" />}
      data-status={status}
      {...others}
    >
      {words[status] ?? status}
    </Badge>
  );
}
