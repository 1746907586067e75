/** The datasets of before, newest first, with a search. */
import { Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconChevronRight, IconSearch, IconTable } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Dataset } from '../../contract/entities.js';
import { datasetsQuery } from '../api/queries.js';
import { ErrorNote } from '../design/error-note.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import classes from './earlier-datasets.module.css';

const shown = 6;

export function EarlierDatasets() {
  const { t, fill } = useTexts();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 250);
  const { data, error } = useQuery(datasetsQuery(search, shown));
  const searchable = search !== '' || typed !== '' || (data?.items.length ?? 0) > 1;
  return (
    <Panel
      title={t.create.earlier.title}
      aside={
        searchable ? (
          <TextInput
            size="xs"
            w={{ base: '100%', xs: 240 }}
            placeholder={t.create.earlier.search}
            aria-label={t.create.earlier.search}
            leftSection={<IconSearch size={15} />}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        ) : null
      }
    >
      {error ? <ErrorNote error={error} /> : null}
      {!data && !error ? (
        <Stack gap="xs">
          <Skeleton height={48} />
          <Skeleton height={48} />
        </Stack>
      ) : null}
      {data?.items.length === 0 ? (
        <Text size="sm" c="dimmed">
          {search === '' ? t.create.earlier.empty : fill(t.create.earlier.noMatch, { search })}
        </Text>
      ) : null}
      <ul className={classes.list}>
        {data?.items.map((dataset) => (
          <li key={dataset.id}>
            <DatasetLink dataset={dataset} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function DatasetLink({ dataset }: { dataset: Dataset }) {
  const { t, fill, format } = useTexts();
  return (
    <Link to="/" search={{ dataset: dataset.id }} className={classes.link}>
      <IconTable size={20} stroke={1.5} className={classes.icon} aria-hidden="true" />
      <div className={classes.words}>
        <Text fw={550} size="sm" className="z-clip">
          {dataset.name}
        </Text>
        <Group gap="xs" c="dimmed" fz="xs">
          <span>
            {fill(t.create.earlier.shape, { columns: dataset.columns.length, size: format.bytes(dataset.sizeBytes) })}
          </span>
          {dataset.workflows > 0 ? <span>{fill(t.create.earlier.used, { count: dataset.workflows })}</span> : null}
          <span>{format.moment(dataset.createdAt)}</span>
        </Group>
      </div>
      <IconChevronRight size={18} stroke={1.5} className={classes.icon} aria-hidden="true" />
    </Link>
  );
}
