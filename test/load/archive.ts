/** Every list of a server on PostgreSQL with a large archive, over HTTP. */
import pg from 'pg';
import { createPostgresDatabase } from '../support/database.js';
import { startServer, temporaryDirectory } from '../support/program.js';
import { percentile } from './percentile.js';

const routes = [
  // What the machine alone costs at the time.
  '/healthz',
  '/api/workflows',
  '/api/workflows?limit=200',
  '/api/workflows?sort=name',
  '/api/workflows?sort=-validationAccuracy',
  '/api/workflows?status=FAILED',
  '/api/workflows?model=MLP&sort=-createdAt',
  '/api/workflows?search=run-77',
  '/api/datasets',
  '/api/workflows?cursor={cursor}',
  '/api/workflows?status=COMPLETED&sort=durationMs&search=run',
  '/api/datasets?search=table',
  '/api/queue',
  '/api/queue/zincir.train',
  '/api/tasks',
  '/api/tasks?state=FAILURE&name=zincir.preprocess',
  '/api/tasks?state=PENDING',
  '/api/tasks?search=0beef',
  '/api/tasks/errors',
  '/api/workers',
  '/api/workflows/{id}',
  '/api/workflows/{id}/steps',
  '/api/workflows/{id}/logs',
  '/api/workflows/{id}/metrics',
];

export interface RouteTimes {
  route: string;
  medianMs: number;
  p99Ms: number;
}

/** @param asks how often each route is asked, one request after the other */
export async function measureArchive(workflows: number, asks: number): Promise<RouteTimes[]> {
  const database = await createPostgresDatabase();
  await fill(database.url, workflows);
  const server = await startServer(temporaryDirectory('load'), {
    args: ['--no-worker'],
    env: { ZINCIR_DATABASE_URL: database.url },
  });
  try {
    const times: RouteTimes[] = [];
    const first = await (await fetch(`${server.url}/api/workflows`)).json();
    for (const route of routes) {
      const took: number[] = [];
      for (let i = -5; i < asks; i++) {
        const id = 1 + (((i + 5) * 7919) % workflows);
        const began = performance.now();
        const response = await fetch(
          server.url + route.replace('{id}', String(id)).replace('{cursor}', first.nextCursor),
        );
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`${route}: ${response.status}`);
        if (i >= 0) took.push(performance.now() - began);
      }
      times.push({ route, medianMs: percentile(took, 0.5), p99Ms: percentile(took, 0.99) });
    }
    return times;
  } finally {
    await server.stop();
    await database.drop();
  }
}

/** Rows as chains leave them: ten datasets, five models, one workflow in ten failed, the last thousand wait to train. */
async function fill(url: string, workflows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const at = `now() - make_interval(secs => ${workflows} - n)`;
  await client.query(`
    INSERT INTO dataset (name, file_name, file, sha256, size_bytes, created_at, dialect, profile, search_text)
    SELECT 'table ' || n, 'table-' || n || '.csv', 'datasets/' || n, lpad(n::text, 64, '0'), 1000, now(),
           '{"encoding":"utf-8","bom":false,"delimiter":",","quote":"\\"","decimal":".","header":true}',
           '{"complete":true,"rows":6,"rowsWithMissing":0,"columns":[],"warnings":[]}', 'table ' || n
    FROM generate_series(1, 10) n`);
  const waiting = Math.min(1_000, Math.floor(workflows / 10));
  const model = `(ARRAY['LR','SVM','PER','PA','MLP'])[1 + n % 5]`;
  await client.query(
    `INSERT INTO workflow (name, status, dataset_id, model, config, ignored, created_at, started_at, completed_at,
                           duration_ms, train_accuracy, validation_accuracy, epoch, name_key, search_text)
     SELECT 'run-' || n, CASE WHEN n > ${workflows - waiting} THEN 'RUNNING' WHEN n % 10 = 0 THEN 'FAILED' ELSE 'COMPLETED' END, 1 + n % 10, ${model},
            $1::jsonb || jsonb_build_object('model', ${model}), '[]', ${at}, ${at}, ${at} + interval '1 s', 1000 + n % 977,
            0.5 + (n % 499) / 1000.0, 0.5 + (n % 491) / 1000.0, 10, 'run-' || n, 'run-' || n
     FROM generate_series(1, ${workflows}) n`,
    [JSON.stringify(config)],
  );
  await client.query(`
    INSERT INTO workflow_step (workflow_id, name, position, status, task_id, attempt, queued_at, started_at, completed_at, params)
    SELECT w.id, s.name, s.position, CASE WHEN s.position = 2 AND w.status = 'RUNNING' THEN 'QUEUED' WHEN s.position = 2 THEN w.status ELSE 'COMPLETED' END,
           lpad(to_hex(3 * w.id + s.position), 8, '0') || '-0000-4000-8000-000000000000', 1, w.created_at, w.created_at, w.completed_at, '{}'
    FROM workflow w CROSS JOIN (VALUES ('upload', 0), ('preprocess', 1), ('train', 2)) AS s(name, position)`);
  await client.query(`
    INSERT INTO task_result (task_id, workflow_id, step_id, name, status, args, kwargs, result, created_at)
    SELECT task_id, workflow_id, id, 'zincir.' || name,
           CASE status WHEN 'QUEUED' THEN 'PENDING' WHEN 'FAILED' THEN 'FAILURE' ELSE 'SUCCESS' END, '[]', '{}',
           CASE status WHEN 'FAILED' THEN jsonb_build_object('code', 'DIVERGED', 'params', jsonb_build_object('epoch', id % 9)) END,
           queued_at
    FROM workflow_step`);
  await client.query(`
    INSERT INTO workflow_log (workflow_id, at, level, step, attempt, code, params)
    SELECT workflow_id, started_at, 'info', name, 1, 'stepStarted', '{"step":"train","worker":"w","attempt":1}'
    FROM workflow_step`);
  await client.query(`
    INSERT INTO training_metric SELECT id, e, 0.5, 0.5, 0.5, 0.5 FROM workflow CROSS JOIN generate_series(1, 10) e`);
  await client.query('VACUUM ANALYZE');
  await client.end();
}

const config = {
  params: {
    epochs: 10,
    test_size: 0.2,
    random_state: 42,
    learning_rate: 0.01,
    learning_rate_schedule: 'constant',
    power_t: 0.5,
    penalty: 'l2',
    alpha: 0.0001,
    l1_ratio: 0.15,
    class_weight: null,
    C: 1,
    loss: 'hinge',
    batch_size: 32,
    hidden_layer_sizes: [100],
    activation: 'relu',
    solver: 'sgd',
    momentum: 0.9,
  },
  target: 'kind',
  preprocessing: { missing: 'impute', stratify: false, columns: {}, reading: {} },
};
