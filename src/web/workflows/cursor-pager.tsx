/** Next and back over a list that is paged by cursors. The way back is kept in the history entry. */
import { Button, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import type { WorkflowList } from '../../contract/api.js';
import { useTexts } from '../language/language.js';
import type { ListSearch } from './search.js';

interface Props {
  search: ListSearch;
  list: WorkflowList;
  pageSize: number;
}

export function CursorPager({ search, list, pageSize }: Props) {
  const { t, fill } = useTexts();
  const navigate = useNavigate();
  const earlier = useRouterState({ select: ({ location }) => location.state.earlierCursors });
  const { cursor } = search;
  const { nextCursor, total, items } = list;
  if (cursor === undefined && nextCursor === null) return null;
  // A link that was sent to somebody else has no way back but to the beginning.
  const page = cursor === undefined ? 0 : earlier?.length;
  const go = (to: string | undefined, trail: string[]) =>
    void navigate({ to: '/workflows', search: { ...search, cursor: to }, state: { earlierCursors: trail } });
  const from = page === undefined ? undefined : page * pageSize + 1;
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed" className="z-figures">
        {from === undefined ? '' : fill(t.common.range, { from, to: from + items.length - 1, total })}
      </Text>
      <Group gap="xs">
        <Button
          variant="default"
          size="sm"
          disabled={cursor === undefined}
          leftSection={<IconChevronLeft size={16} />}
          onClick={() => go(earlier?.at(-1) || undefined, (earlier ?? []).slice(0, -1))}
        >
          {page === undefined ? t.common.first : t.common.previous}
        </Button>
        <Button
          variant="default"
          size="sm"
          disabled={nextCursor === null}
          rightSection={<IconChevronRight size={16} />}
          onClick={() => {
            if (nextCursor !== null) go(nextCursor, [...(earlier ?? []), cursor ?? '']);
          }}
        >
          {t.common.next}
        </Button>
      </Group>
    </Group>
  );
}
