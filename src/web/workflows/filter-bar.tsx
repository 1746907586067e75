import { Button, Group, Select } from '@mantine/core';
import { WorkflowSort } from '../../contract/api.js';
import { WorkflowStatus } from '../../contract/entities.js';
import { modelCodes } from '../../contract/models.js';
import { FilterMenu } from '../design/filter-menu.js';
import { SearchField } from '../design/search-field.js';
import { filterOf, valuesOf } from '../design/search-values.js';
import { useTexts } from '../language/language.js';
import { defaultSort, type ListSearch } from './search.js';

interface Props {
  search: ListSearch;
  onChange: (search: ListSearch) => void;
}

type Sort = (typeof WorkflowSort.options)[number];

/** Ids grow with time, so one of the two orders is enough. */
const offeredSorts = WorkflowSort.options.filter(
  (sort): sort is Exclude<Sort, 'createdAt' | '-createdAt'> => !sort.endsWith('createdAt'),
);

export function FilterBar({ search, onChange }: Props) {
  const { t, terms } = useTexts();
  const filtered = Boolean(search.model ?? search.status ?? search.search);
  return (
    <Group gap="sm" role="search" aria-label={t.list.filters}>
      <SearchField
        value={search.search}
        placeholder={t.list.search}
        onSearch={(text) => onChange({ ...search, search: text })}
      />
      <FilterMenu
        label={t.list.status}
        none={t.list.anyStatus}
        options={WorkflowStatus.options.map((value) => ({ value, label: terms.workflowStatus[value] }))}
        chosen={valuesOf(search.status)}
        onChange={(values) => onChange({ ...search, status: filterOf(values) })}
      />
      <FilterMenu
        label={t.list.model}
        none={t.list.anyModel}
        options={modelCodes.map((value) => ({ value, label: terms.models[value] }))}
        chosen={valuesOf(search.model)}
        onChange={(values) => onChange({ ...search, model: filterOf(values) })}
      />
      <Select
        aria-label={t.list.sort}
        data={offeredSorts.map((value) => ({ value, label: t.list.sorts[value] }))}
        value={search.sort ?? defaultSort}
        allowDeselect={false}
        w={{ base: '100%', xs: 260 }}
        maxDropdownHeight={340}
        onChange={(value) => {
          const sort = WorkflowSort.safeParse(value);
          if (sort.success) onChange({ ...search, sort: sort.data === defaultSort ? undefined : sort.data });
        }}
      />
      {filtered ? (
        <Button variant="subtle" size="sm" onClick={() => onChange({ sort: search.sort })}>
          {t.list.clear}
        </Button>
      ) : null}
    </Group>
  );
}
