/** Asks before tasks are revoked, terminated or retried, and tells what came of it. */
import { Alert, Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { BulkResult, TaskSummary } from '../../contract/operations.js';
import { describeError } from '../api/client.js';
import { actOnMatching, type TaskAction, type TaskFilters } from '../api/operations.js';
import { ErrorNote } from '../design/error-note.js';
import { useTexts } from '../language/language.js';
import { actOnEach } from './actions.js';

/** Some tasks of those that were chosen, or all that match the filters. */
export type Scope =
  | { kind: 'some'; tasks: readonly TaskSummary[]; chosen: number }
  | { kind: 'matching'; filters: TaskFilters; total: number };

interface Props {
  action: TaskAction;
  scope: Scope;
  /** `done` where something was asked of the server. */
  onClose: (done: boolean) => void;
}

export function TaskActionDialog({ action, scope, onClose }: Props) {
  const { language, t, fill } = useTexts();
  const words = t.operations.tasks;
  const queries = useQueryClient();
  const run = useMutation({
    mutationFn: () =>
      scope.kind === 'some'
        ? actOnEach(scope.tasks, action, (error) => describeError(language, error))
        : actOnMatching(action, scope.filters, scope.total),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['tasks'] }),
  });
  const count = scope.kind === 'some' ? scope.tasks.length : scope.total;
  const close = () => onClose(run.data !== undefined);
  return (
    <Modal
      opened
      onClose={close}
      title={fill(scope.kind === 'matching' ? words.askMatching[action] : words.ask[action], { count })}
      centered
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      {run.data ? (
        <Outcome action={action} result={run.data} onClose={close} />
      ) : (
        <Stack>
          <Text size="sm">{words.about[action]}</Text>
          {scope.kind === 'some' && scope.chosen > count ? (
            <Text size="sm">{fill(words.leftAside, { count: scope.chosen - count })}</Text>
          ) : null}
          {scope.kind === 'matching' ? <Text size="sm">{words.matchingAbout}</Text> : null}
          {run.error ? <ErrorNote error={run.error} /> : null}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t.operations.confirm.keep}
            </Button>
            <Button
              color={action === 'retry' ? undefined : 'red.8'}
              loading={run.isPending}
              data-autofocus
              data-testid="confirm"
              onClick={() => run.mutate()}
            >
              {words.action[action]}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function Outcome({ action, result, onClose }: { action: TaskAction; result: BulkResult; onClose: () => void }) {
  const { t, fill } = useTexts();
  const words = t.operations.tasks;
  const { matched, changed, refused } = result;
  const clean = refused.length === 0;
  return (
    <Stack data-testid="outcome">
      <Alert
        variant="light"
        color={clean ? 'teal' : 'yellow'}
        icon={clean ? <IconCircleCheck stroke={1.7} /> : <IconAlertTriangle stroke={1.7} />}
        role="status"
      >
        <Text size="sm" fw={600}>
          {fill(words.outcome[action], { changed, matched })}
        </Text>
        {clean ? null : (
          <List size="sm" mt={6} spacing={4}>
            {refused.map(({ code, message, count }) => (
              <List.Item key={code}>{fill(words.refused, { count, message })}</List.Item>
            ))}
          </List>
        )}
      </Alert>
      <Group justify="flex-end">
        <Button data-autofocus onClick={onClose}>
          {t.common.close}
        </Button>
      </Group>
    </Stack>
  );
}
