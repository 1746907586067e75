/** `zincir doctor`: checks everything that a node needs, and says how to mend what is wrong. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { Health, Readiness } from '../contract/api.js';
import { AppError, toAppError } from '../contract/errors.js';
import { renderError } from '../contract/messages/render.js';
import { fill, type Language, messagesOf, type Values } from '../contract/messages/translate.js';
import { splitCredentials } from '../contract/session.js';
import { openBroker, openFiles, openStore } from './adapters.js';
import { type Holder, holdDataDirectory, holderOf } from './data-directory.js';
import type { Check } from './doctor-check.js';
import { askAboutWorkers, examineWorkers } from './doctor-workers.js';
import { webRoot } from './package.js';
import type { Settings } from './settings.js';
import { tryTarget } from './webhook-caller.js';

type DoctorKey = keyof ReturnType<typeof messagesOf>['program']['doctor'];
type CheckKey = keyof ReturnType<typeof messagesOf>['program']['checks'];

const gigabyte = 1024 ** 3;

/** Checks one after the other; a failed one never hides the others. `read` gives the settings or throws. */
export async function examine(read: () => Settings, language: Language): Promise<Check[]> {
  const texts = messagesOf(language).program;
  const say = (key: DoctorKey, values: Values = {}) => fill(language, texts.doctor[key], values);
  const name = (key: CheckKey) => texts.checks[key];
  const failure = (key: CheckKey, thrown: unknown): Check => {
    const { message, hint } = renderError(language, toAppError(thrown));
    return { name: name(key), ok: false, detail: message, hint };
  };

  const checks: Check[] = [checkNode(name('node'), say)];
  let settings: Settings;
  try {
    settings = read();
  } catch (error) {
    return [...checks, failure('settings', error)];
  }
  checks.push({ name: name('settings'), ok: true, detail: say('settingsOk') });
  const built = existsSync(webRoot);
  checks.push({
    name: name('pages'),
    ok: built,
    detail: say(built ? 'pagesOk' : 'pagesMissing'),
    hint: built ? undefined : say('pagesHint'),
  });

  const holder = holderOf(settings.dataDir);
  if (holder) checks.push(...(await checkHeld(settings, holder, name, say, language)));
  else checks.push(...(await checkFree(settings, name, say, failure, language)));

  if (settings.url !== null) checks.push(await checkNamedServer(settings.url, name, say, failure));

  if (settings.webhooks) checks.push(...(await checkWebhooks(settings.webhooks, name, say)));

  const free = freemem() / gigabyte;
  checks.push({
    name: name('memory'),
    ok: free > 0.5,
    detail: say('memory', { free: round(free), total: round(totalmem() / gigabyte) }),
    hint: free > 0.5 ? undefined : say('memoryHint'),
  });
  return checks;
}

function checkNode(name: string, say: (key: DoctorKey, values?: Values) => string): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  const version = process.versions.node;
  return { name, ok, detail: say(ok ? 'nodeOk' : 'nodeOld', { version }), hint: ok ? undefined : say('nodeHint') };
}

type Naming = (key: CheckKey) => string;
type Saying = (key: DoctorKey, values?: Values) => string;

/** A server holds the directory: it is asked how its own parts are. */
async function checkHeld(
  settings: Settings,
  holder: Holder,
  name: Naming,
  say: Saying,
  language: Language,
): Promise<Check[]> {
  const url = holder.url ?? `http://${settings.host}:${settings.port}`;
  const held = { directory: settings.dataDir, pid: String(holder.pid), url };
  const checks: Check[] = [{ name: name('dataDirectory'), ok: true, detail: say('dataDirectoryHeld', held) }];
  try {
    checks.push({ name: name('server'), ok: true, detail: say('serverAnswers', await askHealth(url)) });
    const readiness = Readiness.parse(
      await (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) })).json(),
    );
    for (const check of readiness.checks) checks.push({ ...check, name: name(check.name) });
    checks.push(...(await askAboutWorkers(url, name('worker'), language)));
  } catch {
    checks.push({ name: name('server'), ok: false, detail: say('serverAbsent', { url }) });
  }
  return checks;
}

