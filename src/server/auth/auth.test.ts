import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkflow, startTestServer, type TestServer, uploadCsv } from '../../../test/support/server.js';
import type { Role } from '../../contract/session.js';
import { splitCredentials } from '../../contract/session.js';
import { hashPassword, verifyPassword } from './password.js';
import { issueToken, sessionMs } from './session-token.js';
import { changeUser, parseUsers } from './users-file.js';

let directory: string;
let usersFile: string;
let server: TestServer;
const password = 'doğru at pil zımba';

const add = async (name: string, role: Role, secret = password) =>
  changeUser(usersFile, name, { name, role, hash: await hashPassword(secret) });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zincir-users-'));
  usersFile = join(directory, 'users.txt');
  await add('ayşe', 'operator');
  await add('ali', 'user');
  await add('veli', 'viewer');
  server = await startTestServer({ usersFile });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const basic = (name: string, secret = password) => ({
  authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
});

const ask = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'POST' | 'DELETE' = 'GET') =>
  server.app.inject({ method, url, headers });

async function signIn(name: string, secret = password) {
  const payload = { name, password: secret };
  const response = await server.app.inject({ method: 'POST', url: '/api/session', payload });
  const cookie = String(response.headers['set-cookie'] ?? '').split(';')[0] ?? '';
  return { response, cookie };
}

describe('without signing in', () => {
  it.each([
    '/api/workflows',
    '/api/datasets',
    '/api/openapi.json',
    '/api/docs',
    '/%61pi/workflows',
    '/api/workflows?x=1',
  ])('%s is refused', async (url) => {
    const response = await ask(url);
    expect(response.statusCode).toBe(401);
    expect(response.json()).toMatchObject({ code: 'LOGIN_REQUIRED' });
  });

  it('every route of the API but that of signing in is refused', async () => {
    const document = server.app.swagger();
    const paths = Object.entries(document.paths ?? {});
    expect(paths.length).toBeGreaterThan(15);
    for (const [path, operations] of paths) {
      if (['/healthz', '/readyz', '/api/session'].includes(path)) continue;
      for (const method of Object.keys(operations ?? {})) {
        const url = path.replaceAll(/\{\w+\}/g, '1');
        const { statusCode } = await server.app.inject({ method: method.toUpperCase() as 'GET', url });
        expect({ method, path, statusCode }).toEqual({ method, path, statusCode: 401 });
      }
    }
  });

  it('the server tells whether it lives, and that someone has to sign in', async () => {
    expect((await ask('/healthz')).statusCode).toBe(200);
    expect((await ask('/api/session')).json()).toEqual({ required: true, user: null });
  });
});

describe('signing in', () => {
  it('with the right password gives a session that scripts cannot read', async () => {
    const { response, cookie } = await signIn('ali');
    expect(response.json()).toEqual({ required: true, user: { name: 'ali', role: 'user' } });
    expect(response.headers['set-cookie']).toMatch(/; HttpOnly; SameSite=Lax$/);
    expect((await ask('/api/workflows', { cookie })).statusCode).toBe(200);
    expect((await ask('/api/session', { cookie })).json()).toMatchObject({ user: { name: 'ali' } });
  });

  it('over TLS gives a cookie for TLS alone', async () => {
    const response = await server.app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { name: 'ali', password },
      headers: { 'x-forwarded-proto': 'https' },
    });
    expect(response.headers['set-cookie']).toMatch(/; Secure$/);
  });

  it('ends with signing out', async () => {
    const response = await ask('/api/session', {}, 'DELETE');
    expect(response.statusCode).toBe(204);
    expect(response.headers['set-cookie']).toMatch(/^zincir_session=; Path=\/; Max-Age=0;/);
  });

  it.each([
    ['ali', 'wrong password'],
    ['nobody', password],
    ['', password],
  ])('as %s with %s is refused', async (name, secret) => {
    const { response, cookie } = await signIn(name, secret);
    expect([400, 401]).toContain(response.statusCode);
    expect(cookie).toBe('');
  });

  it('has to wait after many wrong passwords, others do not', async () => {
    await add('yavaş', 'user');
    for (let tries = 0; tries < 8; tries++) expect((await signIn('yavaş', 'wrong')).response.statusCode).toBe(401);
    const { response } = await signIn('yavaş');
    expect(response.statusCode).toBe(429);
    expect(response.json()).toMatchObject({ code: 'LOGIN_TOO_OFTEN' });
    expect((await signIn('ali')).response.statusCode).toBe(200);
  });

  it('a session that was altered, forged for another or has run out is none', async () => {
    const { cookie } = await signIn('veli');
    const [name = '', token = ''] = cookie.split('=');
    const [, signature] = token.split('.');
    const other = Buffer.from(JSON.stringify(['ayşe', Date.now() + 1e9])).toString('base64url');
    const users = parseUsers(await readFile(usersFile, 'utf8'), usersFile);
    const veli = users.get('veli');
    if (veli === undefined) throw new Error('veli is not there');
    const old = issueToken(veli, Date.now() - sessionMs - 1000);
    for (const forged of [`${other}.${signature}`, `${token}x`, token.split('.')[0] ?? '', 'x.y', '', old]) {
      expect((await ask('/api/workflows', { cookie: `${name}=${forged}` })).statusCode).toBe(401);
    }
  });

  it('a new password ends the sessions of the old one', async () => {
    await add('can', 'user');
    const { cookie } = await signIn('can');
    await add('can', 'user', 'another password');
    expect((await ask('/api/workflows', { cookie })).statusCode).toBe(401);
    expect((await signIn('can', 'another password')).response.statusCode).toBe(200);
  });

  it('a user who is removed is out', async () => {
    await add('ece', 'user');
    const { cookie } = await signIn('ece');
    await changeUser(usersFile, 'ece', null);
    expect((await ask('/api/workflows', { cookie })).statusCode).toBe(401);
    expect((await ask('/api/workflows', basic('ece'))).statusCode).toBe(401);
  });
});

