import { Button, Group, Popover, Select, Stack, TextInput } from '@mantine/core';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { TaskStatus } from '../../contract/operations.js';
import { queueNames } from '../../contract/tasks.js';
import { workersQuery } from '../api/operations.js';
import { FilterMenu } from '../design/filter-menu.js';
import { SearchField } from '../design/search-field.js';
import { filterOf, valuesOf } from '../design/search-values.js';
import { useTexts } from '../language/language.js';
import { DraftField } from './draft-field.js';
import { isoOfLocal, localOfIso } from './local-time.js';
import { furtherFilters, isFiltered, isPeriod, type Period, periods, type TasksSearch } from './search.js';

interface Props {
  search: TasksSearch;
  onChange: (search: TasksSearch) => void;
}

export function TaskFilterBar({ search, onChange }: Props) {
  const { t, terms, fill } = useTexts();
  const words = t.operations.tasks;
  const further = furtherFilters(search);
  return (
    <Group gap="sm" role="search" aria-label={t.list.filters}>
      <SearchField
        value={search.search}
        placeholder={words.search}
        onSearch={(text) => onChange({ ...search, search: text })}
      />
      <FilterMenu
        label={words.columns.status}
        none={words.anyState}
        options={TaskStatus.options.map((value) => ({ value, label: terms.taskStatus[value] }))}
        chosen={valuesOf(search.state)}
        onChange={(values) => onChange({ ...search, state: filterOf(values) })}
      />
      <PeriodSelect search={search} onChange={onChange} />
      <Popover position="bottom-end" width={320} trapFocus shadow="md">
        <Popover.Target>
          <Button
            variant="default"
            fw={500}
            leftSection={<IconAdjustmentsHorizontal size={16} />}
            data-testid="more-filters"
            styles={further > 0 ? { root: { borderColor: 'var(--mantine-primary-color-filled)' } } : {}}
          >
            {further > 0 ? fill(words.moreCount, { count: further }) : words.more}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <FurtherFilters search={search} onChange={onChange} />
        </Popover.Dropdown>
      </Popover>
      {isFiltered(search) ? (
        <Button variant="subtle" size="sm" onClick={() => onChange({})}>
          {t.list.clear}
        </Button>
      ) : null}
    </Group>
  );
}

function PeriodSelect({ search, onChange }: Props) {
  const { t } = useTexts();
  const words = t.operations.tasks;
  const own = search.until !== undefined || (search.since !== undefined && !isPeriod(search.since));
  const options = [
    { value: '', label: words.anyTime },
    ...(Object.keys(periods) as Period[]).map((value) => ({ value, label: words.periods[value] })),
    ...(own ? [{ value: 'own', label: words.ownTime }] : []),
  ];
  return (
    <Select
      aria-label={words.time}
      data={options}
      value={own ? 'own' : (search.since ?? '')}
      allowDeselect={false}
      w={165}
      onChange={(value) => {
        if (value !== 'own') onChange({ ...search, since: value || undefined, until: undefined });
      }}
    />
  );
}

/** Filters that are rarely set by hand; those that are show below the bar. */
function FurtherFilters({ search, onChange }: Props) {
  const { t } = useTexts();
  const words = t.operations.tasks;
  const workers = useQuery(workersQuery);
  const names = workers.data?.items.map(({ name }) => name) ?? [];
  const withOwn = (known: readonly string[], own: string | undefined) =>
    own === undefined || known.includes(own) ? [...known] : [own, ...known];
  const since = isPeriod(search.since) ? undefined : search.since;
  return (
    <Stack gap="sm">
      <Select
        label={words.name}
        placeholder={words.anyName}
        data={withOwn(queueNames, search.name)}
        value={search.name ?? null}
        clearable
        comboboxProps={{ withinPortal: false }}
        onChange={(value) => onChange({ ...search, name: value ?? undefined })}
      />
      <Select
        label={words.columns.worker}
        placeholder={words.anyWorker}
        data={withOwn(names, search.worker)}
        value={search.worker ?? null}
        clearable
        searchable
        comboboxProps={{ withinPortal: false }}
        onChange={(value) => onChange({ ...search, worker: value ?? undefined })}
      />
      <DraftField
        label={words.workflowNumber}
        value={search.workflow === undefined ? '' : String(search.workflow)}
        inputMode="numeric"
        onCommit={(text) => {
          const id = Number(text.replace(/^#/, ''));
          onChange({ ...search, workflow: Number.isSafeInteger(id) && id > 0 ? id : undefined });
        }}
      />
      <DraftField
        label={words.errorCode}
        value={search.error ?? ''}
        onCommit={(text) => onChange({ ...search, error: text === '' ? undefined : text.toUpperCase() })}
      />
      <TextInput
        type="datetime-local"
        label={words.since}
        value={localOfIso(since)}
        onChange={(event) => onChange({ ...search, since: isoOfLocal(event.currentTarget.value) })}
      />
      <TextInput
        type="datetime-local"
        label={words.until}
        value={localOfIso(search.until)}
        onChange={(event) => onChange({ ...search, until: isoOfLocal(event.currentTarget.value) })}
      />
    </Stack>
  );
}
