import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/support/program.js';
import { createClient } from './client.js';
import { Interrupted } from './interruption.js';

it('a port where nothing answers is a server that cannot be reached', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await new Promise((resolve) => probe.close(resolve));
  const file = path.join(temporaryDirectory('cli'), 'a.csv');
  writeFileSync(file, 'a,b\n1,2\n');
  const client = createClient({ url: `http://127.0.0.1:${port}`, language: 'en' });
  await expect(client.workflow(1)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  await expect(client.upload(file)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
});

it('a directory is not a file to upload', async () => {
  const client = createClient({ url: 'http://127.0.0.1:1', language: 'en' });
  await expect(client.upload(temporaryDirectory('cli'))).rejects.toMatchObject({ code: 'FILE_IS_DIRECTORY' });
});

it('an interruption comes out of every request as itself', async () => {
  const controller = new AbortController();
  controller.abort(new Interrupted('SIGINT'));
  const client = createClient({ url: 'http://127.0.0.1:1', language: 'en', signal: controller.signal });
  await expect(client.workflow(1)).rejects.toBeInstanceOf(Interrupted);
});
