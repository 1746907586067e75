import { Anchor, Group } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';

/** From one of many to all of them. */
export function BackLink({ to, children }: { to: '/queue' | '/tasks' | '/workers'; children: string }) {
  return (
    <Anchor size="sm" c="dimmed" w="fit-content" renderRoot={(root) => <Link to={to} {...root} />}>
      <Group gap={2} component="span">
        <IconChevronLeft size={15} aria-hidden="true" />
        {children}
      </Group>
    </Anchor>
  );
}
