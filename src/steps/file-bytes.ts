/** Reads and writes that move all the bytes they are given: a call to the system may move fewer. */
import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

type Numbers = Uint8Array | Int32Array | Float64Array;

/** Fills `values` from a position on. @throws Error where the file ends before */
export async function readWhole<Values extends Numbers>(
  file: FileHandle,
  values: Values,
  position: number,
): Promise<Values> {
  const bytes = bytesOf(values);
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new Error(`the file ends at byte ${position + done}`);
    done += bytesRead;
  }
  return values;
}

/** The same at once, by the thread that calls. @param fd of an open file */
export function readWholeNow(fd: number, values: Numbers, position: number): void {
  const bytes = bytesOf(values);
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(fd, bytes, done, bytes.length - done, position + done);
    if (count === 0) throw new Error(`the file ends at byte ${position + done}`);
    done += count;
  }
}

export async function writeWhole(file: FileHandle, values: Numbers, position: number): Promise<void> {
  const bytes = bytesOf(values);
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Numbers): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
