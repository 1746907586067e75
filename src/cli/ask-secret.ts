/** A line that is typed without being shown; from a pipe, its first line. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Program } from './program.js';
import { UsageError } from './report.js';

/** @throws UsageError with `otherwise` when the input ends without a line */
export async function askSecret({ stdin, stderr }: Program, question: string, otherwise: string): Promise<string> {
  const terminal = stdin.isTTY === true;
  if (terminal) stderr.write(`${question}: `);
  // What a terminal would show goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal });
  try {
    const [line] = await Promise.race([
      new Promise<[string]>((resolve) => lines.once('line', (typed) => resolve([typed]))),
      new Promise<[null]>((resolve) => lines.once('close', () => resolve([null]))),
    ]);
    if (line === null) throw new UsageError(otherwise);
    return line;
  } finally {
    lines.close();
    if (terminal) stderr.write('\n');
  }
}
