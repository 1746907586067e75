/** Starting the program, and what it says when it cannot. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { binary, cleanEnvironment, ended, startServer, temporaryDirectory, zincir } from './support/program.js';

test('a fresh data directory is ready in under 3 s, and SIGTERM ends it with 0', async () => {
  // Other tests run beside this one: the best of three starts counts.
  let server = await startServer(temporaryDirectory());
  for (let start = 1; start < 3 && server.readyMs >= 3000; start++) {
    await server.stop();
    server = await startServer(temporaryDirectory());
  }
  expect(server.readyMs).toBeLessThan(3000);
  const health = await fetch(`${server.url}/healthz`);
  expect(await health.json()).toMatchObject({ status: 'ok', service: 'zincir' });
  const ready = await fetch(`${server.url}/readyz`);
  expect(ready.status).toBe(200);
  const page = await fetch(server.url);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect((await server.stop()).code).toBe(0);
}, 60_000);

describe('what cannot start says why and what to do, with exit code 2 and no stack trace', () => {
  const refused = async (args: string[], env: Record<string, string> = {}, cwd?: string) => {
    const ended = await zincir(['start', ...args], { env, cwd });
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
    expect(ended.code).toBe(2);
    return ended.stderr;
  };

  test('a taken port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const said = await refused(['--port', String(port), '--data-dir', temporaryDirectory()]);
    expect(said).toContain(`Port ${port} on 127.0.0.1 is taken by another program.`);
    expect(said).toContain('--port');
    other.close();
  });

  test('a data directory that cannot be written', async () => {
    const file = path.join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    expect(await refused(['--port', '0', '--data-dir', path.join(file, 'data')])).toContain('cannot be written');
    // Where the system says ENOENT for a directory whose parent is there.
    if (existsSync('/proc/self')) {
      expect(await refused(['--port', '0', '--data-dir', '/proc/x'])).toContain('cannot be written');
      const elsewhere = ['--port', '0', '--data-dir', temporaryDirectory()];
      expect(await refused([...elsewhere, '--storage-url', 'file:///proc/x'])).toContain(
        'ZINCIR_STORAGE_URL cannot be',
      );
      expect(await refused([...elsewhere, '--database-url', 'pglite:///proc/x'])).toContain(
        'ZINCIR_DATABASE_URL cannot be',
      );
    }
    if (process.getuid?.() !== 0) {
      const sealed = path.join(temporaryDirectory(), 'sealed');
      mkdirSync(sealed);
      chmodSync(sealed, 0o500);
      expect(await refused(['--port', '0', '--data-dir', path.join(sealed, 'data')])).toContain('cannot be written');
    }
  });

  test('a wrong setting: its name, its value and the rule', async () => {
    const said = await refused([], { ZINCIR_PORT: 'eighty', ZINCIR_DATA_DIR: temporaryDirectory() });
    expect(said).toContain('ZINCIR_PORT');
    expect(said).toContain('eighty');
    expect(said).toContain('a whole number from 0 to 65535');
    expect(await refused(['--port', '70000'])).toContain('70000');
    expect(await refused([], { ZINCIR_DATABASE_URL: 'mysql://x' })).toContain('ZINCIR_DATABASE_URL');
  });

  test('a setting of .env counts, and the environment goes before it', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(path.join(cwd, '.env'), 'ZINCIR_PORT=nonsense\n');
    expect(await refused([], {}, cwd)).toContain('nonsense');
    expect(await refused([], { ZINCIR_PORT: 'other' }, cwd)).toContain('other');
  });

  test('in Turkish where the locale is Turkish', async () => {
    expect(await refused([], { ZINCIR_PORT: 'seksen', LC_ALL: 'tr_TR.UTF-8' })).toContain(
      'ZINCIR_PORT “seksen” olamaz: 0 ile 65535 arasında bir tam sayı.',
    );
  });
});

describe('zincir doctor', () => {
  test('finds every part of a fresh directory well and leaves exit code 0', async () => {
    const ended = await zincir(['doctor', '--json'], { env: { ZINCIR_DATA_DIR: temporaryDirectory() } });
    const { checks } = JSON.parse(ended.stdout);
    expect(checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
    expect(ended.code).toBe(0);
  });

  test('asks the server that ZINCIR_URL names, for every command talks to that one', async () => {
    const server = await startServer(temporaryDirectory());
    const examine = (url: string) =>
      zincir(['doctor'], { env: { ZINCIR_DATA_DIR: temporaryDirectory(), ZINCIR_URL: url } });
    const well = await examine(server.url);
    expect(well.stdout).toMatch(new RegExp(`Server +version .* answers at ${server.url}`));
    expect(well.code).toBe(0);
    await server.stop();
    const silent = await examine(server.url);
    expect(silent.stdout).toContain(`No Zincir server answers at ${server.url}.`);
    expect(silent.code).toBe(1);
  });

  test('does not pass over a server that answers, yet holds another data directory than commands are given', async () => {
    const server = await startServer(temporaryDirectory());
    const env = { ZINCIR_DATA_DIR: temporaryDirectory(), ZINCIR_PORT: new URL(server.url).port };
    const { stdout } = await zincir(['doctor'], { env });
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      `answers at ${server.url}, but does not hold this data directory: commands run an embedded one, unless ZINCIR_URL=${server.url} is set`,
    );
    await server.stop();
  });

  test('names a wrong setting and leaves exit code 1', async () => {
    const ended = await zincir(['doctor'], { env: { ZINCIR_PORT: 'x' } });
    expect(ended.stdout + ended.stderr).toContain('ZINCIR_PORT');
    expect(ended.code).toBe(1);
  });
});

describe('a reader that goes away', () => {
  test('ends a command without a word', async () => {
    const child = spawn(process.execPath, [binary, '--help'], { env: cleanEnvironment(), stdio: 'pipe' });
    child.stdout.destroy();
    const { stderr } = await ended(child);
    expect(stderr).toBe('');
  });

  test('ends no server', async () => {
    const server = await startServer(temporaryDirectory(), { env: { ZINCIR_LOG_LEVEL: 'debug' } });
    server.process.stdout?.destroy();
    server.process.stderr?.destroy();
    // What is logged of the first goes to nobody; the next see whether that was the end.
    for (let request = 0; request < 3; request++) {
      expect((await fetch(`${server.url}/api/workflows/7`)).status).toBe(404);
      await setTimeout(50);
    }
    expect((await server.stop()).code).toBe(0);
  });
});
