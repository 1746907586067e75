/** What is chosen and what to do with it; at the foot of the window, so that nothing moves when it comes. */
import { Button, CloseButton, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { TaskList, TaskSummary } from '../../contract/operations.js';
import type { TaskAction, TaskFilters } from '../api/operations.js';
import { useTexts } from '../language/language.js';
import { actionsFor, fits } from './actions.js';
import { type Scope, TaskActionDialog } from './task-action-dialog.js';
import classes from './tasks.module.css';

interface Props {
  chosen: readonly TaskSummary[];
  list: TaskList;
  filters: TaskFilters;
  onClear: () => void;
}

const actions = ['revoke', 'terminate', 'retry'] as const;

export function SelectionBar({ chosen, list, filters, onClear }: Props) {
  const { t, fill } = useTexts();
  const words = t.operations.tasks;
  const [everyMatch, setEveryMatch] = useState(false);
  const [asking, setAsking] = useState<{ action: TaskAction; scope: Scope } | null>(null);
  const { total, totalAtLeast, items } = list;
  // More than are counted cannot be changed at once.
  const wholePage = chosen.length === items.length && total > items.length && !totalAtLeast;
  const all = everyMatch && wholePage;
  const ask = (action: TaskAction) => {
    const some = chosen.filter(({ status }) => fits(action, status));
    setAsking({
      action,
      scope: all ? { kind: 'matching', filters, total } : { kind: 'some', tasks: some, chosen: chosen.length },
    });
  };
  const possible = (action: TaskAction) => all || chosen.some(({ status }) => actionsFor(status).includes(action));
  return (
    <>
      {chosen.length > 0 ? <div className={classes.barRoom} /> : null}
      {chosen.length > 0 ? (
        <section className={classes.bar} aria-label={words.selection} data-testid="selection-bar">
          <Text size="sm" fw={600} role="status" className="z-figures">
            {all ? fill(words.chosenMatching, { count: total }) : fill(words.chosen, { count: chosen.length })}
          </Text>
          {wholePage && !all ? (
            <Button
              variant="subtle"
              size="compact-sm"
              data-testid="choose-matching"
              onClick={() => setEveryMatch(true)}
            >
              {fill(words.chooseMatching, { count: total })}
            </Button>
          ) : null}
          <Group gap="xs" ml="auto" role="group" aria-label={words.actions}>
            {actions.map((action) => (
              <Button
                key={action}
                size="xs"
                variant={action === 'retry' ? 'filled' : 'light'}
                color={action === 'retry' ? undefined : 'red'}
                disabled={!possible(action)}
                data-testid={`bulk-${action}`}
                onClick={() => ask(action)}
              >
                {words.action[action]}
              </Button>
            ))}
            <CloseButton
              aria-label={words.unchoose}
              onClick={() => {
                setEveryMatch(false);
                onClear();
              }}
            />
          </Group>
        </section>
      ) : null}
      {asking === null ? null : (
        <TaskActionDialog
          {...asking}
          onClose={(done) => {
            setAsking(null);
            if (!done) return;
            setEveryMatch(false);
            onClear();
          }}
        />
      )}
    </>
  );
}
