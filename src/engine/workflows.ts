import { type SettledConfig, settleConfig } from '../contract/config.js';
import type { WorkflowOrigin } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import { artifactsOf, openArtifact } from './artifacts.js';
import { checkConfig } from './check-target.js';
import type { Workflows } from './engine.js';
import type { Clock, DatasetRecord, Files, Sniffer, Store, WaitingStep, WorkflowRecord } from './ports.js';
import { silentAfterMs } from './readiness.js';
import { logEntity, stepEntity, summaryEntity, workflowEntity } from './render.js';

export interface WorkflowContext {
  store: Store;
  files: Files;
  sniffer: Sniffer;
  clock: Clock;
  /** There are limits: what starts here is held until there is room. */
  limited: boolean;
  /** Whose the workflows are that are created here. */
  owner?: string;
}

interface Plan {
  name: string | undefined;
  datasetId: number;
  settled: SettledConfig;
  origin: WorkflowOrigin | null;
  start: boolean;
  priority: number | undefined;
}

export function createWorkflows({ store, files, sniffer, clock, limited, owner }: WorkflowContext): Workflows {
  const find = async (id: number): Promise<WorkflowRecord> => {
    const record = await store.findWorkflow(id);
    if (record === null) throw new AppError('WORKFLOW_NOT_FOUND', { id });
    return record;
  };
  const record = async ({ name, datasetId, settled, origin, start, priority }: Plan): Promise<number> => {
    const dataset = await store.readDataset(datasetId);
    if (dataset === null) throw new AppError('DATASET_NOT_FOUND', { id: datasetId });
    await checkConfig(settled.config, dataset, sniffer);
    const { config, ignored } = settled;
    const called = name ?? defaultName(dataset, settled);
    const planned = { name: called, datasetId, config, ignored, origin, start, owner, priority, held: limited };
    return store.createWorkflow(planned, clock.now());
  };
  /** At most one step of a workflow is QUEUED. */
  const waiting = async ({ steps }: WorkflowRecord): Promise<WaitingStep | null> => {
    const queued = steps.find(({ status }) => status === 'QUEUED');
    if (queued === undefined) return null;
    const now = clock.now();
    return store.waitingStep(queued.id, new Date(now.getTime() - silentAfterMs), now);
  };
  const restart = async (id: number): Promise<number> => {
    const { name, datasetId, config, ignored, priority } = await find(id);
    const origin: WorkflowOrigin = { kind: 'restart', from: id };
    return record({ name, datasetId, settled: { config, ignored }, origin, start: true, priority });
  };

  return {
    async create({ datasetId, name, config, start, priority }) {
      return record({ name, datasetId, settled: settleConfig(config), origin: null, start, priority });
    },
    async run(id) {
      if (await store.startWorkflow(id, clock.now(), limited)) return id;
      const { status } = await find(id);
      return status === 'RUNNING' ? id : restart(id);
    },
    restart,
    async compose({ datasetFrom, configFrom, name }) {
      const [from, like] = await Promise.all([find(datasetFrom), find(configFrom)]);
      // How the bytes are read belongs to the file, whatever else is taken from the other workflow.
      const { reading } = from.config.preprocessing;
      const config = { ...like.config, preprocessing: { ...like.config.preprocessing, reading } };
      const settled = { config, ignored: like.ignored };
      const origin: WorkflowOrigin = { kind: 'compose', datasetFrom, configFrom };
      return record({ name, datasetId: from.datasetId, settled, origin, start: true, priority: like.priority });
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
