/** The columns one below the other; for phones. */
import { useTexts } from '../language/language.js';
import { ColumnFigures, ColumnName, ColumnRoles, ColumnTypeChoice } from './column-choices.js';
import { type ColumnsView, roleOf } from './column-table.js';
import classes from './columns.module.css';

const shownValues = 5;

export function ColumnCards({ form, onChange, profile, preview, columns }: ColumnsView) {
  const { t } = useTexts();
  return (
    <ul className={classes.cards}>
      {columns.map((column) => {
        const part = { form, onChange, profile, column };
        const place = preview.columns.indexOf(column.name);
        const values = preview.rows.slice(0, shownValues).map((row) => row[place] ?? t.create.columns.missingValue);
        return (
          <li key={column.name} className={classes.card} data-role={roleOf(form, column)}>
            <div className={classes.cardTop}>
              <ColumnName column={column} />
              <ColumnTypeChoice {...part} />
            </div>
            <ColumnRoles {...part} />
            <div className={classes.values}>
              <ColumnFigures {...part} />
              <div className="z-clip">
                {t.create.columns.values}: {values.join(' · ')}
              </div>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
