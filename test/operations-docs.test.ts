/** docs/operations.md names what there is. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { metricsTable } from '../scripts/metrics-table.js';
import { signatureOf } from '../src/engine/webhooks/sign.js';
import { settingNames } from '../src/main/settings.js';
import { root } from './support/program.js';
import { findPython, pythonMissing, runPython } from './support/python.js';
import { startTestServer } from './support/server.js';

const text = readFileSync(path.join(root, 'docs', 'operations.md'), 'utf8');
const python = findPython();

test('its table of metrics is the catalogue: npx tsx scripts/metrics-table.ts', () => {
  expect(text).toContain(`<!-- metrics: begin -->\n${metricsTable()}\n<!-- metrics: end -->`);
});

test('every setting and every route of ours that it names is there', async () => {
  for (const [name] of text.matchAll(/ZINCIR_[A-Z_]+/g)) expect(settingNames).toContain(name);
  const server = await startTestServer();
  const paths = Object.keys(server.app.swagger().paths ?? {});
  const ours = text.split('\n').map((line) => (line.startsWith('| ') ? line.split('|').slice(2).join('|') : line));
  const named = ours.join('\n').matchAll(/`(?:GET|POST|DELETE) (\/[^`? ]*)/g);
  for (const [, route = ''] of named) {
    const shape = (one: string) => one.replace('/zincir.dead/', '/:name/').replaceAll(/:\w+|\{\w+\}/g, '*');
    expect(paths.map(shape)).toContain(shape(route));
  }
  await server.close();
});

test.skipIf(python === null)(
  `its Python takes a genuine call, and refuses another body, an old one and another secret (${pythonMissing})`,
  () => {
    const programs = [...text.matchAll(/```python\n([\s\S]*?)```/g)].map(([, program = '']) => program);
    const program = programs.find((one) => one.includes('def is_genuine'));
    const body = '{"name":"ğ€"}';
    const header = signatureOf('a secret of some length', body, new Date());
    const old = signatureOf('a secret of some length', body, new Date(Date.now() - 600_000));
    const check = `
import json, sys
${program}
cases = json.load(sys.stdin)
print(json.dumps([is_genuine(secret, header, body.encode()) for secret, header, body in cases]))
`;
    const secret = 'a secret of some length';
    const cases = [
      [secret, header, body],
      [secret, header, `${body} `],
      [secret, old, body],
      ['another secret, also long', header, body],
    ];
    expect(runPython(python ?? '', check, cases)).toEqual([true, false, false, false]);
  },
);
