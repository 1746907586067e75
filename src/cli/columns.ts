/** Rows of cells in columns, no wider than a screen: what may be cut gives way to what may not. */
import { cut } from './table.js';

export interface Column {
  title: string;
  align?: 'right';
  /** Cut, down to so many characters, where the rows do not fit. */
  least?: number;
}

export interface Cell {
  text: string;
  /** Colours it; its width is that of the text. */
  paint?: (text: string) => string;
}

const gap = 2;

/** The head, then the rows. */
export function layOut(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): string[] {
  const widths = columns.map(({ title }, place) =>
    Math.max(lengthOf(title), ...rows.map((row) => lengthOf(row[place]?.text ?? ''))),
  );
  let excess = widths.reduce((sum, each) => sum + each + gap, -gap) - width;
  for (const [place, { least }] of columns.entries()) {
    const now = widths[place] ?? 0;
    if (excess <= 0 || least === undefined || now <= least) continue;
    widths[place] = Math.max(least, now - excess);
    excess -= now - (widths[place] ?? 0);
  }
  const lineOf = (cells: readonly Cell[]) => {
    const parts = columns.map(({ align }, place) => {
      const { text, paint = (plain: string) => plain } = cells[place] ?? { text: '' };
      const room = widths[place] ?? 0;
      const shown = cut(text, room);
      const blank = ' '.repeat(Math.max(0, room - lengthOf(shown)));
      return align === 'right' ? blank + paint(shown) : paint(shown) + blank;
    });
    return parts.join(' '.repeat(gap)).trimEnd();
  };
  return [lineOf(columns.map(({ title }) => ({ text: title }))), ...rows.map(lineOf)].map((line) => fitTo(line, width));
}

const lengthOf = (text: string): number => [...text].length;

/** A line with colours, cut at a number of visible characters. */
export function fitTo(line: string, width: number): string {
  let room = width;
  let shown = '';
  let coloured = false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that colour begin with one
  for (const [part] of line.matchAll(/\u001b\[\d*m|./gsu)) {
    if (part.length > 1 && part.startsWith('\u001b')) {
      coloured = part !== '\u001b[0m';
      shown += part;
    } else if (room > 0) {
      room -= 1;
      shown += part;
    }
  }
  return coloured ? `${shown}\u001b[0m` : shown;
}
