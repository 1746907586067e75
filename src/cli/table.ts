/** Tables of text: columns set apart by blanks, a rule under the head. */
import Table from 'cli-table3';

type Align = 'left' | 'right' | 'center';

const bare = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function renderTable(head: string[], rows: string[][], align: Align[] = []): string {
  const table = new Table({
    ...(head.length > 0 ? { head } : {}),
    chars: bare,
    colAligns: align,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows);
  return trimEnds(table.toString());
}

/** Name and value on each line, the names in one column. */
export function renderPairs(pairs: readonly (readonly [string, string] | null)[]): string {
  return renderTable(
    [],
    pairs.filter((pair) => pair !== null).map(([name, value]) => [name, value]),
  );
}

/** A text cut to a number of characters. */
export function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(1, width - 1)).join('')}…`;
}

const trimEnds = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
