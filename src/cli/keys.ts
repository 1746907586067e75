/** Single keys of a terminal, without Enter. */
import type { Input } from './program.js';

/** True where keys can be heard: a terminal that somebody sits at. */
const hasKeys = (input: Input): boolean => input.isTTY === true && typeof input.setRawMode === 'function';

/**
 * Calls back with each key until the answer is called. Ctrl-C does what it does elsewhere: a terminal that hands its
 * keys over one by one no longer makes a signal of it.
 */
export function listenForKeys(input: Input, pressed: (key: string) => void): () => void {
  if (!hasKeys(input)) return () => {};
  const heard = (bytes: Buffer) => {
    const keys = bytes.toString('utf8');
    // An arrow or a function key comes as several characters, of which the first is Escape.
    if (keys.length > 1 && keys.startsWith('\u001b')) return;
    for (const key of keys) {
      if (key === '\u0003') process.kill(process.pid, 'SIGINT');
      else pressed(key);
    }
  };
  input.setRawMode?.(true);
  input.on('data', heard);
  input.resume();
  return () => {
    input.off('data', heard);
    input.setRawMode?.(false);
    input.pause();
  };
}
