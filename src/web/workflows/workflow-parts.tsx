/** Pieces of a workflow that its row and its card share. */
import { ActionIcon, Group, Menu, Progress, Stack, Text } from '@mantine/core';
import { IconDotsVertical, IconDownload, IconExternalLink, IconFile, IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type ArtifactName, artifactNames, type WorkflowSummary } from '../../contract/entities.js';
import { artifactUrl, workflowQuery } from '../api/queries.js';
import { StatusBadge } from '../design/status-badge.js';
import { useTexts } from '../language/language.js';
import classes from './workflows.module.css';

export function StatusCell({ workflow }: { workflow: WorkflowSummary }) {
  const { t, fill } = useTexts();
  const { status, epoch, epochs } = workflow;
  return (
    <Stack gap={5} align="flex-start">
      <StatusBadge of="workflow" status={status} />
      {status === 'RUNNING' && epoch > 0 ? (
        <>
          <Progress
            value={(100 * epoch) / Math.max(1, epochs)}
            size={4}
            w={110}
            aria-label={fill(t.list.epochOf, { epoch, epochs })}
          />
          <Text size="xs" c="dimmed" className="z-figures">
            {fill(t.list.epochOf, { epoch, epochs })}
          </Text>
        </>
      ) : null}
    </Stack>
  );
}

/** The chain at a glance: a link a step, in the colour of its status, and the words for those who do not see it. */
export function StepLinks({ workflow }: { workflow: WorkflowSummary }) {
  const { t, terms, fill } = useTexts();
  const words = workflow.steps
    .map(({ name, status }) => `${terms.steps[name]}: ${terms.stepStatus[status]}`)
    .join(', ');
  return (
    <span className={classes.steps} role="img" aria-label={fill(t.list.stepsAre, { steps: words })} title={words}>
      {workflow.steps.map(({ name, status }) => (
        <span key={name} className={classes.step} data-status={status} />
      ))}
    </span>
  );
}

function DownloadMenu({ id, name }: Pick<WorkflowSummary, 'id' | 'name'>) {
  const { t, fill } = useTexts();
  const [asked, setAsked] = useState(false);
  const { data } = useQuery({ ...workflowQuery(id), enabled: asked });
  // Runs of before there was a model.onnx have none: it can be taken once the run is known to have it.
  const offered = (artifact: ArtifactName): boolean =>
    data ? data.artifacts.some((one) => one.name === artifact) : artifact !== 'model.onnx';
  return (
    <Menu position="bottom-end" width={210} onOpen={() => setAsked(true)}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={fill(t.list.download, { name })}>
          <IconDownload size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {artifactNames.map((artifact) =>
          offered(artifact) ? (
            <Menu.Item
              key={artifact}
              component="a"
              href={artifactUrl(id, artifact)}
              download
              leftSection={<IconFile size={16} stroke={1.6} />}
            >
              {artifact}
            </Menu.Item>
          ) : (
            <Menu.Item key={artifact} disabled leftSection={<IconFile size={16} stroke={1.6} />}>
              {artifact}
            </Menu.Item>
          ),
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

export function WorkflowMenu({ workflow }: { workflow: WorkflowSummary }) {
  const { t, fill } = useTexts();
  const { id, name, status } = workflow;
  return (
    <Group gap={2} wrap="nowrap" justify="flex-end">
      {status === 'COMPLETED' ? <DownloadMenu id={id} name={name} /> : null}
      <Menu position="bottom-end" width={210}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={fill(t.list.actionsOf, { name })}>
            <IconDotsVertical size={18} stroke={1.6} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconExternalLink size={16} stroke={1.6} />}
            renderRoot={(props) => <Link to="/workflows/$id" params={{ id: String(id) }} {...props} />}
          >
            {t.list.open}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconPencil size={16} stroke={1.6} />}
            renderRoot={(props) => <Link to="/" search={{ from: id }} {...props} />}
          >
            {t.list.edit}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

/** How long it took, or takes. */
export function useDurationOf(): (workflow: WorkflowSummary) => string {
  const { t, format } = useTexts();
  return ({ durationMs, startedAt, status }) => {
    if (durationMs !== null) return format.duration(durationMs);
    if (startedAt !== null && status === 'RUNNING') return format.duration(Date.now() - Date.parse(startedAt));
    return t.common.none;
  };
}
