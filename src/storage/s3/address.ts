/** Where files lie, `s3://bucket/prefix?endpoint=https://host:9000&region=eu-west-1&pathStyle=true`, in its parts. */
import { AppError } from '../../contract/errors.js';

export interface S3Address {
  bucket: string;
  /** Empty, or ending in `/`. */
  prefix: string;
  /** Null: Amazon's own. */
  endpoint: string | null;
  /** Null: what the environment or the profile says. */
  region: string | null;
  pathStyle: boolean;
  /** Where copies on this machine lie; null: in the system's directory for temporary files. */
  cacheDirectory: string | null;
  /** What copies may take that no running process holds. */
  cacheBytes: number;
}

const rule =
  's3://bucket/prefix with, as wanted, ?endpoint=<url>, region=<name>, pathStyle=true|false, cacheDirectory=<path>, ' +
  'cacheBytes=<number>; credentials come from the environment, never from the address';
const known = ['endpoint', 'region', 'pathStyle', 'cacheDirectory', 'cacheBytes'];
const defaultCacheBytes = 10 * 2 ** 30;

/**
 * With an endpoint of one's own, the bucket is a part of the path (which all such stores understand) and the region
 * does not matter, unless the address says otherwise.
 * @throws AppError `SETTING_INVALID`
 */
export function parseS3Url(text: string): S3Address {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== 's3:' || url.username !== '' || url.password !== '') throw invalid(text);
  const given = url.searchParams;
  if ([...given.keys()].some((name) => !known.includes(name))) throw invalid(text);
  if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/.test(url.hostname)) throw invalid(text);

  const endpoint = given.get('endpoint');
  if (endpoint !== null && !(URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)))
    throw invalid(text);
  const pathStyle = given.get('pathStyle') ?? String(endpoint !== null);
  if (pathStyle !== 'true' && pathStyle !== 'false') throw invalid(text);
  const cacheBytes = Number(given.get('cacheBytes') ?? defaultCacheBytes);
  if (!Number.isSafeInteger(cacheBytes) || cacheBytes < 0) throw invalid(text);

  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '');
  return {
    bucket: url.hostname,
    prefix: prefix === '' ? '' : `${prefix}/`,
    endpoint,
    region: given.get('region') ?? (endpoint === null ? null : 'us-east-1'),
    pathStyle: pathStyle === 'true',
    cacheDirectory: given.get('cacheDirectory'),
    cacheBytes,
  };
}

function invalid(text: string): AppError {
  const value = text.replace(/\/\/[^@/?]*@/, '//***@');
  return new AppError('SETTING_INVALID', { setting: 'ZINCIR_STORAGE_URL', value, rule });
}
