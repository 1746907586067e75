import { ActionIcon, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconChevronsLeft, IconChevronsRight } from '@tabler/icons-react';
import { useTexts } from '../language/language.js';

interface Props {
  /** From 0. */
  page: number;
  pageSize: number;
  total: number;
  onPage: (page: number) => void;
  /** Names `{from}`, `{to}` and `{total}`; a plain range where unsaid. */
  text?: string;
}

/** Steps through pages that are all here already. */
export function Pager({ page, pageSize, total, onPage, text }: Props) {
  const { t, fill } = useTexts();
  const last = Math.max(0, Math.ceil(total / pageSize) - 1);
  const range = fill(text ?? t.common.range, {
    from: Math.min(total, page * pageSize + 1),
    to: Math.min(total, (page + 1) * pageSize),
    total,
  });
  const step = (label: string, to: number, Icon: typeof IconChevronLeft) => (
    <ActionIcon
      variant="default"
      size="md"
      aria-label={label}
      disabled={to === page || to < 0 || to > last}
      onClick={() => onPage(to)}
    >
      <Icon size={16} stroke={1.7} />
    </ActionIcon>
  );
  return (
    <Group gap={6} wrap="nowrap">
      <Text size="xs" c="dimmed" className="z-figures" mr={4}>
        {range}
      </Text>
      {last > 1 ? step(t.common.first, 0, IconChevronsLeft) : null}
      {step(t.common.previous, page - 1, IconChevronLeft)}
      {step(t.common.next, page + 1, IconChevronRight)}
      {last > 1 ? step(t.common.last, last, IconChevronsRight) : null}
    </Group>
  );
}
