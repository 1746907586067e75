/** Sends a file as a form (RFC 7578), read from the disk as the server takes it. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import path from 'node:path';
import { Readable } from 'node:stream';

/** Large, since a read costs a change of threads whatever its size: with 256 KB the same file took twice the processor time. */
const chunkBytes = 1 << 20;

/**
 * Posts a form: the part `file`, behind the `fields`. Global `fetch` reads ahead of the network without bound, from
 * `fs.openAsBlob` as from a stream (measured on Node 20: 510 MB more memory for a file of 500 MB); this needs 40 MB.
 * @param sizeBytes how much of the file to send, so that one that grows meanwhile stays whole
 * @throws what the connection throws, when it breaks before an answer has come
 */
export async function postFile(
  url: string,
  file: string,
  options: {
    sizeBytes: number;
    headers: Record<string, string>;
    fields: Record<string, string>;
    signal?: AbortSignal | undefined;
  },
): Promise<Response> {
  const boundary = `zincir-${randomUUID()}`;
  const name = quoted(path.basename(file));
  const fields = Object.entries(options.fields).map(
    ([field, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
  );
  const head = Buffer.from(
    `${fields.join('')}--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: text/csv\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  const outgoing = send(url, {
    method: 'POST',
    headers: {
      ...options.headers,
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': head.length + options.sizeBytes + tail.length,
    },
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
  });
  // A server that refuses early answers before the body has gone out; then the rest of the body does not matter.
  const sent = sendForm(outgoing, head, { file, sizeBytes: options.sizeBytes }, tail);
  sent.catch(() => {});
  return toResponse(await Promise.race([answer, sent.then(() => answer)]));
}

/** Sends the whole body; a request of which it cannot be sent is destroyed. */
async function sendForm(
  outgoing: ClientRequest,
  head: Uint8Array,
  { file, sizeBytes }: { file: string; sizeBytes: number },
  tail: Uint8Array,
): Promise<void> {
  try {
    const handle = await open(file);
    try {
      await write(outgoing, head);
      await sendBytes(outgoing, handle, sizeBytes);
    } finally {
      await handle.close();
    }
    outgoing.end(tail);
  } catch (thrown) {
    outgoing.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
    throw thrown;
  }
}

/** Two buffers in turns: one is read into while the connection takes the other. New ones would cost more than the reads. */
async function sendBytes(outgoing: ClientRequest, handle: FileHandle, sizeBytes: number): Promise<void> {
  const length = Math.min(chunkBytes, sizeBytes);
  let [filling, sending] = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(length)];
  let taken: Promise<void> = Promise.resolve();
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead } = await handle.read(filling, 0, Math.min(length, sizeBytes - at), at);
    if (bytesRead === 0) throw new Error('the file became shorter while it was sent');
    await taken;
    taken = write(outgoing, filling.subarray(0, bytesRead));
    // Whoever waits for it next hears of a fault.
    taken.catch(() => {});
    [filling, sending] = [sending, filling];
    at += bytesRead;
  }
  await taken;
}

/** Resolves when the connection has taken the bytes; rejects when it never will. */
function write(outgoing: ClientRequest, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new Error('the connection was closed'));
    outgoing.once('close', closed);
    outgoing.write(bytes, (error) => {
      outgoing.off('close', closed);
      if (error) reject(error);
      else resolve();
    });
  });
}

function toResponse(incoming: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  return new Response(Readable.toWeb(incoming) as ReadableStream<Uint8Array>, {
    status: incoming.statusCode ?? 500,
    headers,
  });
}

/** As browsers escape a file name: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
const quoted = (name: string): string =>
  name.replace(/["\r\n]/g, (character) => ({ '"': '%22', '\r': '%0D' })[character] ?? '%0A');
