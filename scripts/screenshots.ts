/**
 * Takes the screenshots of README and docs from the real program: `npm run screenshots`.
 *
 * Starts a server on a fresh data directory, trains a few workflows over the API, and photographs the pages in
 * light and dark, wide and as wide as a phone, into `docs/images/` (or the directory named as the argument).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { findChromium, launchChromium } from '../test/support/chromium.js';
import { createWorkflow, hasEnded, upload, waitFor } from '../test/support/client.js';
import { example, root, startServer, temporaryDirectory } from '../test/support/program.js';

const target = path.resolve(process.argv[2] ?? path.join(root, 'docs/images'));
const chromium = findChromium();
if (chromium === null) throw new Error('needs Chromium: install it, or set ZINCIR_CHROMIUM to its path');
mkdirSync(target, { recursive: true });

// The second long training is for the pages of operations, which show more than one at once.
const server = await startServer(temporaryDirectory(), { env: { ZINCIR_CONCURRENCY: '2' } });
const browser = await launchChromium(chromium);
try {
  const finished = await train('penguins.csv', 'species', 'MLP', 40);
  await train('iris.csv', 'species', 'LR', 25);
  await train('wine.csv', 'cultivar', 'SVM', 15);
  await train('breast_cancer.csv', 'diagnosis', 'PA', 15);
  const failed = await fail();
  const running = await begin('digits.csv', 'digit', 'MLP', 3000);
  await begin('digits.csv', 'digit', 'MLP', 200_000);
  await waitFor(server.url, running, ({ epoch }) => epoch >= 150);

  const operations = [
    ['queue', '/queue', 'queue-zincir.train'],
    ['queue-details', '/queue/zincir.train', 'depth-chart'],
    ['tasks', '/tasks', 'error-groups'],
    ['task', `/tasks/${failed}`, 'timeline'],
    ['workers', '/workers', 'memory-chart'],
  ] as const;

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
      for (const [shown, place, sign] of operations) {
        await page.goto(`${server.url}${place}`);
        await page.getByTestId(sign).first().waitFor();
        await page.waitForTimeout(1500);
        await page.screenshot({ path: shot(shown) });
      }
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

/** A workflow that fails in its second step: the id of that task. */
async function fail(): Promise<string> {
  const file = path.join(temporaryDirectory(), 'one_class.csv');
  const rows = Array.from({ length: 60_000 }, (_, row) => `${row % 7},${row % 5},${row === 59_999 ? 'rare' : 'yes'}`);
  writeFileSync(file, `a,b,label\n${rows.join('\n')}\n`);
  const { id: datasetId } = await upload(server.url, file);
  const { id } = await createWorkflow(server.url, { datasetId, config: { model: 'LR', target: 'label' } });
  const { steps } = await waitFor(server.url, id, hasEnded);
  const taskId = steps.find(({ status }) => status === 'FAILED')?.taskId;
  if (!taskId) throw new Error(`workflow ${id} was to fail`);
  return taskId;
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
