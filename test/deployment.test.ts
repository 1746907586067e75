/** The files of `deploy/` agree with their formats, with each other and with the program. No container is run. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DCLinter } from 'dclint';
import { validate } from 'dockerfile-utils';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { queueNames } from '../src/contract/tasks.js';
import { readSettings, settingNames } from '../src/main/settings.js';
import { capture } from './support/captured-program.js';
import {
  compose,
  deploy,
  documents,
  manifest,
  manifestFiles,
  manifests,
  readDeployed,
  service,
  workload,
} from './support/deployment.js';
import { root } from './support/program.js';
import { findPython } from './support/python.js';

const defaultPort = readSettings({}).port;
const ours = Object.entries(compose.services).filter(([, { image }]) => image === 'zincir');

/** `NAME=value` lines. */
const exampleVariables = Object.fromEntries(
  [...readDeployed('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
);
/** As Compose fills in `${NAME:-default}` and `${NAME:?}`. */
const filled = (text: string): string =>
  text.replace(/(?<!\$)\$\{(\w+)(?::-([^}]*)|:\?)?\}/g, (_, name: string, fallback?: string) => {
    return exampleVariables[name] || fallback || '';
  });

/** Each command must be known with its flags: with `--help` behind it, it is only looked at. */
async function expectCommand(words: readonly string[]): Promise<void> {
  const [command = '', ...flags] = words;
  const { exitCode, stdout } = await capture([command, '--help']);
  expect([command, exitCode]).toEqual([command, 0]);
  for (const flag of flags) expect(stdout).toContain(flag);
}

describe('Dockerfile', () => {
  const text = readDeployed('Dockerfile');
  const lines = text.replace(/\\\n/g, ' ').split('\n');
  const stages = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);

  test('has no fault that a linter of Dockerfiles finds', () => {
    expect(validate(text).map(({ message }) => message)).toEqual([]);
  });

  test('copies only what is there and what its ignore file lets through', () => {
    const ignored = readDeployed('Dockerfile.dockerignore').split('\n');
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    for (const file of copied) expect([file, existsSync(path.join(root, file))]).toEqual([file, true]);
    const allowed = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect([...new Set(copied)].sort()).toEqual(allowed.sort());
    expect(ignored).toContain('*');
  });

  test('runs on the oldest Node.js that is supported, not as root, and checks the port that it exposes', () => {
    expect(new Set(stages)).toEqual(new Set(['node:20-slim']));
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER 1000']);
    expect(text).toContain(`EXPOSE ${defaultPort}`);
    expect(text).toContain(`process.env.ZINCIR_PORT || ${defaultPort}) + '/healthz'`);
  });

  test('leaves no file of the database template out: its names may end in .map', () => {
    expect(text).toContain("-name '*.js.map' -delete");
  });
});

describe('docker-compose.yml', () => {
  test('follows the Compose specification, and breaks no rule of a linter that is an error', () => {
    const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] });
    // Its types do not resolve under Node's rules for modules.
    const results = z
      .array(z.object({ messages: z.array(z.looseObject({ type: z.string() })) }))
      .parse(linter.lintFiles([path.join(deploy, 'docker-compose.yml')], false));
    expect(results.map(({ messages }) => messages.filter(({ type }) => type === 'error'))).toEqual([[]]);
  });

  test('names every variable that the example of its secrets gives, and no other', () => {
    const used = [...readDeployed('docker-compose.yml').matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(Object.keys(exampleVariables)));
  });

  test.each(ours)('%s runs a command that there is, with settings that the program accepts', async (_, entry) => {
    await expectCommand(entry.command);
    const environment = Object.fromEntries(Object.entries(entry.environment).map(([key, text]) => [key, filled(text)]));
    for (const name of Object.keys(environment)) if (name.startsWith('ZINCIR_')) expect(settingNames).toContain(name);
    const settings = readSettings(environment);
    expect(new URL(settings.databaseUrl).hostname).toBe('postgres');
    expect(new URL(settings.brokerUrl).hostname).toBe('rabbitmq');
    expect(compose.services).toHaveProperty(
      new URL(new URL(settings.storageUrl).searchParams.get('endpoint') ?? '').hostname,
    );
  });

  test('publishes the port on which the server listens, on this machine only', () => {
    expect(service('web').ports.map(filled)).toEqual([`127.0.0.1:8000:${defaultPort}`]);
  });

  test('waits for health only where health is checked', () => {
    for (const { depends_on } of Object.values(compose.services)) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        if (condition === 'service_healthy') expect(service(name).healthcheck?.test?.[0]).toBe('CMD');
        else expect([name, condition, service(name).restart]).toEqual([name, 'service_completed_successfully', 'no']);
      }
    }
  });

  test('checks the health of a server, not of what listens nowhere', () => {
    for (const [name, { command, healthcheck }] of ours) {
      expect([name, healthcheck?.disable ?? false]).toEqual([name, command[0] !== 'start']);
    }
  });

  test('runs two workers, and gives each longer to stop than it takes to hand its steps back', () => {
    const { deploy: scale, environment, stop_grace_period: period } = service('worker');
    expect(scale?.replicas).toBe(2);
    expect(Number.parseInt(period ?? '0', 10)).toBeGreaterThan(Number(environment.ZINCIR_GRACE_SECONDS));
  });
});

test('RabbitMQ leaves a message unacknowledged for two weeks', () => {
  const found = /^consumer_timeout = (\d+)$/m.exec(readDeployed('rabbitmq/20-zincir.conf'));
  expect(Number(found?.[1])).toBe(14 * 24 * 3600 * 1000);
});

