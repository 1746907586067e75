import { Button, CloseButton, Group, Menu, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconChevronDown, IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { WorkflowSort } from '../../contract/api.js';
import { WorkflowStatus } from '../../contract/entities.js';
import { modelCodes } from '../../contract/models.js';
import { useTexts } from '../language/language.js';
import { defaultSort, filterOf, type ListSearch, valuesOf } from './search.js';

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
      <SearchField search={search} onChange={onChange} />
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

function SearchField({ search, onChange }: Props) {
  const { t } = useTexts();
  const [typed, setTyped] = useState(search.search ?? '');
  // Back and forward, and "clear filters", change the address without typing.
  useEffect(() => setTyped(search.search ?? ''), [search.search]);
  const send = useDebouncedCallback((text: string) => onChange({ ...search, search: text.trim() || undefined }), 300);
  return (
    <TextInput
      flex={1}
      miw={{ base: '100%', xs: 220 }}
      placeholder={t.list.search}
      aria-label={t.list.search}
      leftSection={<IconSearch size={16} />}
      rightSection={
        typed === '' ? null : (
          <CloseButton
            size="sm"
            aria-label={t.common.clear}
            onClick={() => {
              setTyped('');
              send.cancel();
              onChange({ ...search, search: undefined });
            }}
          />
        )
      }
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        send(event.currentTarget.value);
      }}
    />
  );
}

interface FilterMenuProps {
  label: string;
  /** What it says when nothing is chosen. */
  none: string;
  options: readonly { value: string; label: string }[];
  chosen: readonly string[];
  onChange: (values: string[]) => void;
}

function FilterMenu({ label, none, options, chosen, onChange }: FilterMenuProps) {
  const words = options.filter(({ value }) => chosen.includes(value)).map((option) => option.label);
  const text = words.length === 0 ? none : words.length === 1 ? words[0] : `${label}: ${words.length}`;
  return (
    <Menu position="bottom-start" width={230}>
      <Menu.Target>
        <Button
          variant="default"
          fw={500}
          rightSection={<IconChevronDown size={15} />}
          data-active={words.length > 0}
          styles={words.length > 0 ? { root: { borderColor: 'var(--mantine-primary-color-filled)' } } : {}}
        >
          {text}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.CheckboxGroup value={[...chosen]} onChange={onChange}>
          {options.map(({ value, label: word }) => (
            <Menu.CheckboxItem key={value} value={value}>
              {word}
            </Menu.CheckboxItem>
          ))}
        </Menu.CheckboxGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
