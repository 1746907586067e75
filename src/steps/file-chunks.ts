/** A local file as chunks, read ahead while the one before is worked on. */
import { type FileHandle, open } from 'node:fs/promises';

const mostChunkBytes = 1 << 20;

/**
 * Bytes of a file in order. A chunk is void once the next one is asked for.
 * @param signal looked at before every chunk; its reason is thrown
 */
export async function* fileChunks(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  let ahead: Promise<Uint8Array> | null = null;
  try {
    // A small file has small chunks: collecting two megabytes after it would take longer than reading it.
    const chunkBytes = Math.min(mostChunkBytes, Math.max(1, (await file.stat()).size));
    let current = new Uint8Array(chunkBytes);
    let other = new Uint8Array(chunkBytes);
    ahead = readInto(file, current);
    for (;;) {
      const chunk = await ahead;
      ahead = null;
      signal.throwIfAborted();
      if (chunk.length === 0) return;
      ahead = readInto(file, other);
      [current, other] = [other, current];
      yield chunk;
    }
  } finally {
    await ahead?.catch(() => undefined);
    await file.close();
  }
}

async function readInto(file: FileHandle, buffer: Uint8Array): Promise<Uint8Array> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
  return buffer.subarray(0, bytesRead);
}