describe('Kubernetes manifests', () => {
  const workloads = [
    workload('Deployment', 'zincir-web'),
    workload('Deployment', 'zincir-worker'),
    workload('Job', 'zincir-migrate'),
  ];
  const kedaFile = path.join('kubernetes', 'autoscaling.yaml');
  const python = findPython();
  const canValidate = python !== null && spawnSync(python, ['-c', 'import kubernetes_validate']).status === 0;
  if (process.env.CI && !canValidate) throw new Error('CI needs kubernetes-validate: run .ci/run');

  test.skipIf(!canValidate)(
    `follow the schemas of Kubernetes 1.37 without a field too many (needs Python's kubernetes-validate)`,
    () => {
      const files = manifestFiles.filter((file) => file !== kedaFile);
      const words = ['-m', 'kubernetes_validate', '--strict', '--kubernetes-version', '1.37.0', ...files];
      const { status, stderr, stdout } = spawnSync(python ?? '', words, { cwd: deploy, encoding: 'utf8' });
      expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
    },
  );

  test.skipIf(spawnSync('kubectl', ['version', '--client']).status !== 0)(
    'are built by kustomize, all but the example of the secrets (needs kubectl)',
    () => {
      const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', path.join(deploy, 'kubernetes')], {
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout.match(/^kind: /gm)?.length).toBe(manifests.filter(({ kind }) => kind !== 'Secret').length);
    },
  );

  test('kustomization.yaml names every file but the example of the secrets', () => {
    const { resources } = z
      .object({ resources: z.array(z.string()) })
      .parse(documents('kubernetes/kustomization.yaml')[0]);
    const files = manifestFiles.map((file) => path.basename(file)).filter((file) => file !== 'secret.example.yaml');
    expect(resources.toSorted()).toEqual(files.toSorted());
  });

  test('run commands that there are, with settings that the program accepts', async () => {
    const Values = z.record(z.string(), z.string());
    const given = {
      ...z.object({ data: Values }).parse(manifest('ConfigMap', 'zincir')).data,
      ...z.object({ stringData: Values }).parse(manifest('Secret', 'zincir')).stringData,
    };
    for (const { image, args, env, envFrom } of workloads) {
      expect(image).toBe('zincir');
      expect(envFrom).toEqual([{ configMapRef: { name: 'zincir' } }, { secretRef: { name: 'zincir' } }]);
      await expectCommand(args);
      const environment = { ...given, ...Object.fromEntries(env.map(({ name, value }) => [name, value])) };
      for (const name of Object.keys(environment)) if (name.startsWith('ZINCIR_')) expect(settingNames).toContain(name);
      expect(readSettings(environment).databaseUrl).toMatch(/^postgres:/);
    }
  });

  test('agree on the port of the server', () => {
    const { ports, env } = workload('Deployment', 'zincir-web');
    expect(ports).toEqual([{ name: 'http', containerPort: defaultPort }]);
    expect(env).toContainEqual({ name: 'ZINCIR_PORT', value: String(defaultPort) });
    const { spec } = z
      .object({ spec: z.object({ ports: z.array(z.unknown()) }) })
      .parse(manifest('Service', 'zincir-web'));
    expect(spec.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
  });

  test('give a worker longer to end than it takes to hand its steps back', () => {
    const { env, terminationGracePeriodSeconds } = workload('Deployment', 'zincir-worker');
    const grace = env.find(({ name }) => name === 'ZINCIR_GRACE_SECONDS')?.value;
    expect(terminationGracePeriodSeconds).toBeGreaterThan(Number(grace));
  });

  test('scale the workers by every queue that they take from, over HTTP, where running steps count too', () => {
    const { spec } = ScaledObject.parse(manifest('ScaledObject', 'zincir-worker'));
    const { env } = workload('Deployment', spec.scaleTargetRef.name);
    const slots = env.find(({ name }) => name === 'ZINCIR_CONCURRENCY')?.value;
    expect(spec.triggers).toEqual(
      queueNames.map((queueName) => ({
        type: 'rabbitmq',
        metadata: { protocol: 'http', mode: 'QueueLength', value: slots, queueName },
        authenticationRef: { name: 'zincir-rabbitmq' },
      })),
    );
    const { spec: access } = TriggerAuthentication.parse(manifest('TriggerAuthentication', 'zincir-rabbitmq'));
    const [{ name, key }] = access.secretTargetRef;
    expect(manifest('Secret', name)).toHaveProperty(['stringData', key]);
  });
});

const keda = z.literal('keda.sh/v1alpha1');
/** The part of KEDA's format that is used here, from its documentation: https://keda.sh/docs/2.16/reference/ */
const ScaledObject = z.strictObject({
  apiVersion: keda,
  kind: z.literal('ScaledObject'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({ name: z.string() }),
    minReplicaCount: z.int().min(0),
    maxReplicaCount: z.int().min(1),
    pollingInterval: z.int(),
    cooldownPeriod: z.int(),
    advanced: z.strictObject({
      horizontalPodAutoscalerConfig: z.strictObject({
        behavior: z.strictObject({
          scaleDown: z.strictObject({
            stabilizationWindowSeconds: z.int().max(3600),
            policies: z.array(
              z.strictObject({ type: z.enum(['Pods', 'Percent']), value: z.int(), periodSeconds: z.int() }),
            ),
          }),
        }),
      }),
    }),
    triggers: z.array(
      z.strictObject({
        type: z.string(),
        metadata: z.record(z.string(), z.string()),
        authenticationRef: z.strictObject({ name: z.string() }),
      }),
    ),
  }),
});
const TriggerAuthentication = z.strictObject({
  apiVersion: keda,
  kind: z.literal('TriggerAuthentication'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.strictObject({
    secretTargetRef: z.tuple([z.strictObject({ parameter: z.literal('host'), name: z.string(), key: z.string() })]),
  }),
});
