import { type SettledConfig, settleConfig } from '../contract/config.js';
import type { WorkflowOrigin } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import { artifactsOf, openArtifact } from './artifacts.js';
import { checkConfig } from './check-target.js';
import type { Workflows } from './engine.js';
import type { Clock, DatasetRecord, Files, NewWorkflow, Sniffer, Store, WaitingStep, WorkflowRecord } from './ports.js';
import { logEntity, stepEntity, summaryEntity, workflowEntity } from './render.js';
import { silentAfterMs } from './silence.js';
import { noTracer, type Tracer, traced } from './tracing.js';

export interface WorkflowContext {
  store: Store;
  files: Files;
  sniffer: Sniffer;
  clock: Clock;
  /** There are limits: what starts here is held until there is room. */
  limited: boolean;
  /** The broker reaches workers of other kinds, which custom steps need. */
  delegates: boolean;
  tracer?: Tracer | undefined;
}

interface Plan {
  name: string | undefined;
  datasetId: number;
  settled: SettledConfig;
  origin: WorkflowOrigin | null;
  start: boolean;
  priority: number | undefined;
  /** Whose it is, for limits; '' where nobody signs in. */
  owner: string;
}

export function createWorkflows(context: WorkflowContext): Workflows {
  const { store, files, sniffer, clock, limited, delegates, tracer = noTracer } = context;
  const find = async (id: number): Promise<WorkflowRecord> => {
    const record = await store.findWorkflow(id);
    if (record === null) throw new AppError('WORKFLOW_NOT_FOUND', { id });
    return record;
  };
  const insert = (planned: NewWorkflow) => store.createWorkflow(planned, clock.now());
  const record = async (plan: Plan, write = insert): Promise<number> => {
    const { name, datasetId, settled, origin, start, priority, owner } = plan;
    const dataset = await store.readDataset(datasetId);
    if (dataset === null) throw new AppError('DATASET_NOT_FOUND', { id: datasetId });
    if (settled.config.custom !== undefined && !delegates) throw new AppError('CUSTOM_STEP_UNAVAILABLE');
    await checkConfig(settled.config, dataset, sniffer);
    const { config, ignored } = settled;
    const called = name ?? defaultName(dataset, settled);
    return traced(tracer, 'create workflow', { values: { 'zincir.model': config.model } }, async (span) => {
      const { traceparent } = span;
      const planned = { name: called, datasetId, config, ignored, origin, start, owner, priority, traceparent };
      const id = await write({ ...planned, held: limited });
      span.set({ 'zincir.workflow.id': id });
      return id;
    });
  };
  /** At most one step of a workflow is QUEUED. */
  const waiting = async ({ steps }: WorkflowRecord): Promise<WaitingStep | null> => {
    const queued = steps.find(({ status }) => status === 'QUEUED');
    if (queued === undefined) return null;
    const now = clock.now();
    return store.waitingStep(queued.id, silentAfterMs, now);
  };
  const restart = async (id: number, owner: string, write = insert): Promise<number> => {
    const { name, datasetId, config, ignored, priority } = await find(id);
    const origin: WorkflowOrigin = { kind: 'restart', from: id };
    return record({ name, datasetId, settled: { config, ignored }, origin, start: true, priority, owner }, write);
  };

  return {
    async create({ datasetId, name, config, start, priority }, owner = '') {
      return record({ name, datasetId, settled: settleConfig(config), origin: null, start, priority, owner });
    },
    async run(id, owner = '') {
      if (await store.startWorkflow(id, clock.now(), limited)) return id;
      const { status } = await find(id);
      return status === 'RUNNING' ? id : restart(id, owner);
    },
    async call(taskId, id) {
      const before = await store.calledWorkflow(taskId);
      const { status, owner } = await find(id);
      const goesOn = status === 'PENDING' || status === 'RUNNING';
      const write = (planned: NewWorkflow) => store.createCalledWorkflow(taskId, planned, clock.now());
      const begin = () => (goesOn ? store.rememberCall(taskId, id, clock.now()) : restart(id, owner, write));
      const runs = before ?? (await begin());
      await store.startWorkflow(runs, clock.now(), limited);
      return runs;
    },
    called: (taskId) => store.calledWorkflow(taskId),
    restart: (id, owner = '') => restart(id, owner),
    async compose({ datasetFrom, configFrom, name }, owner = '') {
      const [from, like] = await Promise.all([find(datasetFrom), find(configFrom)]);
      // How the bytes are read belongs to the file, whatever else is taken from the other workflow.
      const { reading } = from.config.preprocessing;
      const config = { ...like.config, preprocessing: { ...like.config.preprocessing, reading } };
      const settled = { config, ignored: like.ignored };
      const origin: WorkflowOrigin = { kind: 'compose', datasetFrom, configFrom };
      const { priority } = like;
      return record({ name, datasetId: from.datasetId, settled, origin, start: true, priority, owner });
    },
    async retry(id) {
      if (await store.retryWorkflow(id, clock.now(), limited)) return;
      const { status } = await find(id);
      throw new AppError('WORKFLOW_NOT_FAILED', { id, status });
    },
    async cancel(id) {
      if (await store.cancelWorkflow(id, clock.now())) return;
      const { status } = await find(id);
      throw new AppError('WORKFLOW_ENDED', { id, status });
    },

    async list(query) {
      const { items, nextCursor, total } = await store.listWorkflows(query);
      return { items: items.map(summaryEntity), nextCursor, total };
    },
    async get(id, language) {
      const found = await find(id);
      const [result, stored, waits] = await Promise.all([store.findResult(id), store.listFiles(id), waiting(found)]);
      return workflowEntity(found, result, artifactsOf(stored), waits, language);
    },
    async summary(id) {
      const found = await find(id);
      return { ...summaryEntity(found), version: found.version };
    },
    async steps(id, language) {
      const found = await find(id);
      const waits = await waiting(found);
      return found.steps.map((step) => stepEntity(step, waits, language));
    },
    async metrics(id, afterEpoch, limit) {
      await find(id);
      return store.metricsAfter(id, afterEpoch, limit);
    },
    async logs(id, afterLogId, limit, language) {
      await find(id);
      const lines = await store.logsAfter(id, afterLogId, limit);
      return lines.map((line) => logEntity(line, language));
    },
    async artifact(id, name) {
      return openArtifact(files, await find(id), await store.listFiles(id), name);
    },
    watch: (id, changed) => store.watch(id, changed),
  };
}

const defaultName = (dataset: Pick<DatasetRecord, 'name'>, { config }: SettledConfig): string =>
  `${dataset.name} · ${config.model}`;
