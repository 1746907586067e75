/** Every epoch's figures, a page at a time. */
import { Badge, Switch, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { Pager } from '../design/pager.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import type { EpochSeries } from '../live/epoch-series.js';
import classes from './monitor.module.css';

const pageSize = 10;

/** `revision` is what makes it draw anew: the series is one object that grows. */
export function EpochsPanel({ series }: { series: EpochSeries; revision: number }) {
  const { t, format } = useTexts();
  const { epochs } = t.monitor;
  const [page, setPage] = useState(0);
  const [latestFirst, setLatestFirst] = useState(true);
  const { length } = series;
  const indices = Array.from({ length: Math.max(0, Math.min(pageSize, length - page * pageSize)) }, (_, row) => {
    const at = page * pageSize + row;
    return latestFirst ? length - 1 - at : at;
  });
  return (
    <Panel
      title={epochs.title}
      flush
      aside={
        <Switch
          size="xs"
          label={epochs.latestFirst}
          checked={latestFirst}
          onChange={(event) => {
            setLatestFirst(event.currentTarget.checked);
            setPage(0);
          }}
        />
      }
    >
      <Table.ScrollContainer minWidth={320}>
        <Table
          className={classes.figures}
          data-testid="epoch-table"
          aria-label={epochs.title}
          verticalSpacing={6}
          horizontalSpacing={20}
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{epochs.epoch}</Table.Th>
              <Table.Th data-number>{epochs.trainAccuracy}</Table.Th>
              <Table.Th data-number>{epochs.validationAccuracy}</Table.Th>
              <Table.Th data-number>{epochs.trainLoss}</Table.Th>
              <Table.Th data-number>{epochs.validationLoss}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {indices.map((index) => {
              const metric = series.at(index);
              if (!metric) return null;
              const best = index === series.bestIndex;
              return (
                <Table.Tr key={metric.epoch} className={best ? classes.best : undefined}>
                  <Table.Td className={classes.epoch}>
                    {format.count(metric.epoch)}
                    {best ? (
                      <Badge size="xs" variant="light" tt="none" className={classes.bestSign}>
                        {epochs.best}
                      </Badge>
                    ) : null}
                  </Table.Td>
                  <Table.Td data-number>{format.accuracy(metric.trainAccuracy)}</Table.Td>
                  <Table.Td data-number>{format.accuracy(metric.validationAccuracy)}</Table.Td>
                  <Table.Td data-number>{format.number(metric.trainLoss)}</Table.Td>
                  <Table.Td data-number>{format.number(metric.validationLoss)}</Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {length === 0 ? (
        <Text size="sm" c="dimmed" px={20} pb="md">
          {epochs.empty}
        </Text>
      ) : null}
      {length > pageSize ? (
        <div style={{ padding: '0.5rem 1.25rem 0.875rem', display: 'flex', justifyContent: 'flex-end' }}>
          <Pager page={page} pageSize={pageSize} total={length} onPage={setPage} />
        </div>
      ) : null}
    </Panel>
  );
}
