/** Values of filters as addresses write them: with commas between. */

/** The values of a filter as a list. */
export const valuesOf = (filter: string | undefined): string[] =>
  (filter ?? '').split(',').filter((part) => part !== '');

/** A list as a filter; none chosen is no filter. */
export const filterOf = (values: readonly string[]): string | undefined =>
  values.length === 0 ? undefined : values.join(',');

/** What of an address's filter its schema knows; the rest is left out. */
export function knownValues(
  value: unknown,
  schema: { safeParse: (text: string) => { success: boolean } },
): string | undefined {
  return filterOf(valuesOf(textOf(value)).filter((text) => schema.safeParse(text).success));
}

/** A text of an address; the router reads what looks like a number as one. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
