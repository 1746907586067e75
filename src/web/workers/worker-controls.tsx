/** What can be asked of a worker: as a menu in a row, or as buttons on its page. */
import { ActionIcon, Button, Group, Menu, Stack, Text } from '@mantine/core';
import { IconDotsVertical, IconMinus, IconPlayerPause, IconPlayerPlay, IconPlus, IconPower } from '@tabler/icons-react';
import { useState } from 'react';
import type { WorkerAction, WorkerInfo } from '../../contract/operations.js';
import { useTexts } from '../language/language.js';
import { Confirm } from '../operations/confirm.js';
import { useMayOperate } from '../session/use-may-operate.js';
import { useWorkerAction } from './use-worker-action.js';

interface Props {
  worker: WorkerInfo;
  /** Queues that nobody takes from any more without it. */
  leftAlone: readonly string[];
  as: 'menu' | 'buttons';
}

const icons = {
  grow: IconPlus,
  shrink: IconMinus,
  quiet: IconPlayerPause,
  resume: IconPlayerPlay,
  shutdown: IconPower,
};

const largestPool = 256;

export function WorkerControls({ worker, leftAlone, as }: Props) {
  const { t, fill } = useTexts();
  const words = t.operations.workers;
  const { name, status, slots, active } = worker;
  const { act, pending } = useWorkerAction(name);
  const [asking, setAsking] = useState<'quiet' | 'shutdown' | null>(null);
  const mayOperate = useMayOperate();
  if (!mayOperate || (status !== 'online' && status !== 'draining')) return null;
  const actions: WorkerAction[] = ['grow', 'shrink', status === 'draining' ? 'resume' : 'quiet', 'shutdown'];
  const impossible = (action: WorkerAction) =>
    (action === 'shrink' && slots <= 1) || (action === 'grow' && slots >= largestPool);
  const begin = (action: WorkerAction) => {
    // Only what stops work is asked about: the last one of a queue that goes quiet, and every one that ends.
    if (action === 'shutdown' || (action === 'quiet' && leftAlone.length > 0)) setAsking(action);
    else act(action);
  };
  const sign = (action: WorkerAction) => {
    const Icon = icons[action];
    return <Icon size={16} stroke={1.7} />;
  };
  return (
    <>
      {as === 'menu' ? (
        <Menu position="bottom-end" width={220}>
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={fill(words.actionsOf, { name })}
              data-testid={`actions-${name}`}
            >
              <IconDotsVertical size={18} stroke={1.6} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {actions.map((action) => (
              <Menu.Item
                key={action}
                color={action === 'shutdown' ? 'red' : undefined}
                leftSection={sign(action)}
                disabled={pending || impossible(action)}
                data-testid={action}
                onClick={() => begin(action)}
              >
                {words.action[action]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : (
        <Group gap="xs" role="group" aria-label={fill(words.actionsOf, { name })}>
          {actions.map((action) => (
            <Button
              key={action}
              variant={action === 'shutdown' ? 'light' : 'default'}
              color={action === 'shutdown' ? 'red' : undefined}
              leftSection={sign(action)}
              disabled={pending || impossible(action)}
              data-testid={action}
              onClick={() => begin(action)}
            >
              {words.action[action]}
            </Button>
          ))}
        </Group>
      )}
      <Confirm
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={fill(words.ask[asking ?? 'shutdown'], { name })}
        action={words.action[asking ?? 'shutdown']}
        danger
        error={null}
        loading={false}
        onConfirm={() => {
          if (asking !== null) act(asking);
          setAsking(null);
        }}
      >
        <Stack gap={8}>
          <Text size="sm">{words.about[asking ?? 'shutdown']}</Text>
          {asking === 'shutdown' && active.length > 0 ? (
            <Text size="sm">{fill(words.handsBack, { count: active.length })}</Text>
          ) : null}
          {leftAlone.length > 0 ? (
            <Text size="sm" fw={600}>
              {fill(words.leftAlone, { queues: leftAlone.join(', ') })}
            </Text>
          ) : null}
        </Stack>
      </Confirm>
    </>
  );
}
