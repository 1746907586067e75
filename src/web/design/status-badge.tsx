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

/** Colour and sign of each status; the word always stands beside them. */
const looks: Record<StepStatus, { color: string; icon: TablerIcon }> = {
  PENDING: { color: 'gray', icon: IconCircleDashed },
  QUEUED: { color: 'yellow', icon: IconClock },
  RUNNING: { color: 'accent', icon: IconProgress },
  COMPLETED: { color: 'teal', icon: IconCircleCheck },
  FAILED: { color: 'red', icon: IconCircleX },
  CANCELLED: { color: 'gray', icon: IconBan },
};

interface Props extends BadgeProps {
  status: StepStatus;
  of: 'workflow' | 'step';
  'data-testid'?: string;
}

/** The status of a workflow or a step; every status of a workflow is one of a step too. */
export function StatusBadge({ status, of, ...others }: Props) {
  const { terms } = useTexts();
  const { color, icon: Icon } = looks[status];
  const words: Record<string, string> = of === 'workflow' ? terms.workflowStatus : terms.stepStatus;
  return (
    <Badge
      variant="light"
      color={color}
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
