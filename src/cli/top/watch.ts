/** Draws frame after frame until a key or a signal ends it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, Session } from '../context.js';
import { listenForKeys } from '../keys.js';
import { describeError } from '../report.js';
import { openScreen } from '../screen.js';
import { renderTop } from './frame.js';
import { type TopSnapshot, takeSnapshot } from './snapshot.js';

/** How often the clocks of a frame go on between two looks at the server. */
const redrawMs = 1_000;

/** @throws `Interrupted` after a signal, and what the first look at the server throws; later ones are shown, and tried again */
export async function watchTop(context: Context, session: Session, intervalMs: number): Promise<void> {
  const { program, interruption, paint } = context;
  const leaving = new AbortController();
  const signal = AbortSignal.any([interruption.signal, leaving.signal]);
  let snapshot: TopSnapshot = await takeSnapshot(session.client);
  let trouble: string | null = null;
  const draw = () => {
    const { width, height } = screen;
    const options = { width, height, nowMs: Date.now(), paint, trouble, url: session.connection.url };
    screen.draw(renderTop(context, snapshot, options));
  };
  const screen = openScreen(program.stdout, () => draw());
  const deafen = listenForKeys(program.stdin, (key) => {
    if (key === 'q' || key === 'Q' || key === '\u001b') leaving.abort();
  });
  const redraw = setInterval(draw, redrawMs);
  try {
    draw();
    while (!signal.aborted) {
      await sleep(intervalMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      try {
        snapshot = await takeSnapshot(session.clientFor(AbortSignal.any([signal, AbortSignal.timeout(10_000)])));
        trouble = null;
      } catch (error) {
        trouble = describeError(context.language, error).message;
      }
      if (!signal.aborted) draw();
    }
  } finally {
    clearInterval(redraw);
    deafen();
    screen.close();
  }
  interruption.signal.throwIfAborted();
}
