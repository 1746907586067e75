/** How well the model does on the validation rows: confusion matrix and figures by class. */
import { ScrollArea, Stack, Text, Title } from '@mantine/core';
import type { TrainingResult } from '../../contract/entities.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import { FigureTable } from './figure-table.js';
import { heatOf } from './heat.js';
import classes from './monitor.module.css';

/** A matrix of more classes than this is a picture nobody reads; the report has it. */
const mostClasses = 30;

export function ResultPanel({ result }: { result: TrainingResult }) {
  const { t, fill } = useTexts();
  const { rows, features } = result;
  const lead = [
    fill(t.monitor.result.rows, { train: rows.train, validation: rows.validation, features }),
    rows.dropped > 0 ? fill(t.monitor.result.rowsDropped, { count: rows.dropped }) : '',
  ];
  return (
    <Panel title={t.monitor.result.title} lead={lead.filter((text) => text !== '').join(' · ')}>
      <Stack gap="lg">
        <Matrix result={result} />
        <ByClass result={result} />
      </Stack>
    </Panel>
  );
}

function Matrix({ result }: { result: TrainingResult }) {
  const { t, fill, format } = useTexts();
  const { classes: labels, confusionMatrix } = result;
  const words = t.monitor.result;
  if (labels.length > mostClasses) {
    return (
      <Text size="sm" c="dimmed">
        {fill(words.tooMany, { count: labels.length })}
      </Text>
    );
  }
  return (
    <div>
      <Title order={3}>{words.confusion}</Title>
      <Text size="xs" c="dimmed" mb="xs">
        {words.confusionHelp}
      </Text>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0, 'aria-label': words.confusion }}>
        <table className={classes.matrix} aria-label={words.confusion}>
          <thead>
            <tr>
              <td style={{ background: 'none' }} />
              {labels.map((label) => (
                <th key={label} scope="col" title={String(label)}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {confusionMatrix.map((row, truth) => (
              <tr key={labels[truth]}>
                <th scope="row" title={String(labels[truth])}>
                  {labels[truth]}
                </th>
                {row.map((count, predicted) => {
                  const heat = heatOf(row, predicted);
                  const names = { count, truth: labels[truth] ?? '', predicted: labels[predicted] ?? '' };
                  return (
                    <td
                      key={labels[predicted]}
                      ref={(cell) => cell?.style.setProperty('--heat', `${Math.round(heat * 100)}%`)}
                      data-hit={truth === predicted}
                      data-zero={count === 0}
                      data-strong={heat > 0.85}
                      title={fill(words.cell, names)}
                    >
                      {format.count(count)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </div>
  );
}

function ByClass({ result }: { result: TrainingResult }) {
  const { t, format } = useTexts();
  const words = t.monitor.result;
  return (
    <div>
      <Title order={3} mb={4}>
        {words.perClass}
      </Title>
      <ScrollArea.Autosize mah={420} type="auto">
        <FigureTable
          label={words.perClass}
          heads={[words.class, words.precision, words.recall, words.f1, words.support]}
          spacing="xs"
          rows={result.perClass.map(({ class: label, precision, recall, f1, support }) => ({
            key: label,
            name: label,
            nameClass: classes.label,
            title: String(label),
            figures: [...[precision, recall, f1].map(format.accuracy), format.count(support)],
          }))}
        />
      </ScrollArea.Autosize>
    </div>
  );
}
