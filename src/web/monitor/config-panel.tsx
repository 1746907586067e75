/** What the workflow runs with: every setting, the defaults told apart, and what was ignored. */
import { Table, Text } from '@mantine/core';
import type { WorkflowConfig } from '../../contract/config.js';
import type { Workflow } from '../../contract/entities.js';
import { estimatorNames, type HyperparameterName, hyperparameters } from '../../contract/models.js';
import { Panel } from '../design/panel.js';
import { type Texts, useTexts } from '../language/language.js';
import { defaultText, textOf } from '../new-workflow/params.js';
import { readingWords } from '../new-workflow/reading-words.js';
import classes from './monitor.module.css';

interface Row {
  name: string;
  value: string;
  byDefault?: boolean;
}

export function ConfigPanel({ workflow }: { workflow: Workflow }) {
  const texts = useTexts();
  const { t } = texts;
  const rows = configRows(workflow.config, texts);
  return (
    <Panel title={t.monitor.config.title} lead={estimatorNames[workflow.model]} flush>
      <Table className={classes.figures} aria-label={t.monitor.config.title} verticalSpacing={6} horizontalSpacing={20}>
        <Table.Tbody>
          {rows.map(({ name, value, byDefault }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" w="45%">
                {name}
              </Table.Th>
              <Table.Td className="z-break">
                {value}
                {byDefault ? (
                  <Text span size="xs" c="dimmed" ml={8}>
                    {t.monitor.config.byDefault}
                  </Text>
                ) : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {workflow.ignored.length > 0 ? (
        <Text size="sm" c="dimmed" px={20} pb="md" pt="xs">
          {t.monitor.config.ignored}: <span className="z-mono">{workflow.ignored.join(', ')}</span>
        </Text>
      ) : null}
    </Panel>
  );
}

/** Every setting of a config in words, in the order in which the form shows them. */
export function configRows(config: WorkflowConfig, { t, terms }: Pick<Texts, 't' | 'terms'>): Row[] {
  const { config: words } = t.monitor;
  const { missing, stratify, columns, reading } = config.preprocessing;
  const rows: Row[] = [{ name: words.target, value: config.target }];
  for (const [name, value] of Object.entries(config.params)) {
    if (!isHyperparameter(name)) continue;
    const text = textOf(value);
    rows.push({
      name: terms.hyperparameters[name].label,
      value: text,
      byDefault: text === defaultText(config.model, name),
    });
  }
  rows.push({ name: words.missing, value: missing === 'drop' ? t.create.split.drop : t.create.split.impute });
  rows.push({ name: words.stratify, value: stratify ? words.yes : words.no });
  for (const [name, options] of Object.entries(columns)) {
    const said = [
      options.use === undefined ? '' : options.use ? words.columnUsed : words.columnLeftOut,
      options.type === undefined ? '' : terms.columnTypes[options.type],
      options.impute ?? '',
      options.scale ?? '',
    ];
    rows.push({ name, value: said.filter((word) => word !== '').join(', ') });
  }
  const read = readingWords(t.create.dataset, reading);
  if (read.length > 0) rows.push({ name: words.reading, value: read.join(' · ') });
  return rows;
}

const isHyperparameter = (name: string): name is HyperparameterName => Object.hasOwn(hyperparameters, name);
