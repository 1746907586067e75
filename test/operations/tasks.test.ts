/** Tasks as operators see and steer them, over HTTP, in both worlds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '../../src/contract/api.js';
import { BulkResult, Task, TaskErrorList, TaskList } from '../../src/contract/operations.js';
import type { ClaimedStep, StepRecord } from '../../src/engine/ports.js';
import { createChain, fenceOf, outputOf } from '../conformance/chain.js';
import { cluster, embedded, type OperationsServer } from '../support/operations.js';

const ragged = { code: 'CSV_RAGGED', params: { line: 3, found: 2, expected: 4 } } as const;
const lost = { code: 'WORKER_LOST', params: { worker: 'worker-1', step: 'upload' } } as const;
const gaveUp = (lastCode: string) =>
  ({ code: 'STEP_GAVE_UP', params: { ...lost.params, attempts: 3, lastCode } }) as const;

for (const world of [embedded, cluster]) {
  const lack = world.missing === null ? '' : `: ${world.missing}`;
  describe.skipIf(world.missing !== null)(`tasks, ${world.name}${lack}`, () => {
    let server: OperationsServer;
    beforeAll(async () => {
      server = await world.open();
    });
    afterAll(() => server?.close());

    const list = (query = '', language?: string) => server.read(TaskList, `/api/tasks${query}`, language);
    const idsOf = async (query: string) => (await list(query)).items.map(({ taskId }) => taskId);
    const get = (id: string) => server.read(Task, `/api/tasks/${id}`);
    const start = async (name = 'first try'): Promise<{ workflowId: number; step: StepRecord; taskId: string }> => {
      const workflowId = await createChain(server.store, { name }, new Date());
      return { workflowId, ...(await firstStep(workflowId)) };
    };
    const firstStep = async (workflowId: number) => {
      const step = (await server.store.findWorkflow(workflowId))?.steps[0];
      if (!step?.taskId) throw new Error('no task');
      return { step, taskId: step.taskId };
    };
    const claim = async (step: StepRecord, worker = 'worker-1'): Promise<ClaimedStep> => {
      const claimed = await server.store.claimStep(step.id, worker, 30_000, new Date());
      if (!claimed) throw new Error('nothing to claim');
      return claimed;
    };
    const fail = async (name?: string, traceback: string | null = null, worker = 'worker-1') => {
      const one = await start(name);
      await server.store.failStep(fenceOf(await claim(one.step, worker)), ragged, traceback, new Date());
      return one;
    };
    const refusal = ({ status, body }: { status: number; body: unknown }) => [status, Problem.parse(body).code];

    test('a task is shown from its queueing to its end, with what it was given and what it gave', async () => {
      const { step, taskId, workflowId } = await start();
      expect(await get(taskId)).toMatchObject({
        status: 'PENDING',
        queue: 'zincir.upload',
        args: [step.id],
        kwargs: { workflowId },
        worker: null,
        startedAt: null,
        durationMs: null,
        waitMs: expect.any(Number),
        result: null,
        attempts: [],
        logs: [expect.objectContaining({ code: 'stepQueued' })],
      });
      const claimed = await claim(step);
      await server.store.appendLogs(fenceOf(claimed), [
        { at: new Date().toISOString(), level: 'info', code: 'profileRead', params: { rows: 6, columns: 3 } },
      ]);
      expect(await get(taskId)).toMatchObject({
        status: 'STARTED',
        worker: 'worker-1',
        attempts: [{ attempt: 1, worker: 'worker-1', endedAt: null, end: null, errorCode: null }],
      });
      await sleep(20);
      await server.store.completeStep(fenceOf(claimed), outputOf(claimed), new Date());
      const done = await get(taskId);
      expect(done).toMatchObject({
        status: 'SUCCESS',
        result: { rows: 6 },
        error: null,
        traceback: null,
        retries: 0,
        attempts: [{ attempt: 1, end: 'completed', errorCode: null, endedAt: done.completedAt }],
      });
      expect(done.durationMs).toBeGreaterThanOrEqual(20);
      expect(done.logs.map(({ code }) => code)).toEqual(['stepQueued', 'stepStarted', 'profileRead', 'stepCompleted']);
    });

    test('every attempt is told with who had it, when, and how it ended', async () => {
      const { step, taskId, workflowId } = await start();
      const now = () => new Date();
      await server.store.requeueStep(fenceOf(await claim(step, 'a')), lost, now(), true, now());
      await server.store.requeueStep(fenceOf(await claim(step, 'b')), null, now(), false, now());
      const crashed = { code: 'STEP_CRASHED', params: { step: 'upload', how: 'signal 9' } } as const;
      await server.store.requeueStep(fenceOf(await claim(step, 'c')), crashed, now(), true, now(), 'Error: signal 9');
      expect(await get(taskId)).toMatchObject({ status: 'RETRY', retries: 3, error: { code: 'STEP_CRASHED' } });
      await server.store.failStep(fenceOf(await claim(step, 'd')), gaveUp('WORKER_LOST'), 'Traceback', now());
      const task = await get(taskId);
      expect(task.attempts.map(({ attempt, worker, end, errorCode }) => [attempt, worker, end, errorCode])).toEqual([
        [1, 'a', 'lost', 'WORKER_LOST'],
        [2, 'b', 'handed_back', null],
        [3, 'c', 'retried', 'STEP_CRASHED'],
        [4, 'd', 'lost', 'WORKER_LOST'],
      ]);
      expect(task).toMatchObject({ status: 'FAILURE', traceback: 'Traceback', error: { code: 'STEP_GAVE_UP' } });
      expect(task.error?.message).toContain('worker-1 was lost');
      // A retry is a new task, with lines of its own.
      expect((await server.send(`/api/tasks/${taskId}/retry`)).status).toBe(200);
      const again = await firstStep(workflowId);
      await server.store.failStep(fenceOf(await claim(again.step, 'e')), ragged, null, now());
      expect((await get(again.taskId)).attempts).toMatchObject([
        { attempt: 5, worker: 'e', end: 'failed', errorCode: 'CSV_RAGGED' },
      ]);
      expect((await get(taskId)).attempts).toEqual(task.attempts);
      expect((await get(taskId)).logs).toEqual(task.logs);
    });

    test('an unknown task can neither be read nor revoked nor retried', async () => {
      for (const id of ['nonsense', '7c6b8d4e-6d5c-4e5f-9a1b-2c3d4e5f6a7b']) {
        const response = await fetch(`${server.url}/api/tasks/${id}`);
        expect([response.status, Problem.parse(await response.json()).code]).toEqual([404, 'TASK_NOT_FOUND']);
        expect(refusal(await server.send(`/api/tasks/${id}/revoke`, {}))).toEqual([404, 'TASK_NOT_FOUND']);
        expect(refusal(await server.send(`/api/tasks/${id}/retry`))).toEqual([404, 'TASK_NOT_FOUND']);
      }
    });

    test('a task that waits is revoked with its workflow; one that has ended is not', async () => {
      const { taskId, workflowId, step } = await start();
      const { status, body } = await server.send(`/api/tasks/${taskId}/revoke`);
      expect([status, Task.parse(body).status]).toEqual([200, 'REVOKED']);
      expect((await server.store.findWorkflow(workflowId))?.status).toBe('CANCELLED');
      expect(await server.store.claimStep(step.id, 'worker-1', 30_000, new Date())).toBeNull();
      const again = await server.send(`/api/tasks/${taskId}/revoke`, { terminate: true });
      expect(refusal(again)).toEqual([409, 'TASK_ENDED']);
      expect(Problem.parse(again.body).detail).toBe(`Task ${taskId} has ended (REVOKED).`);
      const completed = await start();
      const claimed = await claim(completed.step);
      await server.store.completeStep(fenceOf(claimed), outputOf(claimed), new Date());
      expect(refusal(await server.send(`/api/tasks/${completed.taskId}/revoke`, {}))).toEqual([409, 'TASK_ENDED']);
      await server.store.cancelWorkflow(completed.workflowId, new Date());
    });

    test('a task that runs is revoked only where it is to be terminated, and its worker hears of it', async () => {
      const { taskId, step, workflowId } = await start();
      const claimed = await claim(step);
      const refused = await server.send(`/api/tasks/${taskId}/revoke`, {});
      expect(refusal(refused)).toEqual([409, 'TASK_RUNNING']);
      expect(Problem.parse(refused.body).hint).toBe('Terminate it to stop it together with its workflow.');
      expect((await server.store.findWorkflow(workflowId))?.status).toBe('RUNNING');
      const { body } = await server.send(`/api/tasks/${taskId}/revoke`, { terminate: true });
      expect(Task.parse(body)).toMatchObject({ status: 'REVOKED', attempts: [{ attempt: 1, end: 'revoked' }] });
      expect(await server.store.renewLease(fenceOf(claimed), 30_000, null, new Date())).toBe('cancelled');
    });

    test('a failed task is retried once; one that did not fail is not', async () => {
      const { taskId, workflowId } = await fail();
      expect((await server.send(`/api/tasks/${taskId}/retry`)).status).toBe(200);
      const { taskId: next } = await firstStep(workflowId);
      expect(next).not.toBe(taskId);
      const twice = await server.send(`/api/tasks/${taskId}/retry`);
      expect(refusal(twice)).toEqual([409, 'TASK_REPLACED']);
      expect(Problem.parse(twice.body).params).toEqual({ id: taskId, by: next });
      expect(refusal(await server.send(`/api/tasks/${next}/retry`))).toEqual([409, 'TASK_NOT_FAILED']);
      expect((await server.send(`/api/tasks/${next}/revoke`)).status).toBe(200);
      expect((await server.send(`/api/tasks/${next}/retry`)).status).toBe(200);
      await server.store.cancelWorkflow(workflowId, new Date());
    });

    test('of many who retry a task at the same time one does, and it runs once', async () => {
      const { taskId, workflowId } = await fail();
      const answers = await Promise.all(Array.from({ length: 8 }, () => server.send(`/api/tasks/${taskId}/retry`)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
      expect((await list(`?workflow=${workflowId}`)).total).toBe(2);
      await server.store.cancelWorkflow(workflowId, new Date());
    });

    test('filters hold together, and pages follow each other without a gap or a repeat', async () => {
      const before = new Date(Date.now() - 1).toISOString();
      const failed = [];
      for (let i = 0; i < 7; i++) failed.push(await fail('filtered', null, 'worker-filter'));
      const others = [await start('waits'), await start('runs')];
      await claim(others[1]?.step ?? failed[0]?.step ?? never(), 'worker-filter');
      const newest = failed.map(({ taskId }) => taskId).reverse();
      const since = `since=${encodeURIComponent(before)}`;
      expect(await idsOf(`?state=FAILURE&${since}`)).toEqual(newest);
      expect(await idsOf(`?state=FAILURE,PENDING&${since}`)).toEqual([others[0]?.taskId, ...newest]);
      expect(await idsOf(`?worker=worker-filter&${since}`)).toEqual([others[1]?.taskId, ...newest]);
      expect(await idsOf(`?worker=worker-filter&state=FAILURE&error=CSV_RAGGED&name=zincir.upload&${since}`)).toEqual(
        newest,
      );
      expect(await idsOf(`?name=zincir.train&${since}`)).toEqual([]);
      expect(await idsOf(`?error=CSV_EMPTY&${since}`)).toEqual([]);
      expect(await idsOf(`?state=RECEIVED&${since}`)).toEqual([]);
      expect(await idsOf(`?state=REVOKED&${since}`)).toEqual([]);
      expect(await idsOf(`?workflow=${failed[2]?.workflowId}`)).toEqual([failed[2]?.taskId]);
      expect(await idsOf(`?until=${encodeURIComponent(before)}&worker=worker-filter`)).toEqual([]);
      expect(await idsOf(`?state=STARTED&worker=worker-filter`)).toEqual([others[1]?.taskId]);

      const pages: string[] = [];
      for (let cursor = ''; ; ) {
        const page = await list(`?state=FAILURE&${since}&limit=3${cursor}`);
        expect([page.total, page.totalAtLeast]).toEqual([7, false]);
        pages.push(...page.items.map(({ taskId }) => taskId));
        if (page.nextCursor === null) break;
        cursor = `&cursor=${page.nextCursor}`;
      }
      expect(pages).toEqual(newest);
      for (const { workflowId } of others) await server.store.cancelWorkflow(workflowId, new Date());
    });
    const never = (): never => {
      throw new Error('never');
    };

    test('the text of an error, what it says in the language of the reader, and the start of an id are found', async () => {
      const { taskId } = await fail('searched', 'Error: the Quick brown\n  at fox (dog.ts:1)');
      const found = async (search: string, language?: string) =>
        (await list(`?search=${encodeURIComponent(search)}&limit=200`, language)).items.map((task) => task.taskId);
      expect(await found('quick DOG.TS')).toEqual([taskId]);
      expect(await found('quick cat')).toEqual([]);
      expect(await found('csv_ragged quick')).toEqual([taskId]);
      expect(await found('100%_')).toEqual([]);
      expect(await found('fields quick', 'en')).toEqual(await found('alan quick', 'tr'));
      for (const length of [4, 8, 13, 36]) expect(await found(taskId.slice(0, length))).toContain(taskId);
      expect(await found(taskId)).toEqual([taskId]);
      expect(await found(taskId.toUpperCase())).toEqual([taskId]);
    });

    test('failed tasks are grouped by what they failed with', async () => {
      const before = encodeURIComponent(new Date(Date.now() - 1).toISOString());
      const one = await start();
      await server.store.failStep(fenceOf(await claim(one.step)), gaveUp('STEP_CRASHED'), null, new Date());
      const several = [await fail(), await fail(), await fail()];
      const { items } = await server.read(TaskErrorList, `/api/tasks/errors?since=${before}`);
      expect(items).toMatchObject([
        { code: 'CSV_RAGGED', count: 3, lastTaskId: several[2]?.taskId },
        { code: 'STEP_GAVE_UP', count: 1, lastTaskId: one.taskId },
      ]);
      expect(items[0]?.message).not.toContain('{');
      expect(Date.parse(items[0]?.firstAt ?? '')).toBeLessThanOrEqual(Date.parse(items[0]?.lastAt ?? ''));
      const ofOne = await server.read(TaskErrorList, `/api/tasks/errors?workflow=${several[0]?.workflowId}`);
      expect(ofOne.items).toMatchObject([{ code: 'CSV_RAGGED', count: 1 }]);
    });

    test('what is no filter and no cursor is refused', async () => {
      for (const query of [
        '?state=DONE',
        '?workflow=x',
        '?since=yesterday',
        '?limit=0',
        '?cursor=rubbish',
        '?cursor=W10',
      ]) {
        const response = await fetch(`${server.url}/api/tasks${query}`);
        expect([query, response.status, Problem.parse(await response.json()).code]).toEqual([
          query,
          400,
          'REQUEST_INVALID',
        ]);
      }
    });

    test('the same is done to all that match, unless more match than the person was told', async () => {
      const since = new Date(Date.now() - 1).toISOString();
      const failed = [await fail(), await fail(), await fail()];
      const bulk = (action: string, expected: number, filter: object = {}) =>
        server.send('/api/tasks/bulk', { action, expected, filter: { since, ...filter } });
      const early = await bulk('retry', 2, { state: ['FAILURE'] });
      expect(refusal(early)).toEqual([409, 'TASKS_CHANGED']);
      expect(Problem.parse(early.body).params).toEqual({ matched: 3, expected: 2 });
      expect((await list(`?state=FAILURE&since=${encodeURIComponent(since)}`)).total).toBe(3);

      const retried = await bulk('retry', 3, { state: ['FAILURE'] });
      expect(BulkResult.parse(retried.body)).toEqual({ matched: 3, changed: 3, refused: [] });
      // The old ones are still failed, and replaced.
      const twice = BulkResult.parse((await bulk('retry', 5, { state: ['FAILURE'] })).body);
      expect(twice).toMatchObject({ matched: 3, changed: 0, refused: [{ code: 'TASK_REPLACED', count: 3 }] });

      const running = await firstStep(failed[0]?.workflowId ?? 0);
      await claim(running.step);
      const revoked = BulkResult.parse((await bulk('revoke', 3, { state: ['PENDING', 'STARTED'] })).body);
      expect(revoked).toMatchObject({ matched: 3, changed: 2, refused: [{ code: 'TASK_RUNNING', count: 1 }] });
      const terminated = await bulk('terminate', 1, { state: ['STARTED'] });
      expect(BulkResult.parse(terminated.body)).toMatchObject({ matched: 1, changed: 1 });
      expect((await get(running.taskId)).status).toBe('REVOKED');
      expect((await server.send('/api/tasks/bulk', { action: 'retry', filter: { typo: 1 }, expected: 1 })).status).toBe(
        400,
      );
    });

    test('tasks that ended long ago are forgotten, those that did not and all workflows stay', async () => {
      const old = await fail('old');
      const waiting = await start('waiting');
      await sleep(5);
      await server.store.maintain(new Date());
      const young = await fail('young');
      expect((await fetch(`${server.url}/api/tasks/${old.taskId}`)).status).toBe(404);
      expect((await get(waiting.taskId)).status).toBe('PENDING');
      expect((await get(young.taskId)).status).toBe('FAILURE');
      expect((await server.store.findWorkflow(old.workflowId))?.steps[0]).toMatchObject({
        status: 'FAILED',
        taskId: old.taskId,
      });
      expect((await server.store.logsAfter(old.workflowId, 0, 100)).length).toBeGreaterThan(2);
      // A workflow whose tasks are forgotten can be taken up again.
      await server.engine.workflows.retry(old.workflowId);
      expect((await get((await firstStep(old.workflowId)).taskId)).status).toBe('PENDING');
      await server.store.maintain();
      expect((await get(young.taskId)).status).toBe('FAILURE');
    });
  });
}
