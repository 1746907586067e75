import { Group, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { BackLink } from './back-link.js';

interface Props {
  back: { to: '/queue' | '/tasks' | '/workers'; text: string };
  title: ReactNode;
  /** The title is a name that a machine gave. */
  mono?: boolean;
  /** Stands below the title. */
  sub?: ReactNode;
  /** Stands behind the title: what it is, and how news arrives. */
  signs: ReactNode;
  actions?: ReactNode;
}

/** The head of a page about one thing. */
export function DetailsHead({ back, title, mono = false, sub, signs, actions }: Props) {
  return (
    <Stack gap={6} mb="lg">
      <BackLink to={back.to}>{back.text}</BackLink>
      <Group justify="space-between" align="center" gap="md">
        <Group gap="sm" miw={0}>
          <Title order={1} className="z-break">
            {mono ? <span className="z-mono">{title}</span> : title}
          </Title>
          {signs}
        </Group>
        {actions}
      </Group>
      {sub}
    </Stack>
  );
}
