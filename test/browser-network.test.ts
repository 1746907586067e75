/** A run that has ended, in a real browser behind a slow line and behind one that breaks. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumMissing, findChromium, launchChromium, openPage } from './support/chromium.js';
import { createWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { example, type Server, startServer, temporaryDirectory } from './support/program.js';

const chromium = findChromium();

describe.skipIf(chromium === null)(`behind a bad line${chromium === null ? ` (${chromiumMissing})` : ''}`, () => {
  let server: Server;
  let browser: Browser;
  let place: string;

  beforeAll(async () => {
    server = await startServer(temporaryDirectory());
    browser = await launchChromium(chromium ?? '');
    const { id: datasetId } = await upload(server.url, example('iris.csv'));
    const config = { model: 'LR', target: 'species', params: { epochs: 4000 } };
    const { id } = await createWorkflow(server.url, { datasetId, config });
    await waitFor(server.url, id, hasEnded);
    place = `/workflows/${id}`;
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const open = (path: string) => openPage(browser, `${server.url}${path}`, { viewport: { width: 1280, height: 900 } });

  test('4,000 epochs are shown however long the line takes to bring them', async () => {
    const { page } = await open('/workflows');
    const line = await page.context().newCDPSession(page);
    await page.locator(`a[href="${place}"]`).first().hover();
    await line.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 100,
      downloadThroughput: 60_000,
      uploadThroughput: 60_000,
    });
    await page.locator(`a[href="${place}"]`).first().click();
    await page.getByTestId('accuracy-chart').waitFor();
    await page.getByText('1–10 of 4,000').waitFor();
    await page.context().close();
  }, 90_000);

  test('an action that did not reach the server says so in words of a page, until it is put away', async () => {
    const { page } = await open(place);
    await page.locator('[data-testid="live-link"][data-link="ended"]').waitFor();
    await page.route('**/restart', (route) => route.abort());
    await page.getByTestId('restart').click();
    const note = page.getByRole('alert');
    await note.getByText(`The server at ${server.url} does not answer.`).waitFor();
    expect(await note.textContent()).not.toContain('ZINCIR_URL');
    await note.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => note.count()).toBe(0);
    await page.context().close();
  }, 60_000);

  test('figures that cannot be read are not told as none, and are shown once they can', async () => {
    const { page } = await open('/workflows');
    let broken = true;
    await page.route('**/metrics?*', (route) => (broken ? route.abort() : route.continue()));
    await page.goto(`${server.url}${place}`);
    await page.locator('[data-testid="live-link"][data-link="away"]').waitFor();
    expect(await page.getByText('No epoch was trained.').count()).toBe(0);
    broken = false;
    await page.locator('[data-testid="live-link"][data-link="ended"]').waitFor();
    await page.getByText('1–10 of 4,000').waitFor();
    await page.context().close();
  }, 90_000);
});
