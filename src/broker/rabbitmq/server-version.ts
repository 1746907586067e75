/**
 * Which RabbitMQ answers at an address. It says so in its first frame, which the client library keeps to itself, so
 * this reads that frame on a connection of its own.
 *
 * Source: AMQP 0-9-1, sections 2.3.5 (frames), 4.2.5.5 (tables), connection.start
 */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { RabbitAddress } from './address.js';

const protocolHeader = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]); // "AMQP" 0-9-1
const answerWithinMs = 3_000;

/** Such as `RabbitMQ 3.10.8`; the bare name when it does not say. */
export async function readServerVersion({ hostname, port, tls }: RabbitAddress, ca?: string): Promise<string> {
  const servername = /^[\d.]+$|:/.test(hostname) ? undefined : hostname;
  const socket = tls ? connectTls({ host: hostname, port, ca, servername }) : connect({ host: hostname, port });
  socket.setTimeout(answerWithinMs, () => socket.destroy());
  let received = Buffer.alloc(0);
  try {
    socket.write(protocolHeader);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 7 && received.length >= 7 + received.readUInt32BE(3)) break;
    }
  } catch {
    // The caller has a connection that works; without a version it is just told less.
  } finally {
    socket.destroy();
  }
  const [product, version] = [readString(received, 'product'), readString(received, 'version')];
  return [product ?? 'RabbitMQ', version].filter((part) => part !== null).join(' ');
}

/** A text of the server's properties: the length of its name, its name, `S`, 32 bits of length, the text. */
function readString(frame: Buffer, name: string): string | null {
  const key = Buffer.concat([Buffer.from([name.length]), Buffer.from(`${name}S`)]);
  const at = frame.indexOf(key);
  if (at === -1) return null;
  const start = at + key.length + 4;
  if (start > frame.length) return null;
  return frame.toString('utf8', start, start + frame.readUInt32BE(start - 4));
}
