import { Group, Paper, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './panel.module.css';

interface Props {
  title: string;
  lead?: string;
  /** Stands at the right of the title. */
  aside?: ReactNode;
  /** The content reaches the edges (tables). */
  flush?: boolean;
  children: ReactNode;
}

/** A titled part of a page. */
export function Panel({ title, lead, aside, flush = false, children }: Props) {
  const id = useId();
  return (
    <Paper component="section" aria-labelledby={id} className={classes.panel} radius="lg">
      <Group justify="space-between" gap="sm" className={classes.head}>
        <div>
          <Title order={2} id={id}>
            {title}
          </Title>
          {lead === undefined ? null : (
            <Text size="sm" c="dimmed">
              {lead}
            </Text>
          )}
        </div>
        {aside}
      </Group>
      <div className={flush ? undefined : classes.body}>{children}</div>
    </Paper>
  );
}
