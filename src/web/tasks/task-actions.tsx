import { Button, Group } from '@mantine/core';
import { IconBan, IconPlayerStop, IconReload } from '@tabler/icons-react';
import { useState } from 'react';
import type { Task } from '../../contract/operations.js';
import type { TaskAction } from '../api/operations.js';
import { useTexts } from '../language/language.js';
import { useMayOperate } from '../session/use-may-operate.js';
import { actionsFor } from './actions.js';
import { TaskActionDialog } from './task-action-dialog.js';

const icons = { revoke: IconBan, terminate: IconPlayerStop, retry: IconReload };

/** What can be done to the task as it is now. */
export function TaskActions({ task }: { task: Task }) {
  const { t } = useTexts();
  const words = t.operations.tasks;
  const mayOperate = useMayOperate();
  // What was asked about stays the same while the task goes on.
  const [asking, setAsking] = useState<{ action: TaskAction; task: Task } | null>(null);
  if (!mayOperate) return null;
  return (
    <>
      <Group gap="xs" role="group" aria-label={words.actions}>
        {actionsFor(task.status).map((action) => {
          const Icon = icons[action];
          return (
            <Button
              key={action}
              variant={action === 'retry' ? 'filled' : 'light'}
              color={action === 'retry' ? undefined : 'red'}
              leftSection={<Icon size={16} stroke={1.7} />}
              data-testid={action}
              onClick={() => setAsking({ action, task })}
            >
              {words.action[action]}
            </Button>
          );
        })}
      </Group>
      {asking === null ? null : (
        <TaskActionDialog
          action={asking.action}
          scope={{ kind: 'some', tasks: [asking.task], chosen: 1 }}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}
