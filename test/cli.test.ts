/** The command line as a user runs it: the built program, a real server, real files. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { WorkflowList } from '../src/contract/api.js';
import { artifactNames, Workflow } from '../src/contract/entities.js';
import { capture } from './support/captured-program.js';
import {
  binary,
  cleanEnvironment,
  example,
  type Server,
  startServer,
  temporaryDirectory,
  zincir,
} from './support/program.js';

const Document = z.strictObject({
  workflowId: z.int(),
  status: z.string(),
  steps: z.array(
    z.strictObject({
      name: z.string(),
      status: z.string(),
      startedAt: z.string().nullable(),
      completedAt: z.string().nullable(),
      durationMs: z.number().nullable(),
    }),
  ),
  config: z.looseObject({ model: z.string(), target: z.string(), params: z.record(z.string(), z.unknown()) }),
  ignored: z.array(z.string()),
  classes: z.array(z.union([z.string(), z.number()])),
  rows: z.strictObject({ total: z.int(), dropped: z.int(), train: z.int(), validation: z.int() }).nullable(),
  features: z.int().nullable(),
  metrics: z.array(
    z.strictObject({
      epoch: z.int(),
      trainAccuracy: z.number(),
      validationAccuracy: z.number(),
      trainLoss: z.number(),
      validationLoss: z.number(),
    }),
  ),
  result: z
    .strictObject({
      trainAccuracy: z.number(),
      validationAccuracy: z.number(),
      confusionMatrix: z.array(z.array(z.int())),
      perClass: z.array(z.looseObject({ class: z.union([z.string(), z.number()]) })),
    })
    .nullable(),
  artifacts: z.record(z.string(), z.string()),
  error: z.looseObject({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
});

const documentOf = (stdout: string) => Document.parse(JSON.parse(stdout));

/** The last line has a field too many, far behind the head that the upload looks at. */
function ragged(directory: string): string {
  const file = path.join(directory, 'ragged.csv');
  const rows = Array.from(
    { length: 120_000 },
    (_, row) => `${row % 7}.${'5'.repeat(60)},${row % 5},${row % 2 ? 'a' : 'b'}`,
  );
  writeFileSync(file, ['x,y,label', ...rows, '1,2,3,4'].join('\n'));
  return file;
}

describe('without a server', () => {
  it('train prints the document of the contract and leaves every file in --out', async () => {
    const cwd = temporaryDirectory('cli');
    const { code, stdout, stderr } = await zincir(
      [
        'train',
        example('penguins.csv'),
        '--target',
        'species',
        '--model',
        'SVM',
        '--epochs',
        '4',
        '--set',
        'batch_size=8',
        '--drop',
        'island',
        '--out',
        'made/here',
        '--json',
      ],
      { cwd },
    );
    expect(stderr).toContain('Server  in this process');
    expect(code).toBe(0);
    const document = documentOf(stdout);
    expect(document).toMatchObject({
      status: 'COMPLETED',
      ignored: ['batch_size'],
      classes: ['Adelie', 'Chinstrap', 'Gentoo'],
      config: { model: 'SVM', target: 'species', params: { epochs: 4 } },
    });
    expect(document.steps.map(({ name, status }) => [name, status])).toEqual([
      ['upload', 'COMPLETED'],
      ['preprocess', 'COMPLETED'],
      ['train', 'COMPLETED'],
    ]);
    expect(document.metrics.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(document.artifacts).toEqual(
      Object.fromEntries(artifactNames.map((name) => [name, path.join('made/here', name)])),
    );
    expect(readdirSync(path.join(cwd, 'made/here')).sort()).toEqual([...artifactNames].sort());
    const report = z.looseObject({}).parse(JSON.parse(readFileSync(path.join(cwd, 'made/here/report.json'), 'utf8')));
    expect(Object.keys(report).length).toBeGreaterThan(0);
  });

  it('a file that misleads the detection is trained on as the flags say, whatever it was first taken for', async () => {
    const cwd = temporaryDirectory('cli');
    // Latin-5, no names, columns between #, decimal commas.
    const rows = Array.from({ length: 40 }, (_, row) => `${row},5#${row % 2 ? 'a\xf0' : '\xe7\xfd'}#${row % 3},25`);
    writeFileSync(path.join(cwd, 'export.csv'), rows.join('\n'), 'latin1');
    const flags = ['--encoding', 'latin-5', '--decimal', 'comma', '--no-header', '--epochs', '2', '--json'];
    for (const name of ['first', 'again']) {
      const argv = ['train', 'export.csv', '--delimiter', '#', '--drop', 'column_3', '--name', name, ...flags];
      const { code, stdout, stderr } = await zincir(argv, { cwd });
      expect(stderr).toContain('No --target given: predicting the last column, column_2.');
      expect(documentOf(stdout)).toMatchObject({
        status: 'COMPLETED',
        classes: ['ağ', 'çı'],
        features: 1,
        rows: { total: 40 },
        config: {
          preprocessing: { reading: { delimiter: '#', encoding: 'windows-1254', decimal: ',', header: false } },
        },
      });
      expect(code).toBe(0);
    }
  });

  it('Ctrl-C cancels what runs in this process and exits 130', async () => {
    const cwd = temporaryDirectory('cli');
    const ended = await interrupt(
      ['train', example('digits.csv'), '--model', 'MLP', '--epochs', '100000', '--json'],
      cwd,
      {},
    );
    expect(ended.stderr).toContain('Cancelling workflow 1 ...');
    expect(documentOf(ended.stdout).status).toBe('CANCELLED');
    expect(ended.code).toBe(130);
  });

  it('a file that breaks in its middle fails the workflow with place and hint, exit code 1', async () => {
    const cwd = temporaryDirectory('cli');
    const { code, stdout, stderr } = await zincir(['train', ragged(cwd), '--json', '--out', 'out'], { cwd });
    const document = documentOf(stdout);
    expect(document).toMatchObject({ status: 'FAILED', result: null, metrics: [], error: { code: 'CSV_RAGGED' } });
    expect(stderr).toContain('Error CSV_RAGGED: Line 120,002');
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(readdirSync(path.join(cwd, 'out'))).toEqual([]);
    expect(code).toBe(1);
  });

  it('input that the upload refuses exits 2 with the error as the document', async () => {
    const cwd = temporaryDirectory('cli');
    writeFileSync(path.join(cwd, 'empty.csv'), '');
    const { code, stdout } = await zincir(['train', 'empty.csv', '--json'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'CSV_EMPTY' } });
    expect(code).toBe(2);
  });
});

