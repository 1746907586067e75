/** A panel with one row a thing: a table where there is room, a list of named values on a phone. */
import { Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Panel } from '../design/panel.js';
import classes from './operations.module.css';

export interface Column<Row> {
  head: string;
  /** What a pointer on the head is told. */
  help?: string;
  width?: string;
  /** Figures stand at the right, below each other. */
  figure?: boolean;
  cell: (row: Row, index: number) => ReactNode;
}

interface RowsProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  /** Attributes by which a row is found. */
  mark?: (row: Row) => Record<`data-${string}`, string>;
}

export function Rows<Row>({ label, columns, rows, rowKey, mark }: RowsProps<Row>) {
  return (
    <Table aria-label={label} className={`${classes.table} ${classes.stacking}`}>
      <Table.Thead>
        <Table.Tr>
          {columns.map(({ head, help, width, figure }) => (
            <Table.Th key={head} w={width} title={help} className={figure ? classes.figure : undefined}>
              {head}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row, index) => (
          <Table.Tr key={rowKey(row)} {...mark?.(row)}>
            {columns.map(({ head, figure, cell }) => (
              <Table.Td key={head} data-head={head} className={figure ? classes.figure : undefined}>
                <div>{cell(row, index)}</div>
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** @param empty what stands there while there is no row */
export function RowsPanel<Row>({ empty, ...rows }: RowsProps<Row> & { empty: string }) {
  const none = rows.rows.length === 0;
  return (
    <Panel title={rows.label} flush={!none}>
      {none ? (
        <Text size="sm" c="dimmed">
          {empty}
        </Text>
      ) : (
        <Rows {...rows} />
      )}
    </Panel>
  );
}
