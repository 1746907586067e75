/** The three steps of a workflow over real storage, in this process: what a worker's child does, without the worker. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settleConfig, WorkflowConfigInput } from '../../src/contract/config.js';
import type { Metric, OwnStepName, Progress } from '../../src/contract/entities.js';
import type { LogEntry, StepInput, StepOutput, StoredFile } from '../../src/contract/tasks.js';
import { sniffHead } from '../../src/csv/index.js';
import type { Files } from '../../src/engine/ports.js';
import type { StepContext, StepHandler } from '../../src/steps/index.js';
import { stepHandlers } from '../../src/steps/index.js';
import { createFileStorage } from '../../src/storage/filesystem.js';

interface Said {
  progress: Progress[];
  metrics: Metric[];
  logs: { level: LogEntry['level']; code: string; params: LogEntry['params'] }[];
  checkpoints: { file: string; epoch: number }[];
}

export interface Chain {
  readonly files: Files;
  readonly said: Said;
  /** Results and files of the steps run so far. */
  readonly outputs: Partial<Record<OwnStepName, StepOutput>>;
  readonly input: (name: OwnStepName) => StepInput;
  run(
    name: OwnStepName,
    options?: {
      handler?: StepHandler;
      signal?: AbortSignal;
      checkpoint?: string;
      attempt?: number;
      memoryBytes?: number;
      kernels?: StepContext['kernels'];
      threads?: StepContext['threads'];
    },
  ): Promise<StepOutput>;
  runAll(): Promise<Record<OwnStepName, StepOutput>>;
  /** Local path of a file that some step left. */
  path(name: string): Promise<string>;
  remove(): Promise<void>;
}

/** A workflow over `csv` in a storage directory of its own. */
export async function startChain(
  csv: string | Uint8Array,
  config: WorkflowConfigInput,
  options: { sha256?: string; sizeBytes?: number } = {},
): Promise<Chain> {
  const directory = await mkdtemp(join(tmpdir(), 'zincir-chain-'));
  const files = createFileStorage(directory);
  const bytes = typeof csv === 'string' ? new TextEncoder().encode(csv) : csv;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const stored = await files.write(
    `datasets/${sha256}`,
    (async function* () {
      yield bytes;
    })(),
  );
  const parsed = WorkflowConfigInput.parse(config);
  const { dialect, profile } = await sniffHead(bytes, { whole: true, reading: parsed.preprocessing.reading });
  const settled = settleConfig(parsed).config;
  const said: Said = { progress: [], metrics: [], logs: [], checkpoints: [] };
  const outputs: Partial<Record<OwnStepName, StepOutput>> = {};
  const earlier: StoredFile[] = [];
  const input = (name: OwnStepName): StepInput => ({
    stepId: 1,
    workflowId: 7,
    name,
    attempt: 1,
    config: settled,
    dataset: {
      id: 1,
      fileName: 'table.csv',
      file: stored.name,
      sha256: options.sha256 ?? sha256,
      sizeBytes: options.sizeBytes ?? bytes.length,
      dialect,
      profile,
    },
    results: Object.fromEntries(Object.entries(outputs).map(([step, output]) => [step, output.result])),
    files: [...earlier],
    checkpoint: null,
  });
  const chain: Chain = {
    files,
    said,
    outputs,
    input,
    async run(name, { handler = stepHandlers[name], signal, checkpoint = null, attempt = 1, ...rest } = {}) {
      const context: StepContext = {
        input: { ...input(name), checkpoint, attempt },
        files,
        scratch: await files.scratch(`${name}-${attempt}`),
        kernels: rest.kernels ?? 'auto',
        threads: rest.threads,
        memoryBytes: rest.memoryBytes ?? 1 << 30,
        signal: signal ?? new AbortController().signal,
        progress: (progress) => said.progress.push(progress),
        metrics: (items) => said.metrics.push(...items),
        log: (level, code, params = {}) => said.logs.push({ level, code, params }),
        checkpoint: (file, epoch) => said.checkpoints.push({ file, epoch }),
      };
      const output = await handler(context);
      outputs[name] = output;
      earlier.push(...output.files);
      return output;
    },
    async runAll() {
      return {
        upload: await chain.run('upload'),
        preprocess: await chain.run('preprocess'),
        train: await chain.run('train'),
      };
    },
    async path(name) {
      const file = earlier.findLast((stored) => stored.name === name);
      if (!file) throw new Error(`no step left ${name}`);
      return files.localPath(file.file);
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
  return chain;
}
