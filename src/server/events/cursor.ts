/** How far a watcher has come, as the `id` of every live event tells it. */
export interface LiveCursor {
  /** Version of the workflow whose status was sent last. */
  version: number;
  /** Last epoch sent. */
  epoch: number;
  /** Last log line sent. */
  logId: number;
}

export const startCursor: LiveCursor = { version: 0, epoch: 0, logId: 0 };

export const formatCursor = ({ version, epoch, logId }: LiveCursor): string => `${version}.${epoch}.${logId}`;

/** Null when the text is no cursor of ours: a watcher that brings one starts at the beginning. */
export function parseCursor(text: string | undefined): LiveCursor | null {
  const match = /^(\d{1,15})\.(\d{1,9})\.(\d{1,15})$/.exec(text?.trim() ?? '');
  return match && { version: Number(match[1]), epoch: Number(match[2]), logId: Number(match[3]) };
}
