/** `app.send_task('zincir.run_workflow', [id])` by the real Celery, over workers of ours. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkflowList } from '../src/contract/api.js';
import { answers, celeryMissing, findCelery, runWithCelery } from './support/celery.js';
import { createWorkflow, getWorkflow, hasEnded, upload, waitFor } from './support/client.js';
import { findPostgres, postgresMissing } from './support/database.js';
import { later } from './support/later.js';
import { type Cluster, startCluster } from './support/nodes.js';
import { example } from './support/program.js';
import { findRabbit, rabbitMissing } from './support/rabbitmq.js';

const python = findCelery() ?? '';
const lacks = [
  ...(python === '' ? [celeryMissing] : []),
  ...((await findPostgres()) ? [] : [postgresMissing]),
  ...((await findRabbit()) ? [] : [rabbitMissing]),
];

/** What a program of Celery begins with; `ended` is what became of a call, as a Python program sees it. */
const prelude = `
import json, os, time
from datetime import datetime, timedelta, timezone
from celery import Celery
app = Celery(broker=os.environ['BROKER_URL'], backend='rpc://')
app.conf.task_routes = {'zincir.run_workflow': {'queue': 'zincir.run_workflow'}}
def ended(call, timeout=60):
    try:
        return {'value': call.get(timeout=timeout), 'state': call.state}
    except Exception as error:
        return {'type': type(error).__name__, 'text': str(error), 'state': call.state}
`;

