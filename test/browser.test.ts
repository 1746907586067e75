/** The main job by hand: a real browser on the real program, and a real scikit-learn at the end. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumMissing, findChromium, launchChromium, openPage } from './support/chromium.js';
import { createWorkflow, getWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { example, type Server, startServer, temporaryDirectory } from './support/program.js';
import { findPython, pythonMissing, runPython } from './support/python.js';

const chromium = findChromium();
const python = findPython();

describe.skipIf(chromium === null)(`in a browser${chromium === null ? ` (${chromiumMissing})` : ''}`, () => {
  let server: Server;
  let browser: Browser;
  const downloads = temporaryDirectory('zincir-downloads');

  beforeAll(async () => {
    server = await startServer(temporaryDirectory());
    browser = await launchChromium(chromium ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const open = (place: string) =>
    openPage(browser, `${server.url}${place}`, { acceptDownloads: true, viewport: { width: 1280, height: 900 } });

  test('a CSV is dropped, trained and watched, and its model is downloaded and opens in scikit-learn', async ({
    skip,
  }) => {
    const { page, faults } = await open('/');
    await page.getByTestId('drop-file').setInputFiles(example('penguins.csv'));
    await page.getByTestId('model-MLP').waitFor();
    const target = page.getByTestId('target-select');
    await target.click();
    await page.getByRole('option', { name: 'species', exact: false }).first().click();
    await page.getByTestId('model-MLP').click();
    await page.getByTestId('start-workflow').click();

    await page.waitForURL(/\/workflows\/\d+$/);
    await page.locator('[data-testid="workflow-status"][data-status="COMPLETED"]').waitFor({ timeout: 60_000 });
    for (const step of ['upload', 'preprocess', 'train']) {
      await page.locator(`[data-testid="step-${step}"][data-status="COMPLETED"]`).waitFor();
    }
    await page.getByTestId('accuracy-chart').waitFor();
    await page.getByTestId('epoch-table').waitFor();

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByTestId('download-model.joblib').click(),
    ]);
    const model = path.join(downloads, 'model.joblib');
    await download.saveAs(model);
    expect(faults).toEqual([]);

    const id = Number(/\d+$/.exec(page.url())?.[0]);
    const { result } = await getWorkflow(server.url, id);
    if (python === null) return skip(pythonMissing);
    const accuracy = runPython<{ train: number; validation: number }>(python, opensAndScores, {
      model,
      csv: example('penguins.csv'),
    });
    expect(accuracy.train).toBeCloseTo(result?.trainAccuracy ?? Number.NaN, 12);
    expect(accuracy.validation).toBeCloseTo(result?.validationAccuracy ?? Number.NaN, 12);
  }, 120_000);

  test('the archive finds past runs and leads to one; Turkish and phone width show the same', async () => {
    const { page, faults } = await open('/workflows');
    await page.getByText('penguins', { exact: false }).first().waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect.poll(overflow).toBe(0);
    expect(faults).toEqual([]);

    const turkish = await browser.newContext({ locale: 'tr-TR' });
    const turkishPage = await turkish.newPage();
    await turkishPage.goto(`${server.url}/workflows`);
    await turkishPage.getByText('Tamamlandı').first().waitFor();
  });

  test('each workflow shows its status in words and what can be done with it, however wide the window', async () => {
    const { page } = await open('/workflows');
    for (const width of [390, 1000, 1100, 1220, 1280, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const cut = () =>
        page.evaluate(() => {
          const list = document.querySelector('main')?.getBoundingClientRect();
          const isCut = (element: Element) => element.scrollWidth > element.clientWidth + 1;
          const isOut = (element: Element) => element.getBoundingClientRect().right > (list?.right ?? 0);
          return [
            ...[...document.querySelectorAll('[data-tone] *')].filter(isCut),
            ...[...document.querySelectorAll('[aria-haspopup="menu"]')].filter(isOut),
          ].map((element) => element.textContent || element.getAttribute('aria-label'));
        });
      await expect.poll(cut).toEqual([]);
    }
    await page.context().close();
  });

  test('a step behind the one that failed is told as not run, and waits for nothing', async () => {
    const file = path.join(downloads, 'two.csv');
    writeFileSync(file, 'a,b,y\n1,2,x\n3,4,z\n');
    const { id: datasetId } = await upload(server.url, file);
    const { id } = await createWorkflow(server.url, { datasetId, config: { model: 'LR', target: 'y' } });
    await waitFor(server.url, id, hasEnded);
    const { page } = await open(`/workflows/${id}`);
    await page.getByTestId('step-preprocess').getByText('The only training row is of class').waitFor();
    await page.getByTestId('step-train').getByText('Did not run: the workflow ended before it.').waitFor();
    await page.context().close();
  });

  test('a file that is no table is refused in words on the page, and the page goes on working', async () => {
    const { page } = await open('/');
    await page.getByTestId('drop-file').setInputFiles({
      name: 'junk.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 1, 0, 0]),
    });
    await page.getByText('junk.csv could not be taken').waitFor();
    await page.getByText('The file is not text', { exact: false }).first().waitFor();
    await page.getByTestId('drop-file').setInputFiles(example('iris.csv'));
    await page.getByTestId('model-LR').waitFor();
  });

  test('a class with one row is warned of beside the target, and more sternly where rows are stratified', async () => {
    const { page } = await open('/');
    const rows = Array.from({ length: 40 }, (_, row) => `${row % 7},${row % 5},${row === 9 ? 'rare' : row % 2}`);
    await page.getByTestId('drop-file').setInputFiles({
      name: 'rare.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`a,b,label\n${rows.join('\n')}\n`),
    });
    const warning = page.getByTestId('rare-classes');
    await warning.getByText('Class with 1 row only: rare. Such a row is trained on or validated').waitFor();
    await page.getByRole('switch', { name: 'Keep the proportions of the classes' }).check();
    await warning.getByText('needs at least 2 rows of each').waitFor();
  });
});

const opensAndScores = `
import json, sys, joblib, pandas
from sklearn.model_selection import train_test_split
given = json.load(sys.stdin)
model = joblib.load(given['model'])
table = pandas.read_csv(given['csv'], float_precision='round_trip')
X, y = table.drop(columns='species'), table['species']
a, b, c, d = train_test_split(X, y, test_size=0.2, random_state=42)
print(json.dumps({'train': model.score(a, c), 'validation': model.score(b, d)}))
`;
