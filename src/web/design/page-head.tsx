import { Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** The title of a page with what it is for, and the actions at its right. */
export function PageHead({ title, lead, actions }: { title: ReactNode; lead?: ReactNode; actions?: ReactNode }) {
  return (
    <Group justify="space-between" align="flex-end" gap="md" mb="lg">
      <div>
        <Title order={1}>{title}</Title>
        {lead === undefined ? null : (
          <Text c="dimmed" mt={4}>
            {lead}
          </Text>
        )}
      </div>
      {actions}
    </Group>
  );
}
