/** Text as a search compares it: without case, accents or the Turkish dots, so that “İris” finds iris.csv. */
export function searchText(...parts: string[]): string {
  return parts.join(' ').normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ı', 'i');
}

/** A `LIKE` pattern for each word of a query. */
export function searchPatterns(query: string): string[] {
  return searchText(query)
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`);
}

/** Of the texts that the archive is searched and sorted by, as much is kept: four bytes each must fit into an index. */
export const archivedLength = { search: 400, name: 100 };
