/**
 * Many workflows on a server and two workers while everything around them breaks; then every one of them must be
 * what it would have been undisturbed. The undisturbed runs come first, on the same deployment.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRabbitBroker } from '../../src/broker/rabbitmq/rabbit-broker.js';
import type { WorkflowConfigInput } from '../../src/contract/config.js';
import { removeOrphans } from '../../src/engine/cleaner.js';
import { createFileStorage } from '../../src/storage/filesystem.js';
import { type Deployment, openDeployment } from './deployment.js';
import { inflict } from './inflict.js';
import { processesWith } from './node.js';
import { describe, type Fault, type FaultKind, planFaults } from './plan.js';
import { createRandom } from './random.js';
import { createUser, type User } from './user.js';
import { type Outcome, outcomeOf, verifyFiles, verifyRest, verifyWorkflow } from './verify.js';
import {
  configOf,
  endless,
  type Order,
  ownCsv,
  planOrders,
  type RecipeName,
  recipeNames,
  recipes,
} from './workload.js';

export interface ChaosOptions {
  seed: number;
  /** How long faults come. */
  durationMs: number;
  workflows: number;
  gapMs: readonly [number, number];
  without: readonly FaultKind[];
  /** 1: trainings of some seconds. */
  effort?: number;
  say(line: string): void;
}

export interface ChaosReport {
  /** Empty: all that must hold holds. */
  breaches: string[];
  faults: Map<FaultKind, number>;
  counts: Record<string, number>;
}

/** How long everything may take to come to rest once the faults are over. */
const restWithinMs = 240_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, durationMs, say } = options;
  const random = createRandom(seed);
  const orders = planOrders(random, options.workflows, durationMs * 0.8);
  const plan = planFaults(random, options);
  const deployment = await openDeployment(128 + 3 * options.workflows);
  let breaches: string[] = ['it was cut short'];
  try {
    const run = new Run(deployment, plan, orders, options);
    await run.start();
    await run.references();
    await run.disturb();
    await run.comeToRest();
    breaches = await run.verify();
    if (breaches.length > 0) say(`kept for a look: ${deployment.directory} and ${deployment.database.url}`);
    return { breaches, faults: run.inflicted, counts: run.counts };
  } catch (thrown) {
    say(`kept for a look: ${deployment.directory} and ${deployment.database.url}`);
    throw thrown;
  } finally {
    await deployment.close(breaches.length > 0);
  }
}

class Run {
  readonly inflicted = new Map<FaultKind, number>();
  readonly counts: Record<string, number> = {};
  readonly #deployment: Deployment;
  readonly #plan: readonly Fault[];
  readonly #orders: readonly Order[];
  readonly #say: (line: string) => void;
  readonly #durationMs: number;
  readonly #configOf: (name: RecipeName) => WorkflowConfigInput;
  readonly #user: User;
  readonly #datasets = new Map<RecipeName, number>();
  readonly #references = new Map<RecipeName, Outcome>();
  #deadline = Date.now() + restWithinMs;

  constructor(
    deployment: Deployment,
    plan: readonly Fault[],
    orders: readonly Order[],
    { durationMs, effort = 1, say }: ChaosOptions,
  ) {
    this.#deployment = deployment;
    this.#plan = plan;
    this.#orders = orders;
    this.#say = say;
    this.#durationMs = durationMs;
    this.#configOf = (name) => configOf(name, effort);
    this.#user = createUser(deployment.url, deployment.control, () => this.#deadline);
  }

  async start(): Promise<void> {
    const { server, ...workers } = this.#deployment.nodes;
    await server.start();
    await Promise.all(Object.values(workers).map((worker) => worker.start()));
  }

