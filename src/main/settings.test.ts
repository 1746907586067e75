import { expect, test } from 'vitest';
import { messagesOf } from '../contract/messages/translate.js';
import { readSettings, settingNames } from './settings.js';

test('every setting can be typed as a flag, but for the address that every command takes as --url', () => {
  const typed: readonly string[] = Object.keys(messagesOf('en').cli.settings);
  expect(settingNames.filter((name) => !typed.includes(name))).toEqual(['ZINCIR_URL']);
  expect(typed.filter((name) => !settingNames.some((known) => known === name))).toEqual([]);
});

test('a flag goes before the environment, and is refused by the name of its setting', () => {
  const environment = { ZINCIR_PORT: '8001', ZINCIR_HOST: '::1', ZINCIR_DATABASE_URL: 'postgres://env' };
  const settings = readSettings(environment, { ZINCIR_PORT: '9000', ZINCIR_DATABASE_URL: 'postgres://flag' });
  expect(settings).toMatchObject({ port: 9000, host: '::1', databaseUrl: 'postgres://flag' });
  expect(() => readSettings({}, { ZINCIR_BROKER_URL: 'kafka://x' })).toThrow(
    expect.objectContaining({
      code: 'SETTING_INVALID',
      params: expect.objectContaining({ setting: 'ZINCIR_BROKER_URL', value: 'kafka://x' }),
    }),
  );
});
