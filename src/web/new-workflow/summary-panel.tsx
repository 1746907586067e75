/** What the choices come to, and the one button. */
import { Alert, Button, Input, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconPlayerPlayFilled } from '@tabler/icons-react';
import { ErrorNote } from '../design/error-note.js';
import { FactList } from '../design/fact-list.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import type { Effects } from './effects.js';
import { priorities, textFor } from './form.js';
import type { FormPart } from './form-part.js';

const longestName = 200;
/** Losing a larger share of the rows than this is worth a word. */
const largeDrop = 0.2;

interface Props extends FormPart {
  targetOk: boolean;
  error: unknown;
  starting: boolean;
}

export function SummaryPanel(props: Props) {
  const { form, onChange, effects, faults, targetOk, error, starting, refusedAt } = props;
  const { t, terms, fill } = useTexts();
  const { rows, columns } = effects;
  const nameTooLong = form.name.trim().length > longestName;
  const faulty = Object.keys(faults).length > 0 || !targetOk || nameTooLong;
  const blocked = faulty || columns.used === 0 || rows.none;
  return (
    <Panel title={t.create.summary.title}>
      <Stack gap="md">
        <TextInput
          label={t.create.summary.name}
          placeholder={t.create.summary.namePlaceholder}
          value={form.name}
          error={nameTooLong ? t.create.summary.nameTooLong : refusedAt('name')}
          onChange={(event) => onChange({ ...form, name: event.currentTarget.value })}
        />
        <Priority {...props} />
        <Figures {...props} />
        <Warning {...props} />
        {error ? <ErrorNote title={t.create.summary.rejected} error={error} /> : null}
        <Text size="sm">
          {fill(t.create.summary.line, {
            model: terms.models[form.model],
            target: form.target,
            columns: columns.used,
            epochs: Number(textFor(form, 'epochs')) || textFor(form, 'epochs'),
          })}
        </Text>
        <Button
          type="submit"
          size="md"
          fullWidth
          data-testid="start-workflow"
          disabled={blocked}
          loading={starting}
          leftSection={<IconPlayerPlayFilled size={16} />}
        >
          {starting ? t.create.summary.starting : t.create.summary.start}
        </Button>
        <Text size="xs" c="dimmed" role="status" hidden={!faulty}>
          {faulty ? t.create.summary.wrong : ''}
        </Text>
      </Stack>
    </Panel>
  );
}

const levels = ['low', 'normal', 'high'] as const;

function Priority({ form, onChange }: Props) {
  const { t } = useTexts();
  const texts = t.create.summary.priorities;
  return (
    <Input.Wrapper label={t.create.summary.priority} labelElement="div" description={t.create.summary.priorityHelp}>
      <SegmentedControl
        fullWidth
        mt={6}
        aria-label={t.create.summary.priority}
        data={levels.map((level) => ({ value: String(priorities[level]), label: texts[level] }))}
        value={String(form.priority)}
        onChange={(value) => onChange({ ...form, priority: Number(value) })}
      />
    </Input.Wrapper>
  );
}

function Figures({ effects, profile }: Props) {
  const { t, fill } = useTexts();
  const { rows, columns, features, featuresAre, classes, classesExact } = effects;
  const lost = [
    rows.withoutTarget > 0 ? fill(t.create.summary.withoutTarget, { count: rows.withoutTarget }) : '',
    rows.withMissing > 0 ? fill(t.create.summary.withMissing, { count: rows.withMissing }) : '',
  ].filter((text) => text !== '');
  return (
    <FactList
      facts={[
        {
          name: t.create.summary.rows,
          value: profile.complete
            ? fill(rows.left === rows.total ? t.create.summary.allRows : t.create.summary.rowsUsed, {
                left: rows.left,
                total: rows.total,
              })
            : t.create.summary.rowsLater,
          note: lost.length === 0 || !profile.complete ? undefined : `− ${lost.join(', ')}`,
        },
        // Of a head alone nothing can be said about the whole.
        ...(profile.complete ? [{ name: t.create.summary.split, value: fill(t.create.summary.splitInto, rows) }] : []),
        {
          name: t.create.summary.features,
          value: fill(t.create.summary.featuresFrom[featuresAre], {
            features,
            columns: fill(t.create.summary[columnKinds(columns)], columns),
          }),
        },
        ...(columns.leftOut > 0
          ? [{ name: t.create.summary.leftOut, value: fill(t.create.summary.leftOutCount, { count: columns.leftOut }) }]
          : []),
        { name: t.create.summary.classes, value: fill(classesExact ? '{classes}' : '> {classes}', { classes }) },
      ]}
    />
  );
}

function columnKinds({ numeric, categorical }: Effects['columns']) {
  if (categorical === 0) return 'numericColumns';
  return numeric === 0 ? 'categoricalColumns' : 'mixedColumns';
}

function Warning({ effects }: Props) {
  const { t, fill, format } = useTexts();
  const { rows, columns } = effects;
  const dropped = rows.total === 0 ? 0 : (rows.total - rows.left) / rows.total;
  const text =
    columns.used === 0
      ? t.create.summary.noFeatures
      : rows.none
        ? t.create.summary.noRows
        : dropped > largeDrop
          ? fill(t.create.summary.largeDrop, { share: format.share(dropped) })
          : null;
  if (text === null) return null;
  return (
    <Alert variant="light" color={columns.used === 0 || rows.none ? 'red' : 'yellow'} icon={<IconAlertTriangle />}>
      {text}
    </Alert>
  );
}
