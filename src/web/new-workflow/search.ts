/** What the address of the new workflow's page says. */
export interface CreateSearch {
  /** The form is filled in from this workflow. */
  from?: number | undefined;
  /** The dataset to use. */
  dataset?: number | undefined;
  /** With `from`: the workflow whose data is used instead (compose, edited first). */
  data?: number | undefined;
}

export function readCreateSearch(search: Record<string, unknown>): CreateSearch {
  return { from: readId(search.from), dataset: readId(search.dataset), data: readId(search.data) };
}

function readId(value: unknown): number | undefined {
  const id = Number(value);
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}
