/** Failed tasks by their error, the most frequent first; each group is a filter. */
import { Anchor, Button, Text, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { TaskErrorGroup } from '../../contract/operations.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import type { TasksSearch } from './search.js';
import classes from './tasks.module.css';

const shownAtFirst = 3;

interface Props {
  groups: readonly TaskErrorGroup[];
  search: TasksSearch;
  onChange: (search: TasksSearch) => void;
}

export function ErrorsPanel({ groups, search, onChange }: Props) {
  const { t, fill } = useTexts();
  const words = t.operations.tasks.errors;
  const [all, setAll] = useState(false);
  if (groups.length === 0) return null;
  const ordered = [...groups].sort((a, b) => b.count - a.count);
  // The chosen one is always seen.
  const shown = ordered.filter((group, index) => all || index < shownAtFirst || group.code === search.error);
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const lead = groups.some(({ countAtLeast }) => countAtLeast) ? words.leadAtLeast : words.lead;
  return (
    <Panel
      title={words.title}
      lead={fill(lead, { count: total, kinds: groups.length })}
      flush
      aside={
        groups.length > shownAtFirst ? (
          <Button variant="subtle" size="compact-sm" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? words.fewer : fill(words.all, { count: groups.length })}
          </Button>
        ) : null
      }
    >
      <ul className={classes.errors} aria-label={words.title} data-testid="error-groups">
        {shown.map((group) => (
          <Group key={group.code} group={group} search={search} onChange={onChange} />
        ))}
      </ul>
    </Panel>
  );
}

function Group({ group, search, onChange }: { group: TaskErrorGroup } & Omit<Props, 'groups'>) {
  const { t, fill, format } = useTexts();
  const words = t.operations.tasks.errors;
  const { code, message, count, countAtLeast, firstAt, lastAt, lastTaskId } = group;
  const chosen = search.error === code;
  return (
    <li className={classes.error} data-chosen={chosen}>
      <UnstyledButton
        className={classes.errorButton}
        aria-pressed={chosen}
        title={chosen ? words.showAll : fill(words.only, { code })}
        onClick={() => onChange({ ...search, error: chosen ? undefined : code })}
      >
        <span className={classes.count}>{countAtLeast ? fill(words.atLeast, { count }) : format.count(count)}</span>
        <span className={classes.errorWords}>
          <Text span size="sm" lineClamp={2} className="z-break">
            {message}
          </Text>
          <Text span size="xs" c="dimmed">
            <span className="z-mono">{code}</span>
          </Text>
        </span>
      </UnstyledButton>
      <Text
        size="xs"
        c="dimmed"
        className={classes.errorTimes}
        title={fill(words.first, { time: format.moment(firstAt) })}
      >
        {fill(words.last, { time: format.moment(lastAt) })}
        <Anchor size="xs" renderRoot={(props) => <Link to="/tasks/$id" params={{ id: lastTaskId }} {...props} />}>
          {words.open}
        </Anchor>
      </Text>
    </li>
  );
}