/** Nobody runs: each part is opened, tried and closed here. */
async function checkFree(
  settings: Settings,
  name: Naming,
  say: Saying,
  failure: (key: CheckKey, thrown: unknown) => Check,
  language: Language,
): Promise<Check[]> {
  const checks: Check[] = [];
  let release = () => {};
  try {
    release = holdDataDirectory(settings.dataDir).release;
    checks.push({
      name: name('dataDirectory'),
      ok: true,
      detail: say('dataDirectoryFree', { directory: settings.dataDir }),
    });
    const { bavail, bsize } = await statfs(settings.dataDir);
    const free = (bavail * bsize) / gigabyte;
    const detail = say('disk', { free: round(free), directory: settings.dataDir });
    checks.push({ name: name('disk'), ok: free > 1, detail, hint: free > 1 ? undefined : say('diskHint') });
    checks.push(await tryPart('storage', () => openFiles(settings.storageUrl), name, failure));
    checks.push(await tryPart('database', () => openStore(settings.databaseUrl), name, failure));
    checks.push(await tryPart('broker', () => openBroker(settings.brokerUrl), name, failure));
    checks.push(...(await examineWorkers(settings.databaseUrl, name('worker'), language)));
  } catch (error) {
    checks.push(failure('dataDirectory', error));
  } finally {
    release();
  }
  if (settings.url === null) checks.push(await checkDefaultServer(settings, name('server'), say));
  return checks;
}

async function askHealth(url: string): Promise<{ url: string; version: string }> {
  const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(3000) });
  return { url, version: Health.parse(await answer.json()).version };
}

/** Where commands look for a server that no setting names; one for another data directory they pass by. */
async function checkDefaultServer(settings: Settings, name: string, say: Saying): Promise<Check> {
  const url = `http://${settings.host}:${settings.port}`;
  const found = await askHealth(url).catch(() => null);
  if (found === null) return { name, ok: true, detail: say('serverAbsent', { url }) };
  return { name, ok: true, detail: say(settings.dataDirGiven ? 'serverPassedBy' : 'serverAnswers', found) };
}

/** The server at `ZINCIR_URL`: every command talks to that one, and to no other. */
async function checkNamedServer(
  address: string,
  name: Naming,
  say: Saying,
  failure: (key: CheckKey, thrown: unknown) => Check,
): Promise<Check> {
  const { url } = splitCredentials(address);
  try {
    return { name: name('server'), ok: true, detail: say('serverAnswers', await askHealth(url)) };
  } catch (error) {
    return failure('server', new AppError('SERVER_UNREACHABLE', { url }, { cause: error }));
  }
}

/** Whether each address may be called and somebody listens there; nothing is sent. */
async function checkWebhooks(
  { urls, allowPrivate }: NonNullable<Settings['webhooks']>,
  name: Naming,
  say: Saying,
): Promise<Check[]> {
  return Promise.all(
    urls.map(async (url): Promise<Check> => {
      const { origin } = new URL(url);
      try {
        await tryTarget(url, { allowPrivate });
        return { name: name('webhook'), ok: true, detail: say('webhookOk', { url: origin }) };
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        const found = say('webhookAway', { url: origin, detail });
        return { name: name('webhook'), ok: false, detail: found, hint: say('webhookHint') };
      }
    }),
  );
}

interface Part {
  check(): Promise<{ ok: boolean; detail: string }>;
  close?(): Promise<void>;
}

async function tryPart(
  key: 'storage' | 'database' | 'broker',
  open: () => Part | Promise<Part>,
  name: Naming,
  failure: (key: CheckKey, thrown: unknown) => Check,
): Promise<Check> {
  try {
    const part = await open();
    try {
      return { name: name(key), ...(await part.check()) };
    } finally {
      await part.close?.();
    }
  } catch (error) {
    const codes = {
      storage: 'STORAGE_UNAVAILABLE',
      database: 'DATABASE_UNAVAILABLE',
      broker: 'BROKER_UNAVAILABLE',
    } as const;
    const known =
      error instanceof AppError
        ? error
        : new AppError(codes[key], { detail: toAppError(error).message }, { cause: error });
    return failure(key, known);
  }
}

const round = (value: number) => Math.round(value * 10) / 10;
