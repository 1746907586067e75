/**
 * Compiles the assembly/ folder (AssemblyScript) of each of the folders below and writes each module as
 * text into the generated/kernels.ts beside it, which is committed, so that a build needs no compiler.
 *
 *   npx tsx scripts/build-kernels.ts           writes it
 *   npx tsx scripts/build-kernels.ts --check   exits 1 when it would write something else
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('../', import.meta.url));
const folders = ['src/learn/kernels', 'src/csv/kernels', 'src/steps/preprocess/kernels'];
/** Several threads run a module over one memory, which the host makes. */
const sharing = [
  '--enable',
  'threads',
  '--importMemory',
  '--sharedMemory',
  '--maximumMemory',
  '65536',
  '--zeroFilledMemory',
];

/** The text of the generated file. @throws Error with the compiler's own words */
export async function generateKernels(folder = 'src/learn/kernels'): Promise<string> {
  const { error, binary, stderr } = await compile(folder);
  if (error || !binary) throw new Error(`${error?.message ?? 'no output'}\n${stderr}`);
  const lines =
    Buffer.from(binary)
      .toString('base64')
      .match(/.{1,110}/g) ?? [];
  return `/** WebAssembly of ../assembly/, as base64. Made by: npx tsx scripts/build-kernels.ts */
export const kernelBytes =
  ${lines.map((line) => `'${line}'`).join(' +\n  ')};
`;
}

async function compile(
  folder: string,
): Promise<{ error: Error | null; binary: Uint8Array | undefined; stderr: string }> {
  const files = new Map<string, string | Uint8Array>();
  const options = [
    '--runtime',
    'stub',
    '--enable',
    'simd',
    '--noAssert',
    '-O3',
    '--initialMemory',
    '1',
    '--baseDir',
    root,
    ...sharing,
  ];
  const { error, stderr } = await asc.main([`${folder}/assembly/index.ts`, '--outFile', 'kernels.wasm', ...options], {
    writeFile: (name, contents) => {
      files.set(name, contents);
    },
  });
  const binary = files.get('kernels.wasm');
  return { error, binary: typeof binary === 'string' ? undefined : binary, stderr: stderr.toString() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of folders) {
    const target = `${folder}/generated/kernels.ts`;
    const text = await generateKernels(folder);
    if (!process.argv.includes('--check')) writeFileSync(root + target, text);
    else if (readFileSync(root + target, 'utf8') !== text) {
      console.error(`${target} is not what its source says: npx tsx scripts/build-kernels.ts`);
      process.exitCode = 1;
    }
  }
}
