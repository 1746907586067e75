/** Every epoch's figures, a page at a time. */
import { Badge, Switch, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { Metric } from '../../contract/entities.js';
import { Pager } from '../design/pager.js';
import { Panel } from '../design/panel.js';
import { type Texts, useTexts } from '../language/language.js';
import type { EpochSeries } from '../live/epoch-series.js';
import { type FigureRow, FigureTable } from './figure-table.js';
import classes from './monitor.module.css';

const pageSize = 10;

interface Props {
  series: EpochSeries;
  /** Makes it draw anew: the series is one object that grows. */
  revision: number;
  ended: boolean;
  /** All epochs that there are have been read. */
  read: boolean;
}

export function EpochsPanel({ series, ended, read }: Props) {
  const texts = useTexts();
  const { t } = texts;
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
        <FigureTable
          testId="epoch-table"
          label={epochs.title}
          heads={[
            epochs.epoch,
            epochs.trainAccuracy,
            epochs.validationAccuracy,
            epochs.trainLoss,
            epochs.validationLoss,
          ]}
          spacing={20}
          rows={indices.flatMap((index) => {
            const metric = series.at(index);
            return metric ? [rowOf(texts, metric, index === series.bestIndex)] : [];
          })}
        />
      </Table.ScrollContainer>
      {length === 0 ? (
        <Text size="sm" c="dimmed" px={20} pb="md">
          {!ended ? epochs.empty : read ? t.monitor.charts.none : t.shell.loading}
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

function rowOf({ t, format }: Texts, metric: Metric, best: boolean): FigureRow {
  const { epoch, trainAccuracy, validationAccuracy, trainLoss, validationLoss } = metric;
  return {
    key: epoch,
    best,
    nameClass: classes.epoch,
    name: (
      <>
        {format.count(epoch)}
        {best ? (
          <Badge size="xs" variant="light" tt="none" className={classes.bestSign}>
            {t.monitor.epochs.best}
          </Badge>
        ) : null}
      </>
    ),
    figures: [
      ...[trainAccuracy, validationAccuracy].map(format.accuracy),
      ...[trainLoss, validationLoss].map((loss) => format.number(loss)),
    ],
  };
}
