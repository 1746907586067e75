/** Next and back over a list that is paged by cursors. The way back is kept in the history entry. */
import { Button, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useRouterState } from '@tanstack/react-router';
import { useTexts } from '../language/language.js';

export interface CursorPagerProps {
  cursor: string | undefined;
  list: { nextCursor: string | null; total: number; totalAtLeast?: boolean; items: readonly unknown[] };
  pageSize: number;
  /** Goes to the page of a cursor (the first one without), with the cursors of the pages before it. */
  onPage: (cursor: string | undefined, earlierCursors: string[]) => void;
}

export function CursorPager({ cursor, list, pageSize, onPage }: CursorPagerProps) {
  const { t, fill } = useTexts();
  const earlier = useRouterState({ select: ({ location }) => location.state.earlierCursors });
  const { nextCursor, total, totalAtLeast = false, items } = list;
  if (cursor === undefined && nextCursor === null) return null;
  // A link that was sent to somebody else has no way back but to the beginning.
  const page = cursor === undefined ? 0 : earlier?.length;
  const from = page === undefined ? undefined : page * pageSize + 1;
  const range = totalAtLeast ? t.common.rangeOfMany : t.common.range;
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed" className="z-figures">
        {from === undefined ? '' : fill(range, { from, to: from + items.length - 1, total })}
      </Text>
      <Group gap="xs">
        <Button
          variant="default"
          size="sm"
          disabled={cursor === undefined}
          leftSection={<IconChevronLeft size={16} />}
          onClick={() => onPage(earlier?.at(-1) || undefined, (earlier ?? []).slice(0, -1))}
        >
          {page === undefined ? t.common.first : t.common.previous}
        </Button>
        <Button
          variant="default"
          size="sm"
          disabled={nextCursor === null}
          rightSection={<IconChevronRight size={16} />}
          onClick={() => {
            if (nextCursor !== null) onPage(nextCursor, [...(earlier ?? []), cursor ?? '']);
          }}
        >
          {t.common.next}
        </Button>
      </Group>
    </Group>
  );
}
