/** What others run beside us, in a real browser: the real Flower in its frame, and a step that a Celery worker takes. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  celeryMissing,
  type Flower,
  findCelery,
  freePort,
  type Running,
  startCelery,
  startFlower,
} from './support/celery.js';
import { chromiumMissing, findChromium, launchChromium, openPage } from './support/chromium.js';
import { createWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { findPostgres, postgresMissing } from './support/database.js';
import { type Cluster, startCluster } from './support/nodes.js';
import { example, temporaryDirectory } from './support/program.js';
import { findManagement, findRabbit, managementMissing, managementUrl, rabbitMissing } from './support/rabbitmq.js';

const chromium = findChromium();
const python = findCelery() ?? '';
const lacks = [
  ...(chromium === null ? [chromiumMissing] : []),
  ...(python === '' ? [celeryMissing] : []),
  ...((await findPostgres()) ? [] : [postgresMissing]),
  ...((await findRabbit()) ? [] : [rabbitMissing]),
  ...((await findManagement()) ? [] : [managementMissing]),
];

const app = `
from celery import Celery
app = Celery('acme', backend='rpc://')

@app.task
def deploy(about):
    return {'url': 'https://models.acme.example/%d' % about['workflowId']}
`;

describe.skipIf(lacks.length > 0)(`beside Celery${lacks.map((lack) => ` (${lack})`).join('')}`, () => {
  let cluster: Cluster;
  let browser: Browser;
  let url: string;
  let flower: Flower;
  let flowerPort: number;
  let celery: Running;
  const folder = temporaryDirectory('zincir-acme');
  const runFlower = async () => {
    flower = await startFlower(python, cluster.brokerUrl, managementUrl, flowerPort);
  };

  beforeAll(async () => {
    flowerPort = await freePort();
    cluster = await startCluster({ ZINCIR_FLOWER_URL: `http://127.0.0.1:${flowerPort}` });
    url = cluster.server.url;
    await cluster.worker('ada@one');
    await runFlower();
    writeFileSync(path.join(folder, 'acme.py'), app);
    const worker = ['-A', 'acme', 'worker', '-c', '1', '-n', 'acme@host', '-E', '-l', 'INFO'];
    celery = startCelery(python, cluster.brokerUrl, worker, folder);
    await celery.says('acme@host ready');
    browser = await launchChromium(chromium ?? '');
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await flower?.stop();
    await celery?.stop('SIGKILL');
    await cluster?.close();
  }, 60_000);

  const open = (place: string, width: number, colorScheme: 'light' | 'dark') =>
    openPage(browser, `${url}${place}`, { viewport: { width, height: 900 }, colorScheme });

  const overflowOf = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  test('Flower is shown in its frame, its links stay in it, and it is taken up where it was after it was away', async () => {
    const { page, faults } = await open('/flower', 1280, 'light');
    const frame = page.frameLocator('[data-testid="flower-frame"]');
    await frame.getByRole('link', { name: 'ada@one' }).first().waitFor();
    await frame.getByRole('link', { name: 'Tasks', exact: true }).first().click();
    await expect.poll(() => page.frames().map((one) => new URL(one.url()).pathname)).toContain('/flower/proxy/tasks');
    expect(page.url()).toBe(`${url}/flower`);
    expect(faults).toEqual([]);

    await flower.stop();
    await page.getByTestId('flower-silent').waitFor();
    expect(await page.getByTestId('flower-frame').isVisible()).toBe(false);
    await runFlower();
    await page.getByTestId('flower-silent').waitFor({ state: 'detached' });
    await page.getByTestId('flower-frame').waitFor();
    await expect.poll(() => page.frames().map((one) => new URL(one.url()).pathname)).toContain('/flower/proxy/tasks');
    await page.context().close();
  }, 180_000);

  test('Flower that is away when the page is opened is shown once it runs', async () => {
    await flower.stop();
    const { page } = await open('/flower', 390, 'dark');
    await page.getByTestId('flower-silent').waitFor();
    expect(await overflowOf(page)).toBe(0);
    await runFlower();
    await page.frameLocator('[data-testid="flower-frame"]').getByRole('link', { name: 'ada@one' }).first().waitFor();
    expect(await overflowOf(page)).toBe(0);
    await page.context().close();
  }, 180_000);

  test.each([
    [1280, [4]],
    [1000, [2, 2]],
    [390, [1, 1, 1, 1]],
  ])(
    'four steps on a page %i wide stand in rows of %j, with what the task returned',
    async (width, rows) => {
      const { id: datasetId } = await upload(url, example('iris.csv'));
      const config = { model: 'LR', target: 'species', custom: { task: 'acme.deploy' } };
      const { id } = await createWorkflow(url, { datasetId, config });
      expect((await waitFor(url, id, hasEnded)).status).toBe('COMPLETED');
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, faults } = await open(`/workflows/${id}`, width, colorScheme);
        await page.getByTestId('step-custom').getByText(`https://models.acme.example/${id}`).waitFor();
        const tops: (number | undefined)[] = [];
        for (const step of ['upload', 'preprocess', 'train', 'custom']) {
          const box = await page.getByTestId(`step-${step}`).boundingBox();
          expect(box?.x).toBeGreaterThanOrEqual(0);
          expect((box?.x ?? 0) + (box?.width ?? width)).toBeLessThanOrEqual(width);
          tops.push(box?.y);
        }
        // However long the line about a step is, the facts of a row of cards begin at one height.
        const facts = await page.locator('[data-testid^="step-"] dl').all();
        const heights = await Promise.all(facts.map(async (list) => Math.round((await list.boundingBox())?.y ?? 0)));
        expect(new Set(heights).size).toBe(rows.length);
        expect([...new Set(tops)].map((top) => tops.filter((other) => other === top).length)).toEqual(rows);
        expect(await overflowOf(page)).toBe(0);
        expect(faults).toEqual([]);
        await page.context().close();
      }
    },
    120_000,
  );

  test('the queue of an answer that is waited for is folded away, with a count, and reaches beyond no window', async () => {
    const { id: datasetId } = await upload(url, example('iris.csv'));
    const config = { model: 'LR', target: 'species', custom: { task: 'acme.deploy', queue: 'nobody' } };
    const { id } = await createWorkflow(url, { datasetId, config });
    for (const width of [390, 1000, 1280]) {
      const { page, faults } = await open('/queue', width, 'light');
      const card = page.locator('[data-testid^="queue-zincir.answer."]').first();
      await page.getByTestId('queue-zincir.custom').waitFor();
      await page.getByText('1 queue of answers from Celery workers to custom steps').waitFor();
      expect(await card.isVisible()).toBe(false);
      await page.getByTestId('answer-queues').locator('summary').click();
      await card.getByText('What a Celery worker answers to one custom step').waitFor();
      expect(await overflowOf(page)).toBe(0);
      expect(await card.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
      expect(faults).toEqual([]);
      await page.context().close();
    }
    await fetch(`${url}/api/workflows/${id}/cancel`, { method: 'POST' });
    await waitFor(url, id, hasEnded);
  }, 120_000);
});
