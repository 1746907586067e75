/** Users of the real program: added in the terminal, signed in there and in a browser. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumMissing, findChromium, launchChromium } from './support/chromium.js';
import { example, type Server, startServer, temporaryDirectory, zincir } from './support/program.js';

const chromium = findChromium();
const directory = temporaryDirectory('zincir-users');
const usersFile = path.join(directory, 'users.txt');
const password = 'uzun bir parola';
let server: Server;

const add = (name: string, role: string) =>
  zincir(['user', name, '--role', role, '--users-file', usersFile], { input: `${password}\n` });

beforeAll(async () => {
  expect(await add('ayşe', 'operator')).toMatchObject({ code: 0, stderr: expect.stringContaining('ayşe is added') });
  expect(await add('veli', 'viewer')).toMatchObject({ code: 0 });
  server = await startServer(path.join(directory, 'data'), { env: { ZINCIR_USERS_FILE: usersFile } });
});
afterAll(() => server?.stop());

/** The server's address with a name and a password in it. */
const addressOf = (name: string, secret = password) => {
  const url = new URL(server.url);
  Object.assign(url, { username: name, password: secret });
  return url.href;
};

describe('in the terminal', () => {
  test('nobody is let in without a name, and the message says how', async () => {
    const { code, stderr } = await zincir(['list'], { env: { ZINCIR_URL: server.url } });
    expect(code).not.toBe(0);
    expect(stderr).toContain('LOGIN_REQUIRED');
    expect(stderr).toContain('ZINCIR_URL=http://name:password@host:8000');
  });

  test('a wrong password is told, and never shown', async () => {
    const { code, stderr } = await zincir(['list'], { env: { ZINCIR_URL: addressOf('ayşe', 'wrongwrong') } });
    expect(code).not.toBe(0);
    expect(stderr).toContain('LOGIN_FAILED');
    expect(stderr).not.toContain('wrongwrong');
  });

  test('a workflow that is trained by a user belongs to that user', async () => {
    const env = { ZINCIR_URL: addressOf('ayşe') };
    const trained = await zincir(['train', example('iris.csv'), '--epochs', '2', '--priority', '7', '--json'], { env });
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.stdout + trained.stderr).not.toContain(password);
    const { workflowId } = JSON.parse(trained.stdout);
    const shown = await zincir(['show', String(workflowId)], { env });
    expect(shown.stdout).toMatch(/Started by +ayşe/);
    expect(shown.stdout).toMatch(/Priority +7/);
  });

  test('a viewer starts nothing', async () => {
    const { code, stderr } = await zincir(['train', example('iris.csv')], { env: { ZINCIR_URL: addressOf('veli') } });
    expect(code).not.toBe(0);
    expect(stderr).toContain('ROLE_TOO_LOW');
  });

  test('passwords that are too short, and names that cannot be, are refused', async () => {
    const refused = await zincir(['user', 'ali', '--users-file', usersFile], { input: 'short\n' });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('at least 8 characters') });
    const named = await zincir(['user', 'a:b', '--users-file', usersFile], { input: `${password}\n` });
    expect(named).toMatchObject({ code: 2, stderr: expect.stringContaining('a:b') });
    const nowhere = await zincir(['user', 'ali'], { input: `${password}\n` });
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('ZINCIR_USERS_FILE') });
  });
});

test.skipIf(chromium === null)(`in a browser one signs in, works, and signs out (${chromiumMissing})`, async () => {
  const browser = await launchChromium(chromium ?? '');
  try {
    const context = await browser.newContext({ locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(`${server.url}/workflows`);
    await page.getByLabel('Name').fill('ayşe');
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Name or password is wrong.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Workflows' }).waitFor();
    await page.getByRole('button', { name: 'Signed in: ayşe' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.goto(`${server.url}/workflows`);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  } finally {
    await browser.close();
  }
});
