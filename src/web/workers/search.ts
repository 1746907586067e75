export interface WorkersSearch {
  /** Those that signed off are shown too. */
  offline?: true | undefined;
}

export function readWorkersSearch(search: Record<string, unknown>): WorkersSearch {
  return { offline: search.offline === true || search.offline === 1 ? true : undefined };
}