/** Runs a command, sends SIGINT when the first epoch has been shown, and waits for its end. */
async function interrupt(args: string[], cwd: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [binary, ...args], { cwd, env: cleanEnvironment(env), stdio: 'pipe' });
  child.stdin.end();
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    if (!stderr.includes('Epoch ') && `${stderr}${chunk}`.includes('Epoch ')) child.kill('SIGINT');
    stderr += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('with a server', () => {
  const directory = temporaryDirectory('cli-server');
  let server: Server;
  let env: Record<string, string>;
  const run = (...args: string[]) => zincir(args, { env, cwd: directory });

  beforeAll(async () => {
    server = await startServer(directory);
    env = { ZINCIR_URL: server.url };
    const trained = await run('train', example('iris.csv'), '--target', 'species', '--epochs', '3', '--name', 'first');
    expect(trained.stdout).toContain('Workflow 1 completed in ');
    expect(trained.stdout).toContain(`Page  ${server.url}/workflows/1`);
    expect(trained.stderr).toContain(`Server  ${server.url}`);
    expect(trained.code).toBe(0);
  });
  afterAll(async () => {
    await server.stop();
  });

  it('list and show print tables, and with --json one document', async () => {
    const table = await run('list', '--search', 'first', '--status', 'completed');
    expect(table.stdout).toMatch(/ 1 {2}first +iris\.csv +LR +Completed /);
    const list = WorkflowList.parse(JSON.parse((await run('list', '--json')).stdout));
    expect(list.items.map(({ name }) => name)).toContain('first');
    expect((await run('show', '1')).stdout).toContain('Workflow 1 completed in ');
    expect(Workflow.parse(JSON.parse((await run('show', '1', '--json')).stdout)).name).toBe('first');
  });

  it('an unknown workflow exits 2 with a hint', async () => {
    const { code, stdout, stderr } = await run('show', '999');
    expect(stderr).toBe(
      'Error WORKFLOW_NOT_FOUND: There is no workflow 999.\nHint: `zincir list` shows them, and so does the Workflows page.\n',
    );
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('a target that is missing is told in the language that was asked for', async () => {
    const { code, stderr } = await run('train', example('iris.csv'), '--target', 'tür', '--lang', 'tr');
    expect(stderr).toContain('Hata TARGET_UNKNOWN: tür adlı bir sütun yok.');
    expect(code).toBe(2);
  });

  it('logs are filtered by pattern and print one document with --json', async () => {
    const { stdout } = await run('logs', '1', '--grep', 'workflow completed');
    expect(stdout).toMatch(/^\S+Z INFO +Workflow completed: validation accuracy [\d.,]+%\.\n$/);
    expect(JSON.parse((await run('logs', '1', '--since', '1s', '--grep', 'nothing like it', '--json')).stdout)).toEqual(
      { items: [] },
    );
    expect((await run('logs', '1', '--follow')).stdout).toContain('Workflow completed');
  });

  it('follow of one that has ended prints its summary at once', async () => {
    const { code, stdout } = await run('follow', '1');
    expect(stdout).toContain('Workflow 1 completed in ');
    expect(code).toBe(0);
  });

  it('download writes whole files, or says which there are', async () => {
    const { code, stdout } = await run('download', '1', 'metrics.csv', '--out', 'got');
    expect(stdout).toMatch(/^got\/metrics\.csv \(\d+ B\)\n$/);
    expect(readdirSync(path.join(directory, 'got'))).toEqual(['metrics.csv']);
    expect(readFileSync(path.join(directory, 'got/metrics.csv'), 'utf8').trim().split('\n')).toHaveLength(4);
    expect(code).toBe(0);
    const wrong = await run('download', '1', 'model.bin');
    expect(wrong.stderr).toContain('Error ARTIFACT_NOT_FOUND: Workflow 1 has no file model.bin.');
    expect(wrong.code).toBe(2);
  });

  it('restart, compose, run and retry start chains and follow them', async () => {
    const restarted = documentOf((await run('restart', '1', '--follow', '--json')).stdout);
    expect(restarted.status).toBe('COMPLETED');
    expect(restarted.workflowId).not.toBe(1);
    const composed = await run(
      'compose',
      '--dataset-from',
      '1',
      '--config-from',
      String(restarted.workflowId),
      '--name',
      'made of two',
      '--follow',
    );
    expect(composed.stderr).toContain('Dataset from workflow 1\n');
    expect(composed.stderr).toContain(`Config from workflow ${restarted.workflowId}\n`);
    expect(composed.code).toBe(0);
    const again = documentOf((await run('run', '1', '--follow', '--json')).stdout);
    expect(again.status).toBe('COMPLETED');
    const retried = await run('retry', '1');
    expect(retried.stderr).toContain('Error WORKFLOW_NOT_FAILED');
    expect(retried.code).toBe(2);
  });

  it('Ctrl-C leaves the workflow running and says how to take it up again; cancel ends it with 130', async () => {
    const left = await interrupt(
      ['train', example('digits.csv'), '--model', 'MLP', '--epochs', '100000'],
      directory,
      env,
    );
    const id = /Left workflow (\d+); it goes on\. `zincir follow \1` takes it up again\./.exec(left.stderr)?.[1] ?? '';
    expect(left.code).toBe(130);
    expect(documentOf((await run('cancel', id, '--json')).stdout).workflowId).toBe(Number(id));
    const followed = await run('follow', id);
    expect(followed.stderr).toContain(`Workflow ${id} was cancelled`);
    expect(followed.code).toBe(130);
  });

  it('shell evaluates the lines of a script one after the other and exits', async () => {
    const script = [
      'const one = await client.workflow(1)',
      'one.name',
      'client.listWorkflows({ search: "first" }).then(({ items }) => items[0].name + "!")',
      'const again = await runWorkflow(1)',
      'again.status',
      'help',
      '[1,',
      '2].length',
    ];
    const { code, stdout, stderr } = await zincir(['shell'], { env, cwd: directory, input: `${script.join('\n')}\n` });
    expect(stdout).toContain("'first'\n'first!'\n'COMPLETED'\nrunWorkflow(id)");
    expect(stdout.trimEnd().endsWith('2')).toBe(true);
    expect(stderr).toContain('Train: Completed');
    expect(code).toBe(0);
  });

  it('a script for the shell that fails says why and exits 1', async () => {
    const { code, stderr } = await zincir(['shell'], { env, cwd: directory, input: 'runWorkflow(999)\n' });
    expect(stderr).toContain('Error WORKFLOW_NOT_FOUND: There is no workflow 999.');
    expect(code).toBe(1);
  });

  it('a live stream that is cut goes on after the last event that came', async () => {
    const id = await begin(server.url, 400);
    const resumed: (string | undefined)[] = [];
    const proxy = await startProxy(server.url, (incoming, _answer, forward) => {
      if (!incoming.url?.endsWith('/events')) return forward();
      const last = incoming.headers['last-event-id'];
      resumed.push(Array.isArray(last) ? last[0] : last);
      forward(resumed.length === 1 ? 'cut' : 'whole');
    });
    const { exitCode, stdout, stderr } = await capture(['follow', String(id), '--json', '--url', proxy.url]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('The connection to the server was lost; trying again.');
    expect(resumed[0]).toBeUndefined();
    expect(resumed[1]).toMatch(/^\d+\.\d+\.\d+$/);
    expect(documentOf(stdout).metrics).toHaveLength(400);
  });

  it('where events do not come through, it asks every 2 s and ends with the workflow', async () => {
    const id = await begin(server.url, 50);
    const proxy = await startProxy(server.url, (incoming, answer, forward) => {
      if (incoming.url?.endsWith('/events')) answer.writeHead(502).end('no streams here');
      else forward();
    });
    const { exitCode, stderr } = await capture(['follow', String(id), '--url', proxy.url]);
    expect(stderr).toContain('Live events do not come through; asking every 2 s.');
    expect(stderr).toContain('Train: Completed');
    expect(exitCode).toBe(0);
  });

  it('doctor finds all well and exits 0', async () => {
    const { code, stdout } = await run('doctor', '--json', '--data-dir', directory);
    const { ok, checks } = z
      .object({ ok: z.boolean(), checks: z.array(z.looseObject({ ok: z.boolean() })) })
      .parse(JSON.parse(stdout));
    expect(checks.length).toBeGreaterThan(3);
    expect(code).toBe(ok ? 0 : 1);
  });
});

it('a server that is named and silent exits 1 with a hint', async () => {
  const { code, stderr } = await zincir(['list'], { env: { ZINCIR_URL: 'http://127.0.0.1:9' } });
  expect(stderr).toBe(
    'Error SERVER_UNREACHABLE: No Zincir server answers at http://127.0.0.1:9.\nHint: Start one with `zincir start`, or set ZINCIR_URL.\n',
  );
  expect(code).toBe(1);
});

it('a setting that is wrong exits 2 and names it, its value and the rule', async () => {
  const { code, stderr } = await zincir(['list'], { env: { ZINCIR_PORT: 'eighty' } });
  expect(stderr).toContain('ZINCIR_PORT cannot be “eighty”');
  expect(code).toBe(2);
});

/** Starts a workflow on digits; answers its number. */
async function begin(url: string, epochs: number): Promise<number> {
  const form = new FormData();
  form.append('file', new Blob([readFileSync(example('digits.csv'))]), 'digits.csv');
  const Started = z.object({ id: z.int() });
  const dataset = Started.parse(await (await fetch(`${url}/api/datasets`, { method: 'POST', body: form })).json());
  const answer = await fetch(`${url}/api/workflows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ datasetId: dataset.id, config: { model: 'LR', target: 'digit', params: { epochs } } }),
  });
  return Started.parse(await answer.json()).id;
}

type Rule = (incoming: IncomingMessage, answer: ServerResponse, forward: (how?: 'whole' | 'cut') => void) => void;

/** A proxy in front of the real server that may cut a stream of events off, in the middle of the second one. */
async function startProxy(target: string, rule: Rule) {
  const proxy = createServer((incoming, answer) => {
    rule(incoming, answer, (how = 'whole') => {
      const { host: _, ...headers } = incoming.headers;
      const onward = request(new URL(incoming.url ?? '/', target), { method: incoming.method, headers }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        let text = '';
        response.on('data', (chunk: Buffer) => {
          const before = text.length;
          text += chunk.toString('latin1');
          const inSecond = /^id: [\s\S]*?\n\n[\s\S]/m.exec(text);
          if (how === 'whole' || inSecond === null) return void answer.write(chunk);
          onward.destroy();
          const cut = inSecond.index + inSecond[0].length - before;
          answer.write(chunk.subarray(0, cut), () => answer.destroy());
        });
        response.on('end', () => answer.end());
      });
      onward.on('error', () => answer.destroy());
      answer.on('close', () => onward.destroy());
      incoming.pipe(onward);
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo; // A server that listens on a port has an address of this kind.
  return {
    url: `http://127.0.0.1:${port}`,
  };
}
