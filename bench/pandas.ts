/**
 * The Pythons that CSVs are read with beside ours: the oracle's, and one with pandas 2.2 where there is one. pandas 3
 * reads a large CSV in a third of the time of pandas 2, so which of the two is asked decides a ratio.
 *
 *   python3 -m venv .venv-pandas2 && .venv-pandas2/bin/pip install -r bench/peers/requirements-pandas2.txt
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from '../test/support/program.js';
import { findPython } from '../test/support/python.js';

export interface PandasPeer {
  readonly python: string;
  /** Such as `pandas 3.1.1`. */
  readonly name: string;
}

/** @throws Error where there is none at all */
export function pandasPeers(): PandasPeer[] {
  const oracle = findPython();
  if (oracle === null) throw new Error('the benchmark needs a Python with scikit-learn and pandas');
  const older = path.join(root, '.venv-pandas2/bin/python');
  return [oracle, ...(existsSync(older) ? [older] : [])].map((python) => ({ python, name: versionOf(python) }));
}

function versionOf(python: string): string {
  const { stdout } = spawnSync(python, ['-c', 'import pandas; print(pandas.__version__)'], { encoding: 'utf8' });
  return `pandas ${stdout.trim()}`;
}
