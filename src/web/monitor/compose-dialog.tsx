/** Data of one workflow, settings of another: both sides are looked at before it starts. */
import {
  Alert,
  Badge,
  Button,
  Group,
  Modal,
  Radio,
  Select,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { DatasetProfile, Workflow } from '../../contract/entities.js';
import { command, profileQuery, workflowQuery, workflowsQuery } from '../api/queries.js';
import { ErrorNote } from '../design/error-note.js';
import { FactList } from '../design/fact-list.js';
import { useTexts } from '../language/language.js';
import classes from './compose-dialog.module.css';
import { checkComposition } from './composition.js';
import { configRows } from './config-panel.js';

const offered = 20;

export function ComposeDialog({ workflow, onClose }: { workflow: Workflow; onClose: () => void }) {
  const { t } = useTexts();
  const [otherId, setOtherId] = useState<number | null>(null);
  const other = useQuery({ ...workflowQuery(otherId ?? 0), enabled: otherId !== null });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t.compose.title}
      size="xl"
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t.compose.lead}
        </Text>
        <OtherSelect self={workflow.id} value={otherId} onChange={setOtherId} />
        {otherId === null ? (
          <Text size="sm" c="dimmed">
            {t.compose.choose}
          </Text>
        ) : null}
        {other.error ? <ErrorNote error={other.error} /> : null}
        {otherId !== null && other.isPending ? <Skeleton height={220} radius="md" /> : null}
        {other.data ? <Composition workflow={workflow} other={other.data} onClose={onClose} /> : null}
      </Stack>
    </Modal>
  );
}

interface OtherProps {
  self: number;
  value: number | null;
  onChange: (id: number | null) => void;
}

function OtherSelect({ self, value, onChange }: OtherProps) {
  const { t, terms } = useTexts();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState<{ value: string; label: string } | null>(null);
  // The text of what was chosen is no search.
  const [search] = useDebouncedValue(typed === chosen?.label ? '' : typed.trim(), 250);
  const { data } = useQuery(workflowsQuery({ search: search || undefined, limit: offered }));
  const found = (data?.items ?? [])
    .filter(({ id }) => id !== self)
    .map(({ id, name, model, dataset }) => ({
      value: String(id),
      label: `#${id} ${name} · ${terms.models[model]} · ${dataset.fileName}`,
    }));
  const options = chosen && !found.some((option) => option.value === chosen.value) ? [chosen, ...found] : found;
  return (
    <Select
      label={t.compose.other}
      placeholder={t.compose.otherPlaceholder}
      data-testid="compose-other"
      searchable
      data={options}
      // The server has searched; what it found is shown as it is.
      filter={({ options: all }) => all}
      nothingFoundMessage={t.compose.nothing}
      searchValue={typed}
      onSearchChange={setTyped}
      value={value === null ? null : String(value)}
      onChange={(id) => {
        setChosen(options.find((option) => option.value === id) ?? null);
        onChange(id === null ? null : Number(id));
      }}
      data-autofocus
    />
  );
}

