/** Every page for operators, on a server on PostgreSQL with a million tasks and a hundred workers, over HTTP. */
import pg from 'pg';
import { openDatabase } from '../../src/database/index.js';
import { createPostgresDatabase } from '../support/database.js';
import { startServer, temporaryDirectory } from '../support/program.js';
import type { RouteTimes } from './archive.js';
import { percentile } from './percentile.js';

/** One task in ten failed, one in fifty was revoked; the last thousand workflows wait or run. */
const routes = [
  // What the machine alone costs at the time.
  '/healthz',
  '/api/queue',
  '/api/queue/zincir.upload',
  '/api/queue/zincir.dead',
  '/api/tasks',
  '/api/tasks?limit=200',
  '/api/tasks?cursor={cursor}',
  '/api/tasks?state=FAILURE',
  '/api/tasks?state=REVOKED',
  '/api/tasks?state=SUCCESS',
  '/api/tasks?state=PENDING',
  '/api/tasks?state=STARTED',
  '/api/tasks?state=RETRY',
  '/api/tasks?name=zincir.train',
  '/api/tasks?worker=zincir@host-7',
  '/api/tasks?worker=zincir@nobody',
  '/api/tasks?state=FAILURE&worker=zincir@host-7&name=zincir.train',
  '/api/tasks?error=CSV_RAGGED',
  '/api/tasks?error=STEP_GAVE_UP&limit=200',
  '/api/tasks?search=line%20here',
  '/api/tasks?search=nowhere%20to%20be%20found',
  '/api/tasks?search=0000beef',
  '/api/tasks?search=0000beef-0000-4000-8000-000000000000',
  // A word as well as the beginning of an id.
  '/api/tasks?search=0001',
  '/api/tasks?search=nowhere&cursor={cursor}',
  '/api/tasks?state=FAILURE&cursor={cursor}',
  '/api/tasks?state=FAILURE,STARTED',
  '/api/tasks?workflow={id}',
  '/api/tasks?since=2001-01-01T00:00:00Z&until=2001-06-01T00:00:00Z',
  '/api/tasks/errors',
  '/api/tasks/errors?search=here',
  '/api/tasks/errors?name=zincir.train',
  '/api/tasks/errors?error=DIVERGED&since=2001-01-01T00:00:00Z',
  '/api/tasks/{task}',
  '/api/workers',
  '/api/workers/zincir@host-7',
  '/api/workers/history',
  '/metrics',
];

export interface TaskTimes {
  routes: RouteTimes[];
  /** To forget all of the tasks that have ended. */
  purgeSeconds: number;
}

/** @param asks how often each route is asked, one request after the other */
export async function measureTasks(tasks: number, asks: number): Promise<TaskTimes> {
  const database = await createPostgresDatabase();
  const workflows = Math.ceil(tasks / 3);
  await fill(database.url, workflows);
  const server = await startServer(temporaryDirectory('load'), {
    args: ['--no-worker'],
    env: { ZINCIR_DATABASE_URL: database.url },
  });
  try {
    const times: RouteTimes[] = [];
    const first = await (await fetch(`${server.url}/api/tasks?limit=200`)).json();
    for (const route of routes) {
      const took: number[] = [];
      for (let i = -5; i < asks; i++) {
        const id = 1 + (((i + 5) * 7919) % workflows);
        const path = route
          .replace('{id}', String(id))
          .replace('{cursor}', first.nextCursor)
          .replace('{task}', taskId(3 * id));
        const began = performance.now();
        const response = await fetch(server.url + path);
        const text = await response.text();
        if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
        if (i >= 0) took.push(performance.now() - began);
      }
      times.push({ route, medianMs: percentile(took, 0.5), p99Ms: percentile(took, 0.99) });
    }
    return { routes: times, purgeSeconds: await purge(database.url) };
  } finally {
    await server.stop();
    await database.drop();
  }
}

const taskId = (n: number): string => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;

async function purge(url: string): Promise<number> {
  const store = await openDatabase(url);
  try {
    const began = performance.now();
    for (let left = true; left; ) {
      await store.maintain(new Date());
      left = (await store.listTasks({ states: ['SUCCESS', 'FAILURE', 'REVOKED'], words: [] }, 1)).items.length > 0;
    }
    return (performance.now() - began) / 1000;
  } finally {
    await store.close();
  }
}

