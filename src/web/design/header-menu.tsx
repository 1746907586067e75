/** A quiet button in the head of every page that opens a menu. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import type { TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface Props {
  icon: TablerIcon;
  /** What it is, in words, with its value. */
  label: string;
  /** What stands beside the sign; the sign alone where there is nothing. */
  text?: string;
  width: number;
  children: ReactNode;
}

const quiet = { variant: 'subtle', color: 'gray', c: 'dimmed' } as const;

export function HeaderMenu({ icon: Icon, label, text, width, children }: Props) {
  return (
    <Menu position="bottom-end" width={width}>
      <Menu.Target>
        {text === undefined ? (
          <ActionIcon {...quiet} size="lg" aria-label={label}>
            <Icon size={19} stroke={1.6} />
          </ActionIcon>
        ) : (
          <Button
            {...quiet}
            size="compact-sm"
            maw={140}
            leftSection={<Icon size={18} stroke={1.6} />}
            aria-label={label}
          >
            {text}
          </Button>
        )}
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
