/** What `/metrics` says, read by Prometheus' own parser for Python. */
import { spawnSync } from 'node:child_process';
import { z } from 'zod';
import { findPython, runPython } from './python.js';

const Scraped = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    help: z.string(),
    samples: z.array(z.object({ name: z.string(), labels: z.record(z.string(), z.string()), value: z.number() })),
  }),
);
export type Scraped = z.infer<typeof Scraped>;

const program = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
text = json.load(sys.stdin)
families = [
    {"name": f.name, "type": f.type, "help": f.documentation,
     "samples": [{"name": s.name, "labels": dict(s.labels), "value": s.value} for s in f.samples]}
    for f in text_string_to_metric_families(text)
]
print(json.dumps(families))
`;

const python = findPython();
const hasParser = python !== null && spawnSync(python, ['-c', 'import prometheus_client']).status === 0;
if (process.env.CI && !hasParser) throw new Error('CI needs prometheus-client: run .ci/run');

/** What a test that needs the parser says when it is skipped; null: it is there. */
export const parserMissing = hasParser ? null : 'needs a Python with prometheus-client';

export const parseMetrics = (text: string): Scraped => Scraped.parse(runPython(python ?? '', program, text));

/** Value of a series; null where there is none. */
export function sampleOf(families: Scraped, name: string, labels: Record<string, string> = {}): number | null {
  const samples = families.flatMap((family) => family.samples).filter((sample) => sample.name === name);
  const found = samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value));
  return found?.value ?? null;
}
