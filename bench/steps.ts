/** Steps of a workflow, each in a process of its own over a storage directory, with what they took. */
import { spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { z } from 'zod';
import { settleConfig, WorkflowConfigInput } from '../src/contract/config.js';
import type { StepName } from '../src/contract/entities.js';
import { type StepInput, StepOutput } from '../src/contract/tasks.js';
import { sniffHead } from '../src/csv/index.js';
import { createFileStorage } from '../src/storage/filesystem.js';
import { root } from '../test/support/program.js';

const Measured = z.object({
  seconds: z.number(),
  peakMegabytes: z.number(),
  epochMs: z.array(z.number()),
  output: StepOutput,
});

export interface Steps {
  /** Of storage and of what the steps are given; the caller removes it. */
  readonly directory: string;
  /** Runs a step on what the steps before it left. @param memoryBytes what training may take; no limit unless given */
  run(
    name: StepName,
    options?: { config?: z.input<typeof WorkflowConfigInput>; memoryBytes?: number },
  ): z.infer<typeof Measured>;
}

/** Stores a CSV as a dataset, target `y`, for steps to run on. */
export async function stepsOver(csv: string): Promise<Steps> {
  const directory = mkdtempSync(path.join(tmpdir(), 'zincir-steps-'));
  const child = path.join(directory, 'child.mjs');
  await build({
    entryPoints: [path.join(root, 'bench/children/intake.ts')],
    outfile: child,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const stored = await createFileStorage(directory).write((sha256) => `datasets/${sha256}`, createReadStream(csv));
  const file = await open(csv);
  const head = new Uint8Array(1 << 20);
  const { bytesRead } = await file.read(head);
  await file.close();
  const whole = bytesRead === stored.sizeBytes;
  const { dialect, profile } = await sniffHead(head.subarray(0, bytesRead), { whole, reading: {} });
  const { name: storedName, ...identity } = stored;
  const outputs: Partial<Record<StepName, StepOutput>> = {};
  return {
    directory,
    run(name, { config = { model: 'LR', target: 'y' }, memoryBytes = 2 ** 40 } = {}) {
      const earlier = Object.entries(outputs).filter(([step]) => step !== name);
      const input: StepInput = {
        stepId: 1,
        workflowId: 1,
        name,
        attempt: 1,
        config: settleConfig(WorkflowConfigInput.parse(config)).config,
        dataset: { id: 1, fileName: path.basename(csv), file: storedName, ...identity, dialect, profile },
        results: Object.fromEntries(earlier.map(([step, output]) => [step, output.result])),
        files: earlier.flatMap(([, output]) => output.files),
        checkpoint: null,
      };
      const inputPath = path.join(directory, 'input.json');
      writeFileSync(inputPath, JSON.stringify(input));
      const ended = spawnSync(process.execPath, [child, directory, inputPath, String(memoryBytes)], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      if (ended.status !== 0) throw new Error(ended.stderr);
      const measured = Measured.parse(JSON.parse(ended.stdout));
      outputs[name] = measured.output;
      return measured;
    },
  };
}
