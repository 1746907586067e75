/** What empties a queue; the name is typed before it is done, and the page tells what came of it. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconArrowBackUp, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { QueueDetails } from '../../contract/operations.js';
import { clearQueue } from '../api/operations.js';
import { useTexts } from '../language/language.js';
import { Confirm } from '../operations/confirm.js';
import { useMayOperate } from '../session/use-may-operate.js';

export function QueueActions({ queue }: { queue: QueueDetails }) {
  const { t, fill } = useTexts();
  const words = t.operations.queue;
  const queries = useQueryClient();
  const [asking, setAsking] = useState<'purge' | 'move' | null>(null);
  const clear = useMutation({
    mutationFn: ({ how, confirm }: { how: 'purge' | 'move'; confirm: string }) => clearQueue(queue.name, how, confirm),
    onSuccess: ({ message, hint }) => {
      setAsking(null);
      notifications.show({ title: message, message: hint, autoClose: 15_000 });
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: ['queues'] }),
  });
  const mayOperate = useMayOperate();
  if (!mayOperate) return null;
  const ask = (how: 'purge' | 'move') => {
    clear.reset();
    setAsking(how);
  };
  const empty = queue.ready === 0;
  const how = asking ?? 'purge';
  const about = queue.dead && how === 'purge' ? words.ask.purgeDead : words.ask[how];
  return (
    <>
      <Group gap="xs" role="group" aria-label={words.actions}>
        {queue.dead ? (
          <Button
            variant="default"
            data-testid="move"
            disabled={empty}
            leftSection={<IconArrowBackUp size={16} stroke={1.7} />}
            onClick={() => ask('move')}
          >
            {words.move}
          </Button>
        ) : null}
        <Button
          variant="light"
          color="red"
          data-testid="purge"
          disabled={empty}
          leftSection={<IconTrash size={16} stroke={1.7} />}
          onClick={() => ask('purge')}
        >
          {words.purge}
        </Button>
      </Group>
      <Confirm
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={fill(words.askTitle[how], { name: queue.name })}
        action={words[how]}
        danger={how === 'purge'}
        typed={queue.name}
        error={clear.error}
        loading={clear.isPending}
        onConfirm={(confirm) => clear.mutate({ how, confirm })}
      >
        <Stack gap={6}>
          <Text size="sm">{fill(about, { count: queue.ready })}</Text>
        </Stack>
      </Confirm>
    </>
  );
}
