/** One watcher's connection: news as server-sent events, at the pace at which the client reads them. */
import type { ServerResponse } from 'node:http';
import type { LiveEvent } from '../../contract/api.js';
import { formatCursor, type LiveCursor } from './cursor.js';
import type { News } from './feed.js';
import type { Watching } from './hub.js';

const heartbeatMs = 15_000;
/** A client that takes nothing for this long is cut off; it can resume where it was. */
const stalledMs = 60_000;
/** How long a browser waits before it connects again. */
const reconnectMs = 2_000;

/** Writes events until the workflow has ended, the client is gone or the server closes; the head is written before. */
export async function streamEvents(response: ServerResponse, watching: Watching, from: LiveCursor): Promise<void> {
  const { feed, closing } = watching;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (response.destroyed) gone.abort();
  const stop = AbortSignal.any([gone.signal, closing]);
  const heartbeat = setInterval(() => {
    if (!stop.aborted && !response.writableNeedDrain) response.write(':\n\n');
  }, heartbeatMs);
  heartbeat.unref();
  try {
    let cursor = from;
    await write(response, `retry: ${reconnectMs}\n\n`, stop);
    while (!stop.aborted) {
      const { generation } = feed;
      const news = await feed.news(cursor);
      const text = format(news, cursor);
      cursor = news.cursor;
      if (text !== '') {
        await write(response, text, stop);
        heartbeat.refresh();
      }
      if (news.last) break;
      if (text === '') await nextChange(watching, generation, stop);
    }
  } finally {
    clearInterval(heartbeat);
  }
  response.end();
}

async function nextChange({ feed }: Watching, generation: number, stop: AbortSignal): Promise<void> {
  const change = feed.changed(generation);
  await until(change.promise, stop);
  change.forget();
}

/** Resolves when the text is on its way, or the client has made room for more. */
async function write(response: ServerResponse, text: string, stop: AbortSignal): Promise<void> {
  if (stop.aborted || response.write(text)) return;
  const stalled = setTimeout(() => response.destroy(), stalledMs);
  stalled.unref();
  let drained: () => void = () => {};
  const drain = new Promise<void>((resolve) => {
    drained = resolve;
  });
  response.once('drain', drained);
  try {
    await until(drain, stop);
  } finally {
    response.off('drain', drained);
    clearTimeout(stalled);
  }
}

/** Waits for the promise or the signal, and leaves no listener behind on the signal. */
async function until(promise: Promise<void>, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  let stopped: () => void = () => {};
  const signalled = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  stop.addEventListener('abort', stopped);
  try {
    await Promise.race([promise, signalled]);
  } finally {
    stop.removeEventListener('abort', stopped);
  }
}

/** The events of the news; ids tell how far each one brings the watcher, so that a cut between two loses nothing. */
function format(news: News, from: LiveCursor): string {
  let text = '';
  let cursor = from;
  const emit = (event: LiveEvent, next: Partial<LiveCursor>): void => {
    cursor = { ...cursor, ...next };
    text += `id: ${formatCursor(cursor)}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`;
  };
  const { summary, cursor: reached } = news;
  for (const step of news.steps) emit({ type: 'step', data: step }, {});
  if (summary) emit({ type: 'status', data: summary }, { version: reached.version });
  if (news.metrics.length > 0) emit({ type: 'metrics', data: { items: news.metrics } }, { epoch: reached.epoch });
  if (news.logs.length > 0) emit({ type: 'log', data: { items: news.logs } }, { logId: reached.logId });
  return text;
}
