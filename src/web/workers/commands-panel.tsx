/** What was asked of the worker, the last first, and what it answered. */
import { Badge } from '@mantine/core';
import { type WorkerCommand, workerActions } from '../../contract/operations.js';
import { useTexts } from '../language/language.js';
import { type Column, RowsPanel } from '../operations/rows-panel.js';

const colors = { open: 'gray', done: 'teal', refused: 'red' } as const;

const stateOf = ({ answeredAt, ok }: WorkerCommand): keyof typeof colors =>
  answeredAt === null ? 'open' : ok === true ? 'done' : 'refused';

export function CommandsPanel({ commands }: { commands: readonly WorkerCommand[] }) {
  const { t, format } = useTexts();
  const words = t.operations.workers;
  const nameOf = (asked: string) => {
    const known = workerActions.find((action) => action === asked);
    return known === undefined ? asked : words.action[known];
  };
  const columns: Column<WorkerCommand>[] = [
    { head: words.command, width: '24%', cell: ({ action }) => nameOf(action) },
    { head: words.askedAt, width: '11rem', cell: ({ askedAt }) => format.moment(askedAt) },
    {
      head: words.state,
      width: '9rem',
      cell: (command) => (
        <Badge variant="light" tt="none" radius="sm" color={colors[stateOf(command)]}>
          {words.commandState[stateOf(command)]}
        </Badge>
      ),
    },
    { head: words.answer, cell: ({ answer }) => <div className="z-break">{answer ?? t.common.none}</div> },
  ];
  return (
    <RowsPanel
      label={words.commands}
      empty={words.noCommands}
      columns={columns}
      rows={commands}
      rowKey={({ id }) => id}
      mark={(command) => ({ 'data-testid': `command-${command.action}`, 'data-state': stateOf(command) })}
    />
  );
}