async function fill(url: string, workflows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const waiting = Math.min(1_000, Math.floor(workflows / 3));
  await client.query(`
    INSERT INTO dataset (name, file_name, file, sha256, size_bytes, created_at, dialect, profile, search_text)
    SELECT 'table', 'table.csv', 'datasets/1', repeat('0', 64), 1000, now(),
           '{"encoding":"utf-8","bom":false,"delimiter":",","quote":"\\"","decimal":".","header":true}',
           '{"complete":true,"rows":6,"rowsWithMissing":0,"columns":[],"warnings":[]}', 'table'`);
  await client.query(
    `INSERT INTO workflow (name, status, dataset_id, model, config, ignored, created_at, started_at, epoch, name_key, search_text)
     SELECT 'run-' || n, CASE WHEN n > $1::int - $2::int THEN 'RUNNING' ELSE 'COMPLETED' END, 1, 'LR', $3::jsonb, '[]',
            at, at, 0, 'run-' || n, 'run-' || n
     FROM (SELECT n, now() - make_interval(secs => 10 * ($1::int - n)) AS at FROM generate_series(1, $1::int) n) AS w`,
    [workflows, waiting, JSON.stringify({ model: 'LR', target: 'kind', params: { epochs: 10 }, preprocessing: {} })],
  );
  // Of those that run, one in a hundred runs its training, one waits after a fault, and the others wait.
  await client.query(`
    INSERT INTO workflow_step (workflow_id, name, position, status, task_id, attempt, queued_at, started_at, retry_at, lease_until, worker, params)
    SELECT w.id, s.name, s.position,
           CASE WHEN w.status = 'COMPLETED' OR s.position < 2 THEN 'COMPLETED' WHEN w.id % 100 = 0 THEN 'RUNNING' ELSE 'QUEUED' END,
           lpad(to_hex(3 * w.id + s.position - 2), 8, '0') || '-0000-4000-8000-000000000000', 1, w.created_at,
           CASE WHEN w.status = 'COMPLETED' OR s.position < 2 OR w.id % 100 = 0 THEN w.created_at END,
           CASE WHEN w.id % 100 = 1 AND w.status = 'RUNNING' AND s.position = 2 THEN now() + interval '1 hour' END,
           CASE WHEN w.id % 100 = 0 AND w.status = 'RUNNING' AND s.position = 2 THEN now() + interval '1 day' END,
           CASE WHEN w.status = 'COMPLETED' OR w.id % 100 = 0 THEN 'zincir@host-' || w.id / 1000 END, '{}'
    FROM workflow w CROSS JOIN (VALUES ('upload', 0), ('preprocess', 1), ('train', 2)) AS s(name, position)`);
  await client.query(`
    INSERT INTO task_result (task_id, workflow_id, step_id, name, status, worker, args, kwargs, result, traceback, created_at, started_at, completed_at)
    SELECT s.task_id, s.workflow_id, s.id, 'zincir.' || s.name, s.became, s.worker, jsonb_build_array(s.id),
           jsonb_build_object('workflowId', s.workflow_id),
           CASE s.became WHEN 'FAILURE' THEN jsonb_build_object('code', (ARRAY['CSV_RAGGED','STEP_GAVE_UP','DIVERGED','TRAIN_ONE_CLASS'])[1 + s.id / 10 % 4],
                                            'params', jsonb_build_object('line', s.id, 'step', s.name))
                         WHEN 'SUCCESS' THEN '{"rows":6}' END,
           CASE WHEN s.became = 'FAILURE' THEN 'Error: a line here' || E'\\n' || repeat('    at step (file.js:' || s.id || ')' || E'\\n', 20) END,
           s.queued_at, s.started_at, CASE WHEN s.became IN ('SUCCESS', 'FAILURE', 'REVOKED') THEN s.started_at + interval '1 s' END
    FROM (SELECT *, CASE WHEN status = 'RUNNING' THEN 'STARTED' WHEN status = 'QUEUED' AND retry_at IS NOT NULL THEN 'RETRY'
                         WHEN status = 'QUEUED' THEN 'PENDING' WHEN id % 10 = 0 THEN 'FAILURE' WHEN id % 50 = 1 THEN 'REVOKED'
                         ELSE 'SUCCESS' END AS became FROM workflow_step) AS s`);
  await client.query(`
    INSERT INTO workflow_log (workflow_id, at, level, step, attempt, code, params)
    SELECT s.workflow_id, s.queued_at, 'info', s.name, l.attempt, l.code,
           jsonb_build_object('step', s.name, 'worker', 'w', 'attempt', 1, 'seconds', 1)
    FROM workflow_step s
    CROSS JOIN (VALUES (NULL, 'stepQueued'), (1, 'stepStarted'), (1, 'stepCompleted')) AS l(attempt, code)`);
  await client.query(`
    INSERT INTO queue_sample (queue, at, ready, unacked, consumers, publish_rate, ack_rate, oldest_wait_ms)
    SELECT queue, date_bin('10 seconds', now(), '2000-01-01T00:00:00Z') - make_interval(secs => 10 * n), 1, 1, 1, 1, 1, 1
    FROM unnest(ARRAY['zincir.upload', 'zincir.preprocess', 'zincir.train', 'zincir.dead']) AS queue
    CROSS JOIN generate_series(1, 25920) AS n`);
  // A hundred workers, an hour of each.
  await client.query(`
    INSERT INTO worker (name, host, pid, queues, concurrency, version, online, started_at, heartbeat_at, processed)
    SELECT 'zincir@host-' || n, 'host', n, '["zincir.train"]', 2, '1', true, now(), now() + interval '1 hour', 360
    FROM generate_series(1, 100) AS n`);
  await client.query(`
    INSERT INTO worker_sample (worker, at, active, slots, processed, failed, retried, load, memory_bytes, children_bytes)
    SELECT 'zincir@host-' || n, date_bin('10 seconds', now(), '2000-01-01T00:00:00Z') - make_interval(secs => 10 * t), 1, 2,
           360 - t, 0, 0, 1, 100000000, 50000000
    FROM generate_series(1, 100) AS n, generate_series(0, 360) AS t`);
  await client.query('VACUUM ANALYZE');
  await client.end();
}