describe.skipIf(lacks.length > 0)(`calls of a workflow${lacks.map((lack) => ` (${lack})`).join('')}`, () => {
  let cluster: Cluster;
  let url: string;
  let iris: number;
  let digits: number;
  beforeAll(async () => {
    cluster = await startCluster();
    url = cluster.server.url;
    await cluster.worker('zincir@one');
    iris = (await upload(url, example('iris.csv'))).id;
    digits = (await upload(url, example('digits.csv'))).id;
  }, 120_000);
  afterAll(() => cluster?.close());

  const run = async (program: string) => Object(await runWithCelery(python, cluster.brokerUrl, prelude + program));
  const pending = async (params: object = {}) => {
    const config = { model: 'LR', target: 'species', params };
    return (await createWorkflow(url, { datasetId: iris, config, start: false })).id;
  };
  const count = async () => WorkflowList.parse(await (await fetch(`${url}/api/workflows?limit=1`)).json()).total;

  test('a Python program starts a workflow and waits for its result, which takes no slot of the worker', async () => {
    const id = await pending();
    const { value, state } = await run(`print(json.dumps(ended(app.send_task('zincir.run_workflow', [${id}]))))`);
    const workflow = await getWorkflow(url, id);
    const { name, model, trainAccuracy, validationAccuracy, epochs, durationMs, artifacts } = workflow;
    expect(workflow.status).toBe('COMPLETED');
    expect(value).toEqual({
      workflowId: id,
      name,
      status: 'COMPLETED',
      model,
      trainAccuracy,
      validationAccuracy,
      epochs,
      durationMs,
      artifacts,
    });
    expect(state).toBe('SUCCESS');
  }, 60_000);

  test('a client that names the queue itself, by keyword, and asks for the state on the way', async () => {
    const config = { model: 'MLP', target: 'digit', params: { epochs: 300 } };
    const { id } = await createWorkflow(url, { datasetId: digits, config, start: false });
    const { states, value } = await run(`
app.conf.task_routes = None
call = app.send_task('zincir.run_workflow', kwargs={'workflow_id': ${id}}, queue='zincir.run_workflow')
states = []
while not call.ready():
    if call.state not in states: states.append(call.state)
    time.sleep(0.05)
print(json.dumps({'states': states, 'value': call.get(timeout=60)}))`);
    expect(states).toContain('STARTED');
    expect(value).toMatchObject({ workflowId: id, status: 'COMPLETED' });
  }, 60_000);

  test('one that has ended runs again as a new one; one that runs is joined', async () => {
    const { id } = await waitFor(
      url,
      (await createWorkflow(url, { datasetId: iris, config: { model: 'PER', target: 'species' } })).id,
      hasEnded,
    );
    const { value } = await run(`print(json.dumps(ended(app.send_task('zincir.run_workflow', [${id}]))))`);
    expect(value.workflowId).toBeGreaterThan(id);
    expect((await getWorkflow(url, value.workflowId)).origin).toEqual({ kind: 'restart', from: id });

    const config = { model: 'MLP', target: 'digit', params: { epochs: 300 } };
    const running = await createWorkflow(url, { datasetId: digits, config, start: false });
    // Python takes a while to begin: the first call starts it, the others find it at work.
    const joined = await run(`
send = lambda: app.send_task('zincir.run_workflow', [${running.id}])
calls = [send()]
while calls[0].state != 'STARTED': time.sleep(0.05)
calls += [send(), send()]
print(json.dumps([ended(call)['value']['workflowId'] for call in calls]))`);
    expect(joined).toEqual([running.id, running.id, running.id]);
  }, 90_000);

  test('what cannot be run is refused in words: an unknown number, wrong arguments, an unknown task', async () => {
    const refusals = await run(`
send = lambda *args, **kw: ended(app.send_task('zincir.run_workflow', list(args), kw))
other = ended(app.send_task('zincir.nonsense', [1], queue='zincir.run_workflow'))
print(json.dumps([send(4711), send('x'), send(), send(1, 2), send(1, name='x'), other]))`);
    expect(refusals[0]).toMatchObject({
      type: 'WORKFLOW_NOT_FOUND',
      state: 'FAILURE',
      text: expect.stringContaining('4711'),
    });
    for (const refusal of refusals.slice(1, 5)) {
      expect(refusal).toMatchObject({
        type: 'TypeError',
        state: 'FAILURE',
        text: expect.stringContaining('takes one argument, the number of a workflow'),
      });
    }
    expect(refusals[5]).toMatchObject({ type: 'NotRegistered', state: 'FAILURE' });
  }, 60_000);

  test('a workflow that fails, or is cancelled, raises its error', async () => {
    const params = { learning_rate: 1e300, epochs: 5 };
    const bad = await createWorkflow(url, {
      datasetId: digits,
      config: { model: 'MLP', target: 'digit', params },
      start: false,
    });
    const failure = await run(`print(json.dumps(ended(app.send_task('zincir.run_workflow', [${bad.id}]))))`);
    const { error } = await getWorkflow(url, bad.id);
    expect(failure).toEqual({ type: error?.code, state: 'FAILURE', text: `${error?.message} ${error?.hint}` });

    const config = { model: 'MLP', target: 'digit', params: { epochs: 100_000 } };
    const long = await createWorkflow(url, { datasetId: digits, config, start: false });
    const waiting = later(run(`print(json.dumps(ended(app.send_task('zincir.run_workflow', [${long.id}]))))`));
    await waitFor(url, long.id, ({ epoch }) => epoch > 0);
    await fetch(`${url}/api/workflows/${long.id}/cancel`, { method: 'POST' });
    expect(await waiting).toMatchObject({ type: 'CANCELLED', state: 'FAILURE' });
  }, 90_000);

  test('a call waits for its time, and is not run after it', async () => {
    const [soon, late, revoked] = [await pending(), await pending(), await pending()];
    const began = Date.now();
    const { scheduled, ends } = await run(`
send = lambda id, **kw: app.send_task('zincir.run_workflow', [id], **kw)
soon = send(${soon}, countdown=5)
late = send(${late}, expires=datetime.now(timezone.utc) - timedelta(seconds=5))
revoked = send(${revoked}, countdown=60)
scheduled = []
while len(scheduled) < 2 and not soon.ready():
    scheduled = (app.control.inspect(['zincir@one'], timeout=5).scheduled() or {}).get('zincir@one', [])
app.control.revoke(revoked.id)
print(json.dumps({'scheduled': scheduled, 'ends': [ended(late), ended(revoked), ended(soon)]}))`);
    expect(scheduled).toMatchObject([{ eta: expect.any(String), request: { args: [soon] } }, expect.anything()]);
    expect(ends[0]).toMatchObject({ type: 'TaskRevokedError', text: 'expired', state: 'REVOKED' });
    expect(ends[1]).toMatchObject({ type: 'TaskRevokedError', text: 'revoked', state: 'REVOKED' });
    expect(ends[2].value).toMatchObject({ workflowId: soon, status: 'COMPLETED' });
    expect(Date.parse((await getWorkflow(url, soon)).startedAt ?? '') - began).toBeGreaterThan(5_000);
    expect((await getWorkflow(url, late)).status).toBe('PENDING');
    expect((await getWorkflow(url, revoked)).status).toBe('PENDING');
  }, 60_000);

  test('a call outlives the process that waits, and its workflow runs once', async () => {
    await cluster.worker('zincir@two');
    const config = { model: 'MLP', target: 'digit', params: { epochs: 1_500 } };
    const first = await createWorkflow(url, { datasetId: digits, config });
    await fetch(`${url}/api/workflows/${first.id}/cancel`, { method: 'POST' });
    const before = await count();
    // It has ended, so the call makes another one: the process that has the call next must know that one.
    const waiting = later(
      run(`
call = app.send_task('zincir.run_workflow', [${first.id}])
print(json.dumps(ended(call, timeout=120)))`),
    );
    const holder = async () => {
      const active = await answers(python, cluster.brokerUrl, 'inspect', '-d', 'zincir@one,zincir@two', 'active');
      const holds = ([, tasks]: [string, unknown]) =>
        Object(tasks).some(({ name }: { name: string }) => name === 'zincir.run_workflow');
      return Object.entries(active).find(holds)?.[0];
    };
    let lost: string | undefined;
    await expect
      .poll(
        async () => {
          lost = await holder();
          return lost;
        },
        { timeout: 20_000 },
      )
      .toBeDefined();
    await cluster.workers.find(({ name }) => name === lost)?.stop('SIGKILL');
    const { value, state } = await waiting;
    expect(state).toBe('SUCCESS');
    expect(value).toMatchObject({ status: 'COMPLETED' });
    expect(value.workflowId).toBeGreaterThan(first.id);
    expect(await count()).toBe(before + 1);
  }, 180_000);
});