function Composition({ workflow, other, onClose }: { workflow: Workflow; other: Workflow; onClose: () => void }) {
  const { t, fill } = useTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [direction, setDirection] = useState('this');
  const [name, setName] = useState('');
  const [data, settings] = direction === 'this' ? [workflow, other] : [other, workflow];
  const profile = useQuery(profileQuery(data.dataset.id));
  const check = profile.data ? checkComposition(profile.data, settings.config) : null;
  const start = useMutation({
    mutationFn: () =>
      command('/api/workflows/compose', {
        datasetFrom: data.id,
        configFrom: settings.id,
        ...(name.trim() === '' ? {} : { name: name.trim() }),
      }),
    onSuccess: (id) => {
      void queries.invalidateQueries({ queryKey: ['workflows'] });
      notifications.show({ message: fill(t.compose.started, { id: String(id) }) });
      onClose();
      void navigate({ to: '/workflows/$id', params: { id: String(id) } });
    },
  });
  const ids = { id: String(workflow.id), other: String(other.id) };
  return (
    <>
      <Radio.Group label={t.compose.direction} value={direction} onChange={setDirection}>
        <Group mt={6} gap="lg">
          <Radio value="this" label={fill(t.compose.thisData, ids)} />
          <Radio value="other" label={fill(t.compose.otherData, ids)} />
        </Group>
      </Radio.Group>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <DataSide workflow={data} profile={profile.data} target={settings.config.target} />
        <SettingsSide workflow={settings} />
      </SimpleGrid>
      {profile.error ? <ErrorNote error={profile.error} /> : null}
      {check ? <Check check={check} target={settings.config.target} /> : null}
      <TextInput
        label={t.compose.name}
        placeholder={t.compose.namePlaceholder}
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {start.error ? <ErrorNote error={start.error} /> : null}
      <Group justify="flex-end" gap="xs">
        <Button
          variant="default"
          renderRoot={(props) => <Link to="/" search={{ from: settings.id, data: data.id }} {...props} />}
        >
          {t.compose.edit}
        </Button>
        <Button
          data-testid="compose-start"
          disabled={check === null || check.classes === null}
          loading={start.isPending}
          onClick={() => start.mutate()}
        >
          {t.compose.start}
        </Button>
      </Group>
    </>
  );
}

function Check({ check, target }: { check: NonNullable<ReturnType<typeof checkComposition>>; target: string }) {
  const { t, fill } = useTexts();
  const fits = check.classes !== null;
  return (
    <Alert
      variant="light"
      color={fits ? (check.missing.length > 0 ? 'yellow' : 'teal') : 'red'}
      icon={fits && check.missing.length === 0 ? <IconCircleCheck /> : <IconAlertTriangle />}
      role="status"
    >
      <Text size="sm">
        {check.classes === null
          ? fill(t.compose.targetMissing, { target })
          : fill(t.compose.targetExists, { target, classes: check.classes })}
      </Text>
      {check.missing.length > 0 ? (
        <Text size="sm">{fill(t.compose.columnsMissing, { names: check.missing.slice(0, 10).join(', ') })}</Text>
      ) : null}
    </Alert>
  );
}

function Source({ title, workflow, children }: { title: string; workflow: Workflow; children: React.ReactNode }) {
  const { t, fill } = useTexts();
  return (
    <section className={classes.source} aria-label={title}>
      <Group justify="space-between" wrap="nowrap" mb={6}>
        <Badge variant="light" tt="none" radius="sm">
          {title}
        </Badge>
        <Text size="xs" c="dimmed" className="z-clip">
          {fill(t.compose.from, { id: String(workflow.id), name: workflow.name })}
        </Text>
      </Group>
      {children}
    </section>
  );
}

interface DataSideProps {
  workflow: Workflow;
  profile: DatasetProfile | undefined;
  target: string;
}

function DataSide({ workflow, profile, target }: DataSideProps) {
  const { t, format } = useTexts();
  const column = profile?.columns.find(({ name }) => name === target);
  const { dataset } = workflow;
  return (
    <Source title={t.compose.data} workflow={workflow}>
      <FactList
        facts={[
          { name: t.monitor.facts.dataset, value: dataset.name },
          { name: t.compose.file, value: `${dataset.fileName} · ${format.bytes(dataset.sizeBytes)}` },
          { name: t.compose.rows, value: profile ? format.count(profile.rows) : '…' },
          { name: t.compose.columns, value: profile ? format.count(profile.columns.length) : '…' },
          { name: t.compose.target, value: profile ? (column ? target : `${target} ✕`) : '…' },
        ]}
      />
    </Source>
  );
}

function SettingsSide({ workflow }: { workflow: Workflow }) {
  const texts = useTexts();
  const { t, terms } = texts;
  return (
    <Source title={t.compose.settings} workflow={workflow}>
      <FactList
        facts={[{ name: t.compose.model, value: terms.models[workflow.model] }, ...configRows(workflow.config, texts)]}
      />
    </Source>
  );
}
