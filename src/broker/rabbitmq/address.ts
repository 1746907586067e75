/** A broker's address, `amqp://user:password@host:port/vhost?heartbeat=10`, in its parts. */
import { AppError } from '../../contract/errors.js';

export interface RabbitAddress {
  hostname: string;
  port: number;
  username: string;
  password: string;
  vhost: string;
  tls: boolean;
  heartbeatSeconds: number;
}

/** A frozen worker's tasks go to others after about twice this; a killed one's at once. */
const defaultHeartbeatSeconds = 10;

/**
 * Reads the address as Celery does: user and password are `guest` when left out, an empty path is the vhost `/`.
 * @throws AppError `SETTING_INVALID`; the password is not in it
 */
export function parseRabbitUrl(text: string): RabbitAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  const tls = url?.protocol === 'amqps:';
  const heartbeatSeconds = Number(url?.searchParams.get('heartbeat') ?? defaultHeartbeatSeconds);
  const fine = url !== null && (tls || url.protocol === 'amqp:') && url.hostname !== '' && heartbeatSeconds >= 1;
  if (!fine) {
    const rule = 'amqp://user:password@host:port/vhost or amqps://..., with ?heartbeat=<seconds, 1 or more> if wanted';
    const value = text.replace(/\/\/[^@/]*@/, '//***@');
    throw new AppError('SETTING_INVALID', { setting: 'ZINCIR_BROKER_URL', value, rule });
  }
  return {
    // A URL writes an IPv6 address in brackets, a socket wants it without.
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (tls ? 5671 : 5672) : Number(url.port),
    username: decodeURIComponent(url.username) || 'guest',
    password: decodeURIComponent(url.password) || 'guest',
    vhost: decodeURIComponent(url.pathname.slice(1)) || '/',
    tls,
    heartbeatSeconds,
  };
}
