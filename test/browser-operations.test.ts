/** The pages of operations in a real browser, over a real RabbitMQ with two real workers, one of which is killed while watched. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Workflow } from '../src/contract/entities.js';
import { TaskList } from '../src/contract/operations.js';
import { chromiumMissing, findChromium, launchChromium, openPage } from './support/chromium.js';
import { createWorkflow, getWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { findPostgres, postgresMissing } from './support/database.js';
import { type Cluster, startCluster } from './support/nodes.js';
import { example, type Server, startServer, temporaryDirectory } from './support/program.js';
import { findRabbit, rabbitMissing } from './support/rabbitmq.js';

const chromium = findChromium();
const lacks = [
  ...(chromium === null ? [chromiumMissing] : []),
  ...((await findPostgres()) ? [] : [postgresMissing]),
  ...((await findRabbit()) ? [] : [rabbitMissing]),
];

const train = (workflow: Workflow) => workflow.steps.find(({ name }) => name === 'train');
const isTraining = (workflow: Workflow) => train(workflow)?.status === 'RUNNING' && workflow.epoch > 0;

describe.skipIf(lacks.length > 0)(`pages of operations${lacks.map((lack) => ` (${lack})`).join('')}`, () => {
  let cluster: Cluster;
  let browser: Browser;
  /** The cluster's own, or the one that took its place. */
  let server: Server;
  let url: string;
  const workers = new Map<string, Awaited<ReturnType<Cluster['worker']>>>();
  const startWorker = async (name: string) => workers.set(name, await cluster.worker(name));

  beforeAll(async () => {
    cluster = await startCluster({ ZINCIR_LEASE_SECONDS: '4' });
    server = cluster.server;
    url = server.url;
    await startWorker('ada@one');
    await startWorker('eda@two');
    browser = await launchChromium(chromium ?? '');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop('SIGKILL');
    await cluster?.close();
  }, 60_000);

  const open = (place: string) => openPage(browser, `${url}${place}`, { viewport: { width: 1280, height: 900 } });

  const sameAddress = () => ({ args: ['--no-worker', '--port', new URL(url).port], env: cluster.settings });

  const startLong = async () => {
    const { id: datasetId } = await upload(url, example('digits.csv'));
    const config = { model: 'MLP', target: 'digit', params: { epochs: 200_000 } };
    return (await createWorkflow(url, { datasetId, config })).id;
  };
  const tasks = async (query: string) => TaskList.parse(await (await fetch(`${url}/api/tasks?${query}`)).json()).items;
  const cancel = async (id: number) => {
    await fetch(`${url}/api/workflows/${id}/cancel`, { method: 'POST' });
    await waitFor(url, id, hasEnded);
  };

  test('the queues are quiet while all is well, and show what runs, step by step', async () => {
    const { page, faults } = await open('/queue');
    for (const step of ['upload', 'preprocess', 'train']) await page.getByTestId(`queue-zincir.${step}`).waitFor();
    expect(await page.locator('[data-warning^="QUEUE"]').count()).toBe(0);
    const id = await startLong();
    const recent = page.getByTestId(`recent-${id}`);
    await recent
      .locator('[data-status="RUNNING"]')
      .getByText(/epoch \d/)
      .waitFor();
    const [task] = await tasks(`workflow=${id}&name=zincir.train`);
    await page.getByTestId(`task-${task?.taskId}`).getByText(`#${id}`).waitFor();
    await page.locator('[data-testid="sample"][data-source="broker"]').waitFor();

    await page.getByRole('link', { name: 'zincir.train', exact: true }).click();
    await page.waitForURL(`${url}/queue/zincir.train`);
    await page.getByTestId('depth-chart').locator('canvas').waitFor();
    await page.getByText('x-queue-type').waitFor();
    // The broker's own figures come some seconds late.
    await page
      .getByRole('table', { name: 'Consumers' })
      .getByRole('link', { name: /^(ada@one|eda@two)$/ })
      .first()
      .waitFor();
    expect(faults).toEqual([]);
    await cancel(id);
    await page.context().close();
  }, 120_000);

  test('failures are grouped by their error; those chosen are retried, and what came of it is told', async () => {
    const file = path.join(temporaryDirectory(), 'one_class.csv');
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i % 7},${i % 5},${i === 59_999 ? 'rare' : 'yes'}`);
    writeFileSync(file, `a,b,label\n${rows.join('\n')}\n`);
    const { id: datasetId } = await upload(url, file);
    for (const model of ['LR', 'SVM']) {
      const { id } = await createWorkflow(url, { datasetId, config: { model, target: 'label' } });
      expect((await waitFor(url, id, hasEnded)).status).toBe('FAILED');
    }
    const { page, faults } = await open('/tasks?state=FAILURE,SUCCESS');
    const group = page.getByTestId('error-groups').getByRole('button', { name: /TRAIN_ONE_CLASS/ });
    await group.click();
    await page.waitForURL(/error=TRAIN_ONE_CLASS/);
    // The list before stays, paler, until the new one is there.
    await expect.poll(() => page.locator('tr[data-status="SUCCESS"]').count()).toBe(0);
    expect(await page.locator('tr[data-status="FAILURE"]').count()).toBe(2);

    const failed = await tasks('state=FAILURE');
    await page.getByRole('checkbox', { name: 'Choose all on this page' }).click();
    await page.getByTestId('selection-bar').getByText('2 chosen').waitFor();
    expect(await page.getByTestId('bulk-revoke').isDisabled()).toBe(true);
    await page.getByTestId('bulk-retry').click();
    await page.getByTestId('confirm').click();
    await page.getByTestId('outcome').getByText('2 of 2 tasks run again.').waitFor();
    await page.getByRole('button', { name: 'Close' }).last().click();
    await expect.poll(() => page.getByTestId('selection-bar').count()).toBe(0);

    // Each has failed again by now, as a task of its own; the first one cannot be retried twice.
    for (const { workflow } of failed) await waitFor(url, workflow.id, hasEnded);
    await page.goto(`${url}/tasks/${failed[0]?.taskId}`);
    await page.locator('[data-testid="task-status"][data-status="FAILURE"]').waitFor();
    await page.getByText('TRAIN_ONE_CLASS').first().waitFor();
    await page.getByTestId('retry').click();
    await page.getByTestId('confirm').click();
    await page
      .getByTestId('outcome')
      .getByText(/1 refused: .*was retried already/)
      .waitFor();
    expect(faults.filter((fault) => !fault.includes('409'))).toEqual([]);
    await page.context().close();
  }, 120_000);

  test('a worker killed while watched is told as lost, and its task goes on elsewhere', async () => {
    const id = await startLong();
    const trainer = train(await waitFor(url, id, isTraining))?.worker ?? '';
    const other = trainer === 'ada@one' ? 'eda@two' : 'ada@one';
    const { page, faults } = await open('/workers');
    const row = page.getByTestId(`worker-${trainer}`);
    await row.getByText('1 of 1').waitFor();
    await row.getByText(/epoch \d/).waitFor();
    expect(await row.getAttribute('data-status')).toBe('online');
    await row.getByRole('link', { name: /^Train/ }).click();
    await page.locator('[data-testid="task-status"][data-status="STARTED"]').waitFor();
    await page.locator('[data-testid="attempt-1"][data-end="running"]').waitFor();
    const list = await open('/workers');

    await workers.get(trainer)?.stop('SIGKILL');
    await list.page.locator(`[data-testid="worker-${trainer}"][data-status="lost"]`).waitFor();
    await page.locator('[data-testid="attempt-1"][data-end="lost"]').waitFor();
    await page.locator('[data-testid="attempt-2"][data-end="running"]').getByRole('link', { name: other }).waitFor();
    expect(await page.getByTestId('timeline').getAttribute('aria-label')).toContain('2 attempts');

    await page.getByTestId('terminate').click();
    await page.getByTestId('confirm').click();
    await page.getByTestId('outcome').getByText('1 of 1 task was terminated.').waitFor();
    await page.locator('[data-testid="task-status"][data-status="REVOKED"]').waitFor();
    expect((await getWorkflow(url, id)).status).toBe('CANCELLED');
    expect([...faults, ...list.faults]).toEqual([]);
    workers.delete(trainer);
    await startWorker(trainer);
    await list.page.locator(`[data-testid="worker-${trainer}"][data-status="online"]`).waitFor();
    await page.context().close();
    await list.page.context().close();
  }, 180_000);

  test('a worker grows, rests, goes on and shuts down, and its answers stand on its page', async () => {
    const { page, faults } = await open('/workers/ada@one');
    const status = page.getByTestId('worker-status');
    await page.getByTestId('grow').click();
    await page.locator('[data-testid="command-grow"][data-state="done"]').waitFor();
    await page.getByText('of 2 slots').waitFor();
    await page.getByTestId('quiet').click();
    await page.locator('[data-testid="worker-status"][data-status="draining"]').waitFor();
    await page.getByTestId('resume').click();
    await page.locator('[data-testid="worker-status"][data-status="online"]').waitFor();
    await page.getByTestId('shutdown').click();
    await page.getByRole('dialog').getByText('hands back what it runs').waitFor();
    expect(await status.getAttribute('data-status')).toBe('online');
    await page.getByTestId('confirm').click();
    await page.locator('[data-testid="worker-status"][data-status="offline"]').waitFor();
    expect(await page.getByTestId('shutdown').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 120_000);

  test('a queue that nobody takes from is warned of while watched, and is emptied only by its typed name', async () => {
    const { page, faults } = await open('/queue/zincir.upload');
    await page.getByRole('heading', { name: 'zincir.upload' }).waitFor();
    await workers.get('eda@two')?.stop('SIGTERM');
    const id = await startLong();
    await page.locator('[data-warning="QUEUE_NO_CONSUMER"]').waitFor();
    await page.getByRole('table', { name: 'Next tasks' }).getByText(`#${id}`).waitFor();
    await page.getByTestId('purge').click();
    const confirm = page.getByTestId('confirm');
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByTestId('confirm-text').fill('zincir.train');
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByTestId('confirm-text').fill('zincir.upload');
    await confirm.click();
    await page.getByText('1 message removed from zincir.upload.').waitFor();
    await page.locator('[data-warning="QUEUE_NO_CONSUMER"]').waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
    await cancel(id);
    await page.context().close();
  }, 120_000);

  test('all tasks that match are revoked, more than a page shows', async () => {
    const { id: datasetId } = await upload(url, example('iris.csv'));
    const config = { model: 'LR', target: 'species' };
    for (let made = 0; made < 53; made += 1) await createWorkflow(url, { datasetId, config });
    const { page, faults } = await open('/tasks?state=PENDING');
    await page.getByText('53 matches').waitFor();
    await page.getByText('1–50 of 53').waitFor();
    await page.getByRole('checkbox', { name: 'Choose all on this page' }).click();
    await page.getByTestId('choose-matching').click();
    await page.getByTestId('selection-bar').getByText('All 53 that match').waitFor();
    await page.getByTestId('bulk-revoke').click();
    await page.getByRole('dialog').getByText('Revoke the 53 tasks that match?').waitFor();
    await page.getByTestId('confirm').click();
    await page.getByTestId('outcome').getByText('53 of 53 tasks were revoked.').waitFor();
    await page.getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('No task matches').waitFor();
    expect(await tasks('state=PENDING')).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 120_000);

  test('a reader whose hours have an AM or PM sees every date whole, however wide the window', async () => {
    for (const width of [1000, 1130, 1280]) {
      const context = await browser.newContext({ locale: 'en-US', viewport: { width, height: 900 } });
      const page = await context.newPage();
      for (const place of ['/queue', '/tasks', '/workers?offline=true']) {
        await page.goto(`${url}${place}`);
        await page.locator('[data-testid^="task-"], [data-testid^="worker-"]').first().waitFor();
        const cut = await page.evaluate(() =>
          [...document.querySelectorAll('td, th')]
            .filter((cell) => /\d [AP]M$/.test(cell.textContent ?? ''))
            .filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
            .map((cell) => cell.textContent),
        );
        expect([width, place, cut]).toEqual([width, place, []]);
      }
      await context.close();
    }
  }, 120_000);

  test('a phone and a Turkish reader see the same pages, and nothing reaches beyond the window', async () => {
    const context = await browser.newContext({ locale: 'tr-TR', viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    const [task] = await tasks('limit=1');
    for (const [place, word] of [
      ['/queue', 'Kuyruklar'],
      ['/queue/zincir.train', 'Tüm kuyruklar'],
      ['/tasks', 'Görevler'],
      [`/tasks/${task?.taskId}`, 'Tüm görevler'],
      ['/workers?offline=true', 'İşçiler'],
      ['/workers/eda@two', 'Tüm işçiler'],
      ['/flower', 'ZINCIR_FLOWER_URL'],
    ] as const) {
      await page.goto(`${url}${place}`);
      await page.locator('main').getByText(word).first().waitFor();
      await page.waitForLoadState('networkidle');
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect([place, overflow]).toEqual([place, 0]);
      // Nor is a cell to be scrolled to within a table.
      const beyond = await page.evaluate(() =>
        [...document.querySelectorAll('main td')]
          .filter((cell) => cell.getBoundingClientRect().right > document.documentElement.clientWidth)
          .map((cell) => cell.textContent),
      );
      expect([place, beyond]).toEqual([place, []]);
    }
    await page.getByTestId('operations-menu').click();
    await page.getByRole('menuitem', { name: 'Görevler' }).click();
    await page.waitForURL(`${url}/tasks`);
    await context.close();
  }, 120_000);

  test.each(['hangs', 'is killed'] as const)(
    'while a server that %s is away the last figures stay, with their time, and news go on once it is back',
    async (fault) => {
      // A second try finds the server as the first one left it.
      if (server.process.signalCode !== null) server = await startServer(temporaryDirectory(), sameAddress());
      else server.process.kill('SIGCONT');
      const id = await startLong();
      const { page } = await open('/workers?offline=true');
      await page.getByTestId('worker-eda@two').waitFor();
      const monitor = await open(`/workflows/${id}`);
      await monitor.page.locator('[data-testid="live-link"][data-link="live"]').waitFor();

      if (fault === 'hangs') server.process.kill('SIGSTOP');
      else await server.stop('SIGKILL');
      await page
        .locator('[data-testid="freshness"][data-away="true"]')
        .getByText(/as of \d\d:\d\d:\d\d/)
        .waitFor();
      expect(await page.getByTestId('worker-eda@two').isVisible()).toBe(true);
      await monitor.page.locator('[data-testid="live-link"][data-link="away"]').getByText('Server away').waitFor();

      if (fault === 'hangs') server.process.kill('SIGCONT');
      else server = await startServer(temporaryDirectory(), sameAddress());
      await page.locator('[data-testid="freshness"][data-away="false"]').waitFor();
      await monitor.page.locator('[data-testid="live-link"][data-link="live"]').waitFor();
      await cancel(id);
      await monitor.page.locator('[data-testid="workflow-status"][data-status="CANCELLED"]').waitFor();
      await page.context().close();
      await monitor.page.context().close();
    },
    180_000,
  );
});
