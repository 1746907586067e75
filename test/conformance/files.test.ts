import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileStorage } from '../../src/storage/filesystem.js';
import { describeFiles } from './files.js';

describeFiles('directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'zincir-files-'));
  const files = createFileStorage(join(directory, 'made when needed'));
  return { files, drop: () => rm(directory, { recursive: true, force: true }) };
});
