import { Group, Pill } from '@mantine/core';
import { useTexts } from '../language/language.js';
import { isPeriod, type TasksSearch } from './search.js';

interface Props {
  search: TasksSearch;
  onChange: (search: TasksSearch) => void;
}

/** The filters that the bar does not show, each with a way out of it. */
export function ActiveFilters({ search, onChange }: Props) {
  const { t, fill, format } = useTexts();
  const words = t.operations.tasks;
  const since = isPeriod(search.since) ? undefined : search.since;
  const filters: [keyof TasksSearch, string, string | undefined][] = [
    ['name', words.name, search.name],
    ['worker', words.columns.worker, search.worker],
    ['workflow', words.columns.workflow, search.workflow === undefined ? undefined : `#${search.workflow}`],
    ['error', words.errorCode, search.error],
    ['since', words.since, since === undefined ? undefined : format.moment(since)],
    ['until', words.until, search.until === undefined ? undefined : format.moment(search.until)],
  ];
  const set = filters.flatMap(([key, label, value]) =>
    value === undefined ? [] : [{ key, text: `${label}: ${value}` }],
  );
  if (set.length === 0) return null;
  return (
    <Group gap={6}>
      {set.map(({ key, text }) => (
        <Pill
          key={key}
          size="md"
          withRemoveButton
          removeButtonProps={{
            'aria-label': fill(words.removeFilter, { filter: text }),
            tabIndex: 0,
            'aria-hidden': false,
          }}
          onRemove={() => onChange({ ...search, [key]: undefined })}
        >
          {text}
        </Pill>
      ))}
    </Group>
  );
}
