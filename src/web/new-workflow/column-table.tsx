/** The first rows of the file as a table whose header holds the choices; for wide screens. */
import { ScrollArea } from '@mantine/core';
import type { ColumnProfile, DatasetPreview, DatasetProfile } from '../../contract/entities.js';
import { useTexts } from '../language/language.js';
import { ColumnFigures, ColumnName, ColumnRoles, ColumnTypeChoice } from './column-choices.js';
import classes from './columns.module.css';
import { type Form, isUsed, typeOf } from './form.js';

const shownRows = 8;

export interface ColumnsView {
  form: Form;
  onChange: (form: Form) => void;
  profile: DatasetProfile;
  preview: DatasetPreview;
  /** Those of this page. */
  columns: readonly ColumnProfile[];
}

export const roleOf = (form: Form, column: ColumnProfile): 'target' | 'used' | 'out' =>
  column.name === form.target ? 'target' : isUsed(form, column) ? 'used' : 'out';

export function ColumnTable({ form, onChange, profile, preview, columns }: ColumnsView) {
  const { t } = useTexts();
  const places = columns.map((column) => preview.columns.indexOf(column.name));
  return (
    <ScrollArea
      offsetScrollbars="x"
      type="auto"
      className={classes.scroll}
      viewportProps={{ tabIndex: 0, 'aria-label': t.create.columns.table }}
    >
      <table className={classes.table} aria-label={t.create.columns.table}>
        <thead>
          <tr>
            {columns.map((column) => {
              const part = { form, onChange, profile, column };
              return (
                <th key={column.name} scope="col" className={classes.head} data-role={roleOf(form, column)}>
                  <div className={classes.stack}>
                    <ColumnName column={column} />
                    <ColumnTypeChoice {...part} />
                    <ColumnRoles {...part} />
                    <ColumnFigures {...part} />
                  </div>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {preview.rows.slice(0, shownRows).map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a preview have no other name and never change.
            <tr key={index}>
              {columns.map((column, at) => (
                <td
                  key={column.name}
                  className={`${classes.cell} ${typeOf(form, column) === 'numeric' ? classes.numeric : ''}`}
                  data-role={roleOf(form, column)}
                >
                  <Value value={row[places[at] ?? -1]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function Value({ value }: { value: string | null | undefined }) {
  const { t } = useTexts();
  if (value === null || value === undefined)
    return <span className={classes.missing}>{t.create.columns.missingValue}</span>;
  return (
    <div className="z-clip" title={value.length > 24 ? value : undefined}>
      {value}
    </div>
  );
}