  async references(): Promise<void> {
    const began = performance.now();
    const ids = new Map<RecipeName, number>();
    for (const name of recipeNames) {
      const { file, csv } = recipes[name];
      const datasetId = await this.#user.upload(file, csv());
      this.#datasets.set(name, datasetId);
      ids.set(name, await this.#user.create(`undisturbed-${name}`, datasetId, this.#configOf(name)));
    }
    await this.#allEnded();
    for (const [name, id] of ids) {
      const outcome = await outcomeOf(this.#deployment, id);
      if (outcome.status !== recipes[name].ends) throw new Error(`undisturbed ${name}: ${JSON.stringify(outcome)}`);
      this.#references.set(name, outcome);
    }
    this.#say(`${ids.size} undisturbed workflows in ${seconds(performance.now() - began)}`);
  }

  /** Users and faults side by side; resolves when the last fault is healed and every user has an answer. */
  async disturb(): Promise<void> {
    const began = performance.now();
    this.#deadline = Date.now() + this.#durationMs + restWithinMs;
    const until = (atMs: number) => sleep(Math.max(0, began + atMs - performance.now()));
    const stranger = createRabbitBroker(this.#deployment.vhost.url);
    const strike = async (fault: Fault) => {
      await until(fault.atMs);
      const hit = await inflict(fault, this.#deployment, stranger);
      if (hit !== null) this.inflicted.set(fault.kind, (this.inflicted.get(fault.kind) ?? 0) + 1);
      this.#say(`${describe(fault)}${hit === null ? ' (nothing to hit)' : hit && ` (${hit})`}`);
    };
    const ask = async (order: Order) => {
      await until(order.askAtMs);
      const id = await this.#create(order);
      if (order.cancelAtMs === null) return;
      await until(order.cancelAtMs);
      await this.#user.cancel(id);
    };
    await Promise.all([...this.#plan.map(strike), ...this.#orders.map(ask)]);
    await stranger.close();
  }

  async #create({ name, recipe, ...rest }: Order): Promise<number> {
    if (recipe !== null) {
      return this.#user.create(name, this.#datasets.get(recipe) ?? 0, this.#configOf(recipe));
    }
    const datasetId = await this.#user.upload(`${name}.csv`, ownCsv({ name, recipe, ...rest }));
    return this.#user.create(name, datasetId, endless);
  }

  async comeToRest(): Promise<void> {
    const began = performance.now();
    this.#deadline = Date.now() + restWithinMs;
    await this.#allEnded();
    this.#say(`at rest ${seconds(performance.now() - began)} after the last fault`);
  }

  async verify(): Promise<string[]> {
    const { control, database, nodes, filesDirectory, mark } = this.#deployment;
    const breaches: string[] = [];
    for (const node of Object.values(nodes)) {
      const code = await node.stop();
      if (code !== 0) breaches.push(`${node.name} ended with ${code} when it was told to stop`);
      breaches.push(...node.crashes);
    }
    const left = processesWith(mark);
    if (left.length > 0) breaches.push(`processes are left: ${left.join(', ')}`);

    const { rows } = await control.query<{ id: number; name: string }>(
      `SELECT id, name FROM workflow WHERE name LIKE 'order-%' ORDER BY id`,
    );
    for (const order of this.#orders) {
      const made = rows.filter(({ name }) => name === order.name);
      if (made.length === 0) breaches.push(`${order.name} is lost`);
      if (made.length > 1) this.#count('asked twice');
      for (const { id } of made) {
        breaches.push(...(await verifyWorkflow(this.#deployment, { ...order, id }, this.#references)));
      }
    }
    breaches.push(...(await verifyRest(control)));

    const files = createFileStorage(filesDirectory);
    // Its first use sweeps what killed processes have left.
    await files.check();
    for (const folder of ['.parts', '.scratch']) {
      const leftovers = await readdir(path.join(filesDirectory, folder));
      if (leftovers.length > 0) breaches.push(`${folder} is not empty: ${leftovers.join(', ')}`);
    }
    const clock = { now: () => new Date() };
    this.counts['files of overtaken attempts cleaned'] = await removeOrphans(
      { store: database.store, files, clock },
      -60_000,
    );
    const stored = new Set<string>();
    for await (const { name } of files.list('')) stored.add(name);
    breaches.push(...(await verifyFiles(control, filesDirectory, stored)));
    await this.#countUp();
    return breaches;
  }

  async #countUp(): Promise<void> {
    const { rows } = await this.#deployment.control.query<{ what: string; count: number }>(
      `SELECT status AS what, count(*)::int AS count FROM workflow WHERE name LIKE 'order-%' GROUP BY 1
       UNION ALL SELECT 'attempts', sum(attempt)::int FROM workflow_step
       UNION ALL SELECT 'steps', count(*)::int FROM workflow_step WHERE attempt > 0
       UNION ALL SELECT code, count(*)::int FROM workflow_log WHERE level <> 'info' GROUP BY 1`,
    );
    for (const { what, count } of rows) this.counts[what] = count;
    this.counts['requests without an answer'] = this.#user.refused;
    this.counts['dead letters'] = await this.#deployment.vhost.depth('zincir.dead');
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  async #allEnded(): Promise<void> {
    for (;;) {
      const { rows } = await this.#deployment.control.query<{ id: number; name: string; steps: string }>(
        `SELECT w.id, w.name, string_agg(s.name || ' ' || s.status || ' attempt ' || s.attempt, ', ' ORDER BY s.position) AS steps
         FROM workflow w JOIN workflow_step s ON s.workflow_id = w.id
         WHERE w.status IN ('PENDING', 'RUNNING') GROUP BY w.id`,
      );
      if (rows.length === 0) return;
      if (Date.now() > this.#deadline) throw new Error(`these have not ended: ${JSON.stringify(rows, null, 2)}`);
      await sleep(200);
    }
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
