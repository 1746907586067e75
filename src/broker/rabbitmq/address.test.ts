import { expect, test } from 'vitest';
import { AppError } from '../../contract/errors.js';
import { parseRabbitUrl } from './address.js';

test.each([
  ['amqp://', null],
  ['amqp://host', { hostname: 'host', port: 5672, username: 'guest', password: 'guest', vhost: '/', tls: false }],
  ['amqp://host/', { vhost: '/' }],
  ['amqp://host/%2F', { vhost: '/' }],
  ['amqp://host/team%2Fa', { vhost: 'team/a' }],
  [
    'amqps://u%40x:p%3A%2F@rabbit.example:7000/v',
    { username: 'u@x', password: 'p:/', port: 7000, vhost: 'v', tls: true },
  ],
  ['amqps://host', { port: 5671, tls: true }],
  ['amqp://[::1]:5673', { hostname: '::1', port: 5673 }],
  ['amqp://host?heartbeat=30', { heartbeatSeconds: 30 }],
  ['amqp://host?heartbeat=0', null],
  ['redis://host', null],
  ['nonsense', null],
])('%s is read as Celery reads it', (url, parts) => {
  if (parts === null) expect(() => parseRabbitUrl(url)).toThrow(AppError);
  else expect(parseRabbitUrl(url)).toMatchObject(parts);
});

test('the password of a wrong address is not repeated', () => {
  expect(() => parseRabbitUrl('http://me:secret@host')).toThrow(/^SETTING_INVALID (?!.*secret)/);
});
