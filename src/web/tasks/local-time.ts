/** Times of addresses (UTC) as a field of date and time writes them (the reader's clock, without a zone), and back. */

export function localOfIso(iso: string | undefined): string {
  if (iso === undefined) return '';
  const time = new Date(iso);
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** Undefined where the field is empty or half typed. */
export function isoOfLocal(local: string): string | undefined {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
