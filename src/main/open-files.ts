/** The address of the files, turned into an adapter; apart from the others, for a child process needs no database. */
import { fileURLToPath } from 'node:url';
import { AppError } from '../contract/errors.js';
import type { Files } from '../engine/ports.js';
import { createFileStorage } from '../storage/filesystem.js';
import { prepareDirectory } from './make-directory.js';

/** @throws AppError `SETTING_INVALID` */
export async function openFiles(url: string): Promise<Files> {
  if (url.startsWith('file://')) {
    const directory = localPath(url);
    prepareDirectory(directory, { setting: 'ZINCIR_STORAGE_URL', value: url });
    return createFileStorage(directory);
  }
  const { createS3Storage } = await import('../storage/s3/s3-storage.js');
  return createS3Storage(url);
}

function localPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const rule = 'file:// and an absolute path, such as file:///srv/zincir';
    throw new AppError('SETTING_INVALID', { setting: 'ZINCIR_STORAGE_URL', value: url, rule }, { cause });
  }
}
