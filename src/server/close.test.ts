import { request } from 'node:http';
import { expect, it } from 'vitest';
import { later } from '../../test/support/later.js';
import { createWorkflow, startTestServer, uploadCsv } from '../../test/support/server.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it('closing ends live streams, lets a request finish, cuts a stuck upload, and takes under two seconds', async () => {
  let asked = false;
  const server = await startTestServer({
    wrap: (engine) => ({
      ...engine,
      readiness: async () => {
        asked = true;
        await pause(600);
        return engine.readiness();
      },
    }),
  });
  const { id } = await createWorkflow(server, (await uploadCsv(server)).id);

  const stream = await fetch(`${server.url}/api/workflows/${id}/events`);
  const events = later(stream.text());
  const inFlight = later(fetch(`${server.url}/readyz`));
  const stuck = request(`${server.url}/api/datasets`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': '1000000' },
  });
  const cut = new Promise((resolve) => stuck.on('error', resolve));
  stuck.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\n1,2\n');
  while (!asked) await pause(5);

  const began = Date.now();
  const closed = later(server.app.close().then(() => Date.now() - began));
  expect(await events).toContain('event: status');
  expect(Date.now() - began).toBeLessThan(500);
  expect([200, 503]).toContain((await inFlight).status);
  expect(await closed).toBeLessThan(2_000);
  expect(await cut).toBeInstanceOf(Error);
  await server.close();
});

it('closing with nothing but idle connections is immediate', async () => {
  const server = await startTestServer();
  await (await fetch(`${server.url}/healthz`)).text();
  const began = Date.now();
  await server.app.close();
  expect(Date.now() - began).toBeLessThan(500);
  await server.close();
});
