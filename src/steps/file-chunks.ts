/** A local file as chunks, laid where the one who takes them wants them. */
import { readSync } from 'node:fs';
import { open } from 'node:fs/promises';

const mostChunkBytes = 1 << 20;

/**
 * Bytes of a file in order. A chunk is void once the next one is asked for.
 *
 * They are read by the thread that asks: to have the process's pool read a chunk, and be woken for it, costs that
 * thread as much as the copy out of the system's cache, and the pool's thread the copy itself.
 * @param signal looked at before every chunk; its reason is thrown
 * @param room where the next chunk shall lie; null: in a buffer of our own
 */
export async function* fileChunks(
  path: string,
  signal: AbortSignal,
  room: () => Uint8Array | null,
): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    // A small file has a small buffer: collecting a megabyte after it would take longer than reading it.
    const own = new Uint8Array(Math.min(mostChunkBytes, Math.max(1, (await file.stat()).size)));
    for (;;) {
      signal.throwIfAborted();
      const place = room() ?? own;
      const length = readSync(file.fd, place, 0, place.length, null);
      if (length === 0) return;
      yield place.subarray(0, length);
      // Whoever else needs the thread, such as a message that ends the step.
      await new Promise(setImmediate);
    }
  } finally {
    await file.close();
  }
}
