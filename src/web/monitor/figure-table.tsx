/** A table of figures: a name first, numbers at the right. */
import { Table } from '@mantine/core';
import type { Key, ReactNode } from 'react';
import classes from './monitor.module.css';

export interface FigureRow {
  key: Key;
  name: ReactNode;
  /** Of the cell of the name. */
  nameClass: string | undefined;
  /** In full, where the name may be cut. */
  title?: string;
  figures: readonly string[];
  best?: boolean;
}

interface Props {
  label: string;
  /** Of the name, then of each figure. */
  heads: readonly [string, ...string[]];
  rows: readonly FigureRow[];
  spacing: 'xs' | number;
  testId?: string;
}

export function FigureTable({ label, heads: [name, ...figures], rows, spacing, testId }: Props) {
  return (
    <Table
      className={classes.figures}
      data-testid={testId}
      aria-label={label}
      verticalSpacing={6}
      horizontalSpacing={spacing}
    >
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{name}</Table.Th>
          {figures.map((head) => (
            <Table.Th key={head} data-number>
              {head}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={row.key} className={row.best ? classes.best : undefined}>
            <Table.Td className={row.nameClass} title={row.title}>
              {row.name}
            </Table.Td>
            {figures.map((head, column) => (
              <Table.Td key={head} data-number>
                {row.figures[column]}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
