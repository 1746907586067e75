/** The files of `deploy/`, read as what they are. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { root } from './program.js';

export const deploy = path.join(root, 'deploy');
export const readDeployed = (file: string): string => readFileSync(path.join(deploy, file), 'utf8');

/** Every document of a YAML file. */
export function documents(file: string): unknown[] {
  return parseAllDocuments(readDeployed(file), { merge: true }).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors.map(String).join('; ')}`);
    return document.toJS();
  });
}

const Texts = z.record(z.string(), z.string());

const Service = z.object({
  image: z.string(),
  command: z.array(z.string()).default([]),
  environment: Texts.default({}),
  ports: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()).optional(), disable: z.boolean().optional() }).optional(),
  restart: z.string().optional(),
  stop_grace_period: z.string().optional(),
  deploy: z.object({ replicas: z.number() }).optional(),
});
export type Service = z.infer<typeof Service>;

export const compose = z.object({ services: z.record(z.string(), Service) }).parse(documents('docker-compose.yml')[0]);

/** A service of the compose file that must be there. */
export function service(name: string): Service {
  const found = compose.services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

const Container = z.object({
  image: z.string(),
  args: z.array(z.string()).default([]),
  env: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  envFrom: z.array(
    z.union([
      z.object({ configMapRef: z.object({ name: z.string() }) }),
      z.object({ secretRef: z.object({ name: z.string() }) }),
    ]),
  ),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
});

const Workload = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        terminationGracePeriodSeconds: z.number().default(30),
        containers: z.array(Container).length(1),
      }),
    }),
  }),
});

const kubernetesFolder = 'kubernetes';
export const manifestFiles = readdirSync(path.join(deploy, kubernetesFolder))
  .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
  .map((file) => path.join(kubernetesFolder, file));

const Named = z.looseObject({ kind: z.string(), metadata: z.object({ name: z.string() }) });
export const manifests = manifestFiles.flatMap((file) => documents(file).map((document) => Named.parse(document)));

/** A manifest that must be there. */
export function manifest(kind: string, name: string): z.infer<typeof Named> {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`deploy/kubernetes has no ${kind} ${name}`);
  return found;
}

/** What a Deployment or Job runs: the one container, and how long it may take to end. */
export function workload(kind: string, name: string) {
  const { containers, terminationGracePeriodSeconds } = Workload.parse(manifest(kind, name)).spec.template.spec;
  const [container] = containers;
  if (!container) throw new Error(`${kind} ${name} has no container`);
  return { ...container, terminationGracePeriodSeconds };
}
