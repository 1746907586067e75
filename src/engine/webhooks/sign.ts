/** How a call proves that it comes from this installation, and when it was made. */
import { createHmac } from 'node:crypto';

/**
 * `t=<seconds since 1970>,v1=<HMAC-SHA256 of "<t>.<body>" in hex>`. The time is signed too, so that a call that
 * somebody recorded cannot be made again later.
 */
export function signatureOf(secret: string, body: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000);
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}
