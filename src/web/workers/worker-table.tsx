/** Workers as rows, or as cards where the page is narrow. */
import { Group, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { WorkerInfo } from '../../contract/operations.js';
import { WorkerBadge } from '../design/status-badge.js';
import { useTexts } from '../language/language.js';
import { WorkerLink } from '../operations/links.js';
import classes from '../operations/operations.module.css';
import { queuesLeftAlone } from './order.js';
import { WorkerControls } from './worker-controls.js';
import { ActiveCell, DoneCell, HeartbeatCell, LoadCell, MemoryCell, QueuesText } from './worker-parts.js';
import own from './workers.module.css';

interface Props {
  workers: readonly WorkerInfo[];
  /** Those that are not shown too. */
  all: readonly WorkerInfo[];
  now: number;
}

export function WorkerTable(props: Props) {
  const narrow = useMediaQuery('(max-width: 76em)', undefined, { getInitialValueInEffect: false });
  return narrow === true ? <Cards {...props} /> : <Rows {...props} />;
}

function Rows({ workers, all, now }: Props) {
  const { t } = useTexts();
  const { columns, table } = t.operations.workers;
  return (
    <Table aria-label={table} verticalSpacing="xs" horizontalSpacing="sm" className={classes.table} highlightOnHover>
      <colgroup>
        <col style={{ width: '19%' }} />
        <col style={{ width: '9.5rem' }} />
        <col />
        <col style={{ width: '9.5rem' }} />
        <col style={{ width: '6.5rem' }} />
        <col style={{ width: '10.5rem' }} />
        <col style={{ width: '12rem' }} />
        <col style={{ width: '4rem' }} />
      </colgroup>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{columns.worker}</Table.Th>
          <Table.Th>{columns.status}</Table.Th>
          <Table.Th>{columns.active}</Table.Th>
          <Table.Th className={classes.figure}>{columns.done}</Table.Th>
          <Table.Th className={classes.figure}>{columns.load}</Table.Th>
          <Table.Th className={classes.figure}>{columns.memory}</Table.Th>
          <Table.Th className={classes.figure}>{columns.heartbeat}</Table.Th>
          <Table.Th aria-label={t.operations.workers.actions} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {workers.map((worker) => (
          <Table.Tr key={worker.name} h={76} data-testid={`worker-${worker.name}`} data-status={worker.status}>
            <Table.Td>
              <Name worker={worker} />
            </Table.Td>
            <Table.Td>
              <WorkerBadge status={worker.status} />
              <div className={classes.sub}>
                <QueuesText queues={worker.queues} />
              </div>
            </Table.Td>
            <Table.Td>
              <ActiveCell worker={worker} />
            </Table.Td>
            <Table.Td className={classes.figure}>
              <DoneCell worker={worker} />
            </Table.Td>
            <Table.Td className={classes.figure}>
              <LoadCell worker={worker} />
            </Table.Td>
            <Table.Td className={classes.figure}>
              <MemoryCell worker={worker} />
            </Table.Td>
            <Table.Td className={classes.figure}>
              <HeartbeatCell worker={worker} now={now} />
            </Table.Td>
            <Table.Td>
              <WorkerControls as="menu" worker={worker} leftAlone={queuesLeftAlone(worker, all)} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Name({ worker }: { worker: WorkerInfo }) {
  const { t, fill } = useTexts();
  const { name, host, pid, version } = worker;
  return (
    <>
      <WorkerLink name={name} fw={600} />
      <div className={classes.sub} title={`${host} · ${version}`}>
        {fill(t.operations.workers.place, { host, pid, version })}
      </div>
    </>
  );
}

function Cards({ workers, all, now }: Props) {
  const { t } = useTexts();
  const words = t.operations.workers;
  return (
    <ul className={classes.cards} aria-label={words.table}>
      {workers.map((worker) => (
        <li key={worker.name} data-testid={`worker-${worker.name}`} data-status={worker.status}>
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <div style={{ minWidth: 0 }}>
              <Name worker={worker} />
            </div>
            <WorkerControls as="menu" worker={worker} leftAlone={queuesLeftAlone(worker, all)} />
          </Group>
          <Group justify="space-between" mt={6} gap="xs">
            <WorkerBadge status={worker.status} />
            <Text size="xs" c="dimmed">
              <QueuesText queues={worker.queues} />
            </Text>
          </Group>
          <Text size="sm" component="div" mt={8}>
            <ActiveCell worker={worker} />
          </Text>
          <dl className={own.cardFigures}>
            <div>
              <dt>{words.columns.done}</dt>
              <dd>
                <DoneCell worker={worker} />
              </dd>
            </div>
            <div>
              <dt>{words.columns.memory}</dt>
              <dd>
                <MemoryCell worker={worker} />
              </dd>
            </div>
            <div>
              <dt>{words.columns.load}</dt>
              <dd>
                <LoadCell worker={worker} />
              </dd>
            </div>
            <div>
              <dt>{words.columns.heartbeat}</dt>
              <dd>
                <HeartbeatCell worker={worker} now={now} />
              </dd>
            </div>
          </dl>
        </li>
      ))}
    </ul>
  );
}
