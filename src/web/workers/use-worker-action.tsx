/** Asks a worker to do something and tells its answer, which comes later. */
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { WorkerAction } from '../../contract/operations.js';
import { describeError } from '../api/client.js';
import { actOnWorker, fetchWorker } from '../api/operations.js';
import { useTexts } from '../language/language.js';
import { answerOf } from './answer.js';

export function useWorkerAction(name: string): { act: (action: WorkerAction) => void; pending: boolean } {
  const { language, t, fill } = useTexts();
  const words = t.operations.workers;
  const queries = useQueryClient();
  const mutation = useMutation({
    mutationFn: async (action: WorkerAction) => {
      const id = notifications.show({
        message: fill(words.asked[action], { name }),
        loading: true,
        autoClose: false,
        withCloseButton: false,
      });
      const tell = (ok: boolean, message: string) =>
        notifications.update({
          id,
          message,
          loading: false,
          color: ok ? 'teal' : 'red',
          icon: ok ? <IconCheck size={18} /> : <IconAlertTriangle size={18} />,
          autoClose: ok ? 6000 : 15_000,
          withCloseButton: true,
        });
      try {
        const command = await actOnWorker(name, action, 1);
        const answered = await answerOf(command.id, () => fetchWorker(name));
        if (answered === null) tell(false, fill(words.noAnswer, { name }));
        else {
          const text = answered.answer ?? (answered.ok === true ? words.answeredYes : words.answeredNo);
          tell(answered.ok === true, fill(words.answered, { name, text }));
        }
      } catch (error) {
        const { message, hint } = describeError(language, error);
        tell(false, `${message} ${hint}`);
      }
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: ['workers'] }),
  });
  return { act: mutation.mutate, pending: mutation.isPending };
}
