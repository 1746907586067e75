/**
 * Takes the screenshots of README and docs from the real program: `npm run screenshots`.
 *
 * Starts a server on a fresh data directory, trains a few workflows over the API, and photographs the pages in
 * light and dark, wide and as wide as a phone, into `docs/images/` (or the directory named as the argument).
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { findChromium, launchChromium } from '../test/support/chromium.js';
import { createWorkflow, hasEnded, upload, waitFor } from '../test/support/client.js';
import { example, root, startServer, temporaryDirectory } from '../test/support/program.js';

const target = path.resolve(process.argv[2] ?? path.join(root, 'docs/images'));
const chromium = findChromium();
if (chromium === null) throw new Error('needs Chromium: install it, or set ZINCIR_CHROMIUM to its path');
mkdirSync(target, { recursive: true });

const server = await startServer(temporaryDirectory());
const browser = await launchChromium(chromium);
try {
  const finished = await train('penguins.csv', 'species', 'MLP', 40);
  await train('iris.csv', 'species', 'LR', 25);
  await train('wine.csv', 'cultivar', 'SVM', 15);
  await train('breast_cancer.csv', 'diagnosis', 'PA', 15);
  const running = await begin('digits.csv', 'digit', 'MLP', 3000);
  await waitFor(server.url, running, ({ epoch }) => epoch >= 150);

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [width, height, name] of [
      [1280, 860, 'wide'],
      [390, 844, 'phone'],
    ] as const) {
      const shot = (page: string) => path.join(target, `${page}-${name}-${colorScheme}.png`);
      const page = await open(browser, width, height, colorScheme);
      await page.goto(`${server.url}/workflows/${running}`);
      await page.getByTestId('accuracy-chart').waitFor();
      await page.waitForTimeout(1500);
      await page.screenshot({ path: shot('monitor-live') });
      await page.goto(`${server.url}/workflows/${finished}`);
      await page.getByTestId('accuracy-chart').waitFor();
      await page.waitForTimeout(500);
      await page.screenshot({ path: shot('monitor'), fullPage: true });
      await page.goto(`${server.url}/workflows`);
      await page.getByText('penguins').first().waitFor();
      await page.screenshot({ path: shot('workflows') });
      await page.goto(server.url);
      await page.waitForTimeout(500);
      await page.screenshot({ path: shot('start') });
      await page.getByTestId('drop-file').setInputFiles(example('penguins.csv'));
      await page.getByTestId('model-MLP').waitFor();
      await page.getByTestId('model-MLP').click();
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.waitForTimeout(5000);
      await page.screenshot({ path: shot('new-workflow'), fullPage: true });
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  await server.stop('SIGKILL');
}

async function open(browser: Browser, width: number, height: number, colorScheme: 'light' | 'dark'): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale: 'en-GB' });
  return context.newPage();
}

async function begin(file: string, target: string, model: string, epochs: number): Promise<number> {
  const { id: datasetId } = await upload(server.url, example(file));
  const { id } = await createWorkflow(server.url, { datasetId, config: { model, target, params: { epochs } } });
  return id;
}

async function train(file: string, target: string, model: string, epochs: number): Promise<number> {
  const id = await begin(file, target, model, epochs);
  await waitFor(server.url, id, hasEnded);
  return id;
}
