/** The oracle: a real Python with scikit-learn, where one is found. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The first Python that imports scikit-learn and pandas: `ZINCIR_PYTHON`, the project's `.venv`, then `python3`.
 * @param modules that it must import too
 */
export function findPython(...modules: readonly string[]): string | null {
  const needed = ['sklearn', 'pandas', ...modules].join(', ');
  const candidates = [process.env.ZINCIR_PYTHON, `${root}.venv/bin/python`, 'python3'];
  for (const python of candidates) {
    if (python === undefined || (python.includes('/') && !existsSync(python))) continue;
    if (spawnSync(python, ['-c', `import ${needed}`]).status === 0) return python;
  }
  if (process.env.CI) throw new Error(`CI needs a Python that imports ${needed}: run .ci/run, or set ZINCIR_PYTHON`);
  return null;
}

/** What a test that needs the oracle says when it is skipped. */
export const pythonMissing = 'needs a Python with scikit-learn and pandas (python3 -m venv .venv, then pip install)';

/** What a test of ONNX graphs says when it is skipped; it finds its Python by `findPython('onnx', 'onnxruntime')`. */
export const onnxMissing =
  'needs a Python with scikit-learn, pandas, onnx and onnxruntime (test/oracle/requirements.txt)';

/** Runs a Python program with `input` (JSON) on its standard input; answers the JSON that it prints. */
export function runPython<Result = unknown>(python: string, program: string, input: unknown = null): Result {
  const output = execFileSync(python, ['-W', 'error::UserWarning', '-c', program], {
    input: JSON.stringify(input),
    maxBuffer: 1 << 30,
    encoding: 'utf8',
  });
  return JSON.parse(output);
}
