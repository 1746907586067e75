import { expect, test } from 'vitest';
import { AppError } from '../../contract/errors.js';
import { parseS3Url } from './address.js';
import { s3Environment } from './environment.js';

test('an address without more is Amazon, with what the environment says', () => {
  expect(parseS3Url('s3://my-bucket')).toEqual({
    bucket: 'my-bucket',
    prefix: '',
    endpoint: null,
    region: null,
    pathStyle: false,
    cacheDirectory: null,
    cacheBytes: 10 * 2 ** 30,
  });
});

test('an address with an endpoint is a store of one’s own', () => {
  const url = 's3://b-1/team/a/?endpoint=https%3A%2F%2Fminio%3A9000&cacheDirectory=/var/cache/z&cacheBytes=1000';
  expect(parseS3Url(url)).toEqual({
    bucket: 'b-1',
    prefix: 'team/a/',
    endpoint: 'https://minio:9000',
    region: 'us-east-1',
    pathStyle: true,
    cacheDirectory: '/var/cache/z',
    cacheBytes: 1000,
  });
  expect(parseS3Url('s3://bbb?endpoint=http://h&pathStyle=false&region=r')).toMatchObject({
    endpoint: 'http://h',
    region: 'r',
    pathStyle: false,
  });
});

test.each([
  's3://',
  's3://B',
  'http://bucket',
  's3://key:secret@bucket',
  's3://bucket?regio=x',
  's3://bucket?endpoint=minio',
  's3://bucket?pathStyle=yes',
  's3://bucket?cacheBytes=-1',
])('%s is refused', (url) => {
  expect(() => parseS3Url(url)).toThrow(AppError);
  expect(() => parseS3Url(url)).toThrow(/^SETTING_INVALID (?!.*secret)/);
});

test('a child process gets what the default credentials come from, and nothing else', () => {
  const environment = {
    AWS_ACCESS_KEY_ID: 'a',
    AWS_PROFILE: 'p',
    HOME: '/h',
    ZINCIR_BROKER_URL: 'secret',
    PATH: '/bin',
  };
  expect(s3Environment(environment)).toEqual({ AWS_ACCESS_KEY_ID: 'a', AWS_PROFILE: 'p', HOME: '/h' });
});
