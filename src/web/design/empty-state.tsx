import { Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface Props {
  icon: TablerIcon;
  title: string;
  text?: string;
  /** It is all that the page has, so its title is the page's. */
  wholePage?: boolean;
  children?: ReactNode;
}

/** Why nothing is here, and the way on. */
export function EmptyState({ icon: Icon, title, text, wholePage = false, children }: Props) {
  return (
    <Stack align="center" gap="sm" py={56} px="md" ta="center">
      <ThemeIcon variant="light" size={52} radius="xl">
        <Icon size={26} stroke={1.6} />
      </ThemeIcon>
      <Title order={wholePage ? 1 : 2} size="h2">
        {title}
      </Title>
      {text === undefined ? null : (
        <Text c="dimmed" size="sm" maw={440}>
          {text}
        </Text>
      )}
      {children}
    </Stack>
  );
}
