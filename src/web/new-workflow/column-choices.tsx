/** The choices and figures of one column; the same in the table and on the cards. */
import { Badge, Checkbox, NativeSelect, Progress, Radio, Text } from '@mantine/core';
import { ColumnType } from '../../contract/config.js';
import type { ColumnProfile, DatasetProfile } from '../../contract/entities.js';
import { useTexts } from '../language/language.js';
import classes from './columns.module.css';
import { canBeNumeric, type Form, isUsed, typeOf, withType, withUse } from './form.js';

export interface ColumnPart {
  form: Form;
  onChange: (form: Form) => void;
  profile: DatasetProfile;
  column: ColumnProfile;
}

export function ColumnName({ column }: { column: ColumnProfile }) {
  const { t, fill } = useTexts();
  const { name, originalName } = column;
  return (
    <div className={classes.name}>
      <Text fw={650} size="sm" className="z-clip" title={name}>
        {name}
      </Text>
      {originalName === undefined ? null : (
        <Text size="xs" c="dimmed" className="z-clip" fw={400}>
          {originalName === '' ? t.create.columns.unnamed : fill(t.create.columns.renamed, { original: originalName })}
        </Text>
      )}
    </div>
  );
}

export function ColumnTypeChoice({ form, onChange, column }: ColumnPart) {
  const { t, terms, fill } = useTexts();
  const isTarget = column.name === form.target;
  if (isTarget) {
    return (
      <Badge variant="filled" radius="sm" tt="none" h={30} fw={600} fullWidth>
        {t.create.columns.isTarget}
      </Badge>
    );
  }
  // Text cannot be read as numbers, so there is nothing to choose.
  if (!canBeNumeric(column)) return <div className={classes.fixedType}>{terms.columnTypes[typeOf(form, column)]}</div>;
  return (
    <NativeSelect
      size="xs"
      aria-label={fill(t.create.columns.type, { name: column.name })}
      value={typeOf(form, column)}
      data={ColumnType.options.map((type) => ({ value: type, label: terms.columnTypes[type] }))}
      onChange={(event) => {
        const type = ColumnType.safeParse(event.currentTarget.value);
        if (type.success) onChange(withType(form, column, type.data));
      }}
    />
  );
}

export function ColumnRoles({ form, onChange, column }: ColumnPart) {
  const { t, fill } = useTexts();
  const isTarget = column.name === form.target;
  return (
    <div className={classes.roles}>
      <Checkbox
        size="xs"
        label={t.create.columns.use}
        aria-label={fill(t.create.columns.useColumn, { name: column.name })}
        checked={isUsed(form, column)}
        disabled={isTarget}
        onChange={(event) => onChange(withUse(form, [column], event.currentTarget.checked))}
      />
      <Radio
        size="xs"
        name="target"
        label={t.create.columns.target}
        aria-label={fill(t.create.columns.chooseAsTarget, { name: column.name })}
        checked={isTarget}
        onChange={() => onChange({ ...form, target: column.name })}
      />
    </div>
  );
}

export function ColumnFigures({ form, profile, column }: ColumnPart) {
  const { t, fill, format, terms } = useTexts();
  const { missing, distinct, distinctExact, min, max, mean, top, note } = column;
  const share = profile.rows === 0 ? 0 : missing / profile.rows;
  const used = isUsed(form, column);
  const values =
    min !== null && max !== null && mean !== null && typeOf(form, column) === 'numeric'
      ? fill(t.create.columns.range, { min: format.number(min), max: format.number(max), mean: format.number(mean) })
      : top
          .slice(0, 3)
          .map(({ value, count }) => `${value}: ${format.count(count)}`)
          .join(' · ');
  return (
    <div className={classes.figures}>
      <div>
        <Progress
          value={share * 100}
          size={3}
          color="orange"
          aria-hidden="true"
          className={classes.gauge}
          data-empty={missing === 0}
        />
        <span data-warn={missing > 0}>
          {missing === 0
            ? t.create.columns.noMissing
            : fill(t.create.columns.missing, { count: missing, share: format.share(share) })}
        </span>
      </div>
      <div>
        {fill(distinctExact ? t.create.columns.distinct : t.create.columns.distinctAtLeast, { count: distinct })}
      </div>
      <div className="z-clip" title={values}>
        {values}
      </div>
      {!used && column.name !== form.target ? (
        <div className={classes.out}>
          {note === null
            ? t.create.columns.leftOutByYou
            : fill(t.create.columns.leftOut, { reason: terms.columnNotes[note] })}
        </div>
      ) : null}
    </div>
  );
}
