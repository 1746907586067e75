/** Names of the columns, as pandas gives them. */

export interface HeaderColumn {
  readonly name: string;
  /** The name in the file, where it had to be changed because it is empty or given before. */
  readonly originalName?: string;
}

/**
 * Names from the header record: an empty one becomes `Unnamed: 2` (its position from 0), a repeated one
 * `x.1`, `x.2`, ...; names that the file gives itself have precedence over those made up here
 * (`pandas.read_csv`).
 */
export function nameColumns(given: readonly string[]): HeaderColumn[] {
  const names = given.map((name, position) => name || `Unnamed: ${position}`);
  const taken = new Set(names);
  const counts = new Map<string, number>();
  const positions = [...names.keys()];
  const inOrder = [...positions.filter((i) => given[i] !== ''), ...positions.filter((i) => given[i] === '')];
  for (const position of inOrder) {
    const wanted = names[position] ?? '';
    let name = wanted;
    let count = counts.get(name) ?? 0;
    while (count > 0) {
      counts.set(wanted, count + 1);
      name = `${wanted}.${count}`;
      count = taken.has(name) ? count + 1 : (counts.get(name) ?? 0);
    }
    names[position] = name;
    counts.set(name, count + 1);
  }
  return names.map((name, position) => {
    const originalName = given[position] ?? '';
    return name === originalName ? { name } : { name, originalName };
  });
}

/** Names for a file without a header. */
export function numberColumns(count: number): HeaderColumn[] {
  return Array.from({ length: count }, (_, i) => ({ name: `column_${i + 1}` }));
}