describe('HTTP Basic', () => {
  it('lets a program in, and a wrong password not', async () => {
    expect((await ask('/api/workflows', basic('ali'))).statusCode).toBe(200);
    expect((await ask('/api/workflows', basic('ali', 'wrong'))).json()).toMatchObject({ code: 'LOGIN_FAILED' });
  });

  it('is what a name and a password in an address become', () => {
    expect(splitCredentials('http://ay%C5%9Fe:p%40ss@host:8000/')).toEqual({
      url: 'http://host:8000',
      authorization: basic('ayşe', 'p@ss').authorization,
    });
    expect(splitCredentials('http://host:8000/zincir/')).toEqual({
      url: 'http://host:8000/zincir',
      authorization: null,
    });
  });
});

describe('roles', () => {
  it('a viewer reads and changes nothing', async () => {
    expect((await ask('/api/workflows', basic('veli'))).statusCode).toBe(200);
    const response = await ask('/api/workflows/1/cancel', basic('veli'), 'POST');
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ code: 'ROLE_TOO_LOW', params: { role: 'viewer', needed: 'user' } });
  });

  it('a user runs workflows, and is told to whom they belong', async () => {
    const form = new FormData();
    form.append('file', new Blob(['a,b\n1,x\n2,y\n3,x\n4,y\n']), 'small.csv');
    const upload = await fetch(`${server.url}/api/datasets`, { method: 'POST', body: form, headers: basic('ali') });
    const { id } = (await upload.json()) as { id: number };
    const response = await server.app.inject({
      method: 'POST',
      url: '/api/workflows',
      headers: basic('ali'),
      payload: { datasetId: id, config: { model: 'LR', target: 'b' }, priority: 8 },
    });
    expect(response.json()).toMatchObject({ owner: 'ali', priority: 8 });
    const restarted = await ask(`/api/workflows/${response.json().id}/restart`, basic('ayşe'), 'POST');
    expect(restarted.json()).toMatchObject({ owner: 'ayşe', priority: 8 });
  });
});

describe('the file of users', () => {
  it('is for its owner alone, keeps the lines of others, and keeps no password', async () => {
    const file = join(directory, 'kept.txt');
    await writeFile(file, '# the team\n\n');
    await changeUser(file, 'ali', { name: 'ali', role: 'user', hash: await hashPassword(password) });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(/^# the team\n/);
    expect(text).not.toContain(password);
    expect(await changeUser(file, 'ali', null)).toBe(true);
    expect(await changeUser(file, 'ali', null)).toBe(false);
    expect(await readFile(file, 'utf8')).toBe('# the team\n');
  });

  it.each([
    'ali:user',
    'ali:boss:scrypt$15$8$1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'ali:user:password',
  ])('a line such as %s is refused with its number', async (line) => {
    const file = join(directory, 'broken.txt');
    await writeFile(file, `# users\n${line}\n`);
    await expect(startTestServer({ usersFile: file })).rejects.toMatchObject({
      code: 'USERS_FILE_INVALID',
      params: { line: 2 },
    });
  });

  it('that is not there stops the start', async () => {
    await expect(startTestServer({ usersFile: join(directory, 'none.txt') })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });

  it('a password is verified by its own hash only, however its letters were typed', async () => {
    const hash = await hashPassword('şifre');
    expect(await verifyPassword('s\u0327ifre', hash)).toBe(true);
    expect(await verifyPassword('sifre', hash)).toBe(false);
    expect(await verifyPassword('şifre', 'nonsense')).toBe(false);
  });
});

describe('without a file of users', () => {
  it('everyone may do everything, and nothing has an owner', async () => {
    const open = await startTestServer();
    try {
      expect((await open.app.inject({ url: '/api/session' })).json()).toEqual({ required: false, user: null });
      const workflow = await createWorkflow(open, (await uploadCsv(open)).id);
      expect(workflow).toMatchObject({ owner: '', priority: 5 });
    } finally {
      await open.close();
    }
  });
});
