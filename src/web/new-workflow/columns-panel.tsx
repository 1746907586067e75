/** The preview that is the form: every column with its figures and its choices, a page of columns at a time. */
import { Alert, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconAlertTriangle, IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import type { ColumnProfile, DatasetPreview, DatasetProfile, StoredError } from '../../contract/entities.js';
import { StoredErrorNote } from '../design/error-note.js';
import { Pager } from '../design/pager.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import { ColumnCards } from './column-cards.js';
import { ColumnTable } from './column-table.js';
import { classCounts, dateColumns, numberingColumns, rareClasses } from './effects.js';
import { unknownColumns, withUse } from './form.js';
import type { FormPart } from './form-part.js';

const columnsAPage = 12;

interface Props extends FormPart {
  preview: DatasetPreview;
  targetFault: StoredError | null;
  targetPreselected: boolean;
}

export function ColumnsPanel(props: Props) {
  const { form, onChange, profile, preview, refusedAt } = props;
  const { t, fill } = useTexts();
  const narrow = useMediaQuery('(max-width: 48em)');
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(0);
  const found = useMemo(() => matching(profile.columns, search), [profile.columns, search]);
  const shown = found.slice(page * columnsAPage, (page + 1) * columnsAPage);
  const wide = profile.columns.length > columnsAPage;
  const parts = { form, onChange, profile, preview, columns: shown };
  const refused = refusedAt('columns');
  return (
    <Panel
      title={t.create.columns.title}
      lead={t.create.columns.lead}
      flush
      aside={
        wide ? (
          <TextInput
            size="xs"
            w={{ base: '100%', xs: 240 }}
            placeholder={t.create.columns.search}
            aria-label={t.create.columns.search}
            leftSection={<IconSearch size={15} />}
            value={search}
            onChange={(event) => {
              setSearch(event.currentTarget.value);
              setPage(0);
            }}
          />
        ) : null
      }
    >
      <Stack gap="md" px={{ base: 'md', xs: 20 }} pb="md">
        <TargetChoice {...props} />
        <UnknownColumns {...props} />
        <DateColumns {...props} />
        <NumberingColumns {...props} />
        {refused === undefined ? null : (
          <Alert variant="light" color="red" icon={<IconAlertTriangle />} role="alert">
            {refused}
          </Alert>
        )}
      </Stack>
      {found.length === 0 ? (
        <Text c="dimmed" size="sm" px={20} pb="lg">
          {fill(t.create.columns.noMatch, { search })}
        </Text>
      ) : narrow ? (
        <ColumnCards {...parts} />
      ) : (
        <ColumnTable {...parts} />
      )}
      {wide && found.length > 0 ? (
        <Group justify="space-between" px={{ base: 'md', xs: 20 }} py="sm">
          <Group gap="xs">
            <Button variant="default" size="xs" onClick={() => onChange(withUse(form, found, true))}>
              {fill(t.create.columns.useAll, { count: found.length })}
            </Button>
            <Button variant="default" size="xs" onClick={() => onChange(withUse(form, found, false))}>
              {fill(t.create.columns.leaveAllOut, { count: found.length })}
            </Button>
          </Group>
          <Pager
            page={page}
            pageSize={columnsAPage}
            total={found.length}
            onPage={setPage}
            text={t.create.columns.page}
          />
        </Group>
      ) : null}
    </Panel>
  );
}

function TargetChoice({ form, onChange, profile, targetFault, targetPreselected, refusedAt }: Props) {
  const { t } = useTexts();
  const names = useMemo(() => profile.columns.map(({ name }) => name), [profile.columns]);
  const target = profile.columns.find(({ name }) => name === form.target);
  return (
    <Stack gap="sm">
      <Group align="flex-end" gap="md">
        <Select
          label={t.create.columns.target}
          description={targetPreselected ? t.create.columns.targetPreselected : t.create.columns.targetHelp}
          data-testid="target-select"
          data={names}
          value={target ? form.target : null}
          placeholder={form.target}
          onChange={(name) => {
            if (name !== null) onChange({ ...form, target: name });
          }}
          searchable
          allowDeselect={false}
          limit={100}
          error={refusedAt('target')}
          w={{ base: '100%', sm: 420 }}
        />
        {target && targetFault === null ? <Classes target={target} /> : null}
      </Group>
      {targetFault === null ? null : <StoredErrorNote error={targetFault} />}
      {target && targetFault === null ? <Rare target={target} profile={profile} stratify={form.stratify} /> : null}
    </Stack>
  );
}

/** Classes that can be learnt or measured, but not both. */
function Rare({ target, profile, stratify }: { target: ColumnProfile; profile: DatasetProfile; stratify: boolean }) {
  const { t, fill } = useTexts();
  const words = t.create.columns;
  const { count, labels } = useMemo(() => rareClasses(target, profile), [target, profile]);
  if (count === 0) return null;
  const named = labels.join(', ') + (count > labels.length ? ', …' : '');
  return (
    <Alert variant="light" color="yellow" icon={<IconAlertTriangle />} data-testid="rare-classes">
      {fill(labels.length > 0 ? words.rareClasses : words.rareClassesUnnamed, { count, labels: named })}{' '}
      {stratify ? words.rareStratified : words.rareAdvice}
    </Alert>
  );
}

function Classes({ target }: { target: ColumnProfile }) {
  const { t, fill, format } = useTexts();
  const { classes, more } = classCounts(target);
  const text = target.distinctExact ? t.create.columns.classes : t.create.columns.classesAtLeast;
  return (
    <Stack gap={2} flex={1} miw={200}>
      <Text size="sm" fw={550}>
        {fill(text, { count: target.distinct })}
      </Text>
      <Text size="sm" c="dimmed" className="z-break z-figures">
        {classes.map(({ value, count }) => `${value}: ${format.count(count)}`).join(' · ')}
        {more > 0 ? ` · ${fill(t.create.columns.moreClasses, { count: more })}` : ''}
      </Text>
    </Stack>
  );
}

function DateColumns({ form, profile }: Props) {
  const { t, fill } = useTexts();
  const names = useMemo(() => dateColumns(form, profile), [form, profile]);
  if (names.length === 0) return null;
  return (
    <Alert variant="light" color="yellow" icon={<IconAlertTriangle />} data-testid="date-columns">
      {fill(t.create.columns.dates, { count: names.length, names: names.slice(0, 10).join(', ') })}
    </Alert>
  );
}

function NumberingColumns({ form, profile }: Props) {
  const { t, fill } = useTexts();
  const names = useMemo(() => numberingColumns(form, profile), [form, profile]);
  if (names.length === 0) return null;
  return (
    <Alert variant="light" color="yellow" icon={<IconAlertTriangle />} data-testid="numbering-columns">
      {fill(t.create.columns.numbering, { count: names.length, names: names.slice(0, 10).join(', ') })}
    </Alert>
  );
}

function UnknownColumns({ form, onChange, profile }: Props) {
  const { t, fill } = useTexts();
  const unknown = useMemo(() => unknownColumns(form, profile), [form, profile]);
  if (unknown.length === 0) return null;
  const drop = () => {
    const columns = Object.fromEntries(Object.entries(form.columns).filter(([name]) => !unknown.includes(name)));
    onChange({ ...form, columns });
  };
  return (
    <Alert variant="light" color="yellow" icon={<IconAlertTriangle />}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {fill(t.create.columns.unknown, { count: unknown.length, names: unknown.slice(0, 10).join(', ') })}
        </Text>
        <Button variant="default" size="xs" onClick={drop}>
          {t.create.columns.dropUnknown}
        </Button>
      </Stack>
    </Alert>
  );
}

function matching(columns: readonly ColumnProfile[], search: string): readonly ColumnProfile[] {
  const words = search.trim().toLocaleLowerCase();
  return words === '' ? columns : columns.filter(({ name }) => name.toLocaleLowerCase().includes(words));
}
