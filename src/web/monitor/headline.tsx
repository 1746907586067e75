/** Name, status, how news arrives, and what can be done. */
import { Anchor, Button, Group, Modal, Stack, Text, Title, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import {
  IconArrowsJoin2,
  IconChevronLeft,
  IconPencil,
  IconPlayerPlay,
  IconRefresh,
  IconReload,
  IconX,
} from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { Workflow } from '../../contract/entities.js';
import { command } from '../api/queries.js';
import { ErrorNote } from '../design/error-note.js';
import { StatusBadge } from '../design/status-badge.js';
import { useTexts } from '../language/language.js';
import { hasEnded, type Link as LinkState } from '../live/live-state.js';
import classes from './monitor.module.css';

interface Props {
  workflow: Workflow;
  link: LinkState;
  onCompose: () => void;
  onRetried: () => void;
}

export function Headline(props: Props) {
  const { workflow, link } = props;
  const { t } = useTexts();
  return (
    <Stack gap={6}>
      <Anchor size="sm" c="dimmed" w="fit-content" renderRoot={(root) => <Link to="/workflows" {...root} />}>
        <Group gap={2} component="span">
          <IconChevronLeft size={15} aria-hidden="true" />
          {t.monitor.back}
        </Group>
      </Anchor>
      <Group justify="space-between" align="center" gap="md">
        <Group gap="sm" miw={0}>
          <Title order={1} className="z-break">
            {workflow.name}
          </Title>
          <Text c="dimmed" size="lg" className="z-figures">
            #{workflow.id}
          </Text>
          <StatusBadge of="workflow" status={workflow.status} size="lg" data-testid="workflow-status" />
          <LinkSign link={link} />
        </Group>
        <Actions {...props} />
      </Group>
    </Stack>
  );
}

function LinkSign({ link }: { link: LinkState }) {
  const { t } = useTexts();
  return (
    <Tooltip label={t.monitor.linksHelp[link]} multiline maw={260}>
      <span className={classes.link} data-link={link} role="status" data-testid="live-link">
        <span className={classes.dot} aria-hidden="true" />
        {t.monitor.links[link]}
      </span>
    </Tooltip>
  );
}

function Actions({ workflow, onCompose, onRetried }: Props) {
  const { t, fill } = useTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [asking, ask] = useDisclosure(false);
  const { id, status } = workflow;
  const onSettled = () => void queries.invalidateQueries({ queryKey: ['workflows'] });
  // One for all, so that what went wrong is told until the next is tried, and no longer.
  const act = useMutation({
    mutationFn: (action: 'run' | 'retry' | 'restart') => command(`/api/workflows/${id}/${action}`),
    onSettled,
    onSuccess: (started, action) => {
      if (action === 'retry') onRetried();
      if (action !== 'restart') return;
      notifications.show({ message: fill(t.monitor.actions.restarted, { id: String(started) }) });
      void navigate({ to: '/workflows/$id', params: { id: String(started) } });
    },
  });
  const acts = (action: typeof act.variables) => act.isPending && act.variables === action;
  const cancel = useMutation({
    mutationFn: () => command(`/api/workflows/${id}/cancel`),
    onSettled,
    onSuccess: ask.close,
  });
  const icon = { size: 16, stroke: 1.7 };
  return (
    <>
      <Group gap="xs" role="group" aria-label={t.monitor.actions.title}>
        {status === 'PENDING' ? (
          <Button
            data-testid="run"
            leftSection={<IconPlayerPlay {...icon} />}
            loading={acts('run')}
            onClick={() => act.mutate('run')}
          >
            {t.monitor.actions.run}
          </Button>
        ) : null}
        {status === 'FAILED' || status === 'CANCELLED' ? (
          <Tooltip label={t.monitor.actions.retryHelp}>
            <Button
              data-testid="retry"
              leftSection={<IconReload {...icon} />}
              loading={acts('retry')}
              onClick={() => act.mutate('retry')}
            >
              {t.monitor.actions.retry}
            </Button>
          </Tooltip>
        ) : null}
        <Tooltip label={t.monitor.actions.restartHelp}>
          <Button
            variant="default"
            data-testid="restart"
            leftSection={<IconRefresh {...icon} />}
            loading={acts('restart')}
            onClick={() => act.mutate('restart')}
          >
            {t.monitor.actions.restart}
          </Button>
        </Tooltip>
        <Button
          variant="default"
          data-testid="edit"
          leftSection={<IconPencil {...icon} />}
          renderRoot={(props) => <Link to="/" search={{ from: id }} {...props} />}
        >
          {t.monitor.actions.edit}
        </Button>
        <Button variant="default" data-testid="compose" leftSection={<IconArrowsJoin2 {...icon} />} onClick={onCompose}>
          {t.monitor.actions.compose}
        </Button>
        {hasEnded(status) ? null : (
          <Button
            variant="light"
            color="red"
            data-testid="cancel"
            leftSection={<IconX {...icon} />}
            onClick={() => {
              act.reset();
              cancel.reset();
              ask.open();
            }}
          >
            {t.monitor.actions.cancel}
          </Button>
        )}
      </Group>
      {act.error ? (
        <div style={{ flexBasis: '100%' }}>
          <ErrorNote title={t.monitor.actions.failed} error={act.error} onClose={act.reset} />
        </div>
      ) : null}
      <Modal
        opened={asking && !hasEnded(status)}
        onClose={ask.close}
        title={t.monitor.cancel.title}
        centered
        closeButtonProps={{ 'aria-label': t.common.close }}
      >
        <Stack>
          <Text size="sm">{t.monitor.cancel.text}</Text>
          {cancel.error ? <ErrorNote error={cancel.error} /> : null}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={ask.close}>
              {t.monitor.cancel.keep}
            </Button>
            <Button
              color="red.8"
              data-testid="confirm-cancel"
              loading={cancel.isPending}
              onClick={() => cancel.mutate()}
            >
              {t.monitor.cancel.confirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
