import { Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** Why nothing is here, and the way on. */
export function EmptyState(props: { icon: TablerIcon; title: string; text?: string; children?: ReactNode }) {
  const { icon: Icon, title, text, children } = props;
  return (
    <Stack align="center" gap="sm" py={56} px="md" ta="center">
      <ThemeIcon variant="light" size={52} radius="xl">
        <Icon size={26} stroke={1.6} />
      </ThemeIcon>
      <Title order={2}>{title}</Title>
      {text === undefined ? null : (
        <Text c="dimmed" size="sm" maw={440}>
          {text}
        </Text>
      )}
      {children}
    </Stack>
  );
}
