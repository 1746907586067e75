/** A file of the scratch directory that is written from its start to its end, and hashed on the way. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { toAppError } from '../contract/errors.js';
import { writeWhole } from './file-bytes.js';

/** So much is written before the disk is told to take it: whoever syncs the whole file then waits for little. */
const syncBytes = 32 << 20;

export class HashedFile {
  private readonly hash = createHash('sha256');
  private sizeBytes = 0;
  private unsynced = 0;
  private writing: Promise<void> = Promise.resolve();
  private syncing: Promise<void> | null = null;
  private syncFault: unknown = null;

  private constructor(private readonly file: FileHandle) {}

  /** @throws AppError `STORAGE_FULL`, `STORAGE_UNAVAILABLE`, as all calls do */
  static create(path: string): Promise<HashedFile> {
    return storing(async () => new HashedFile(await open(path, 'w')));
  }

  /** Begins to write the next bytes, once those before are written: they must stay as they are until the next call resolves. */
  async append(bytes: Uint8Array): Promise<void> {
    await storing(() => this.writing);
    this.writing = writeWhole(this.file, bytes, this.sizeBytes);
    this.writing.catch(() => {}); // The next call hears of it.
    this.include(bytes);
  }

  /** Where to write what is included. */
  get fd(): number {
    return this.file.fd;
  }

  /** Takes in bytes that somebody else writes behind those before, by the time of `finish`. */
  include(bytes: Uint8Array): void {
    this.sizeBytes += bytes.length;
    this.unsynced += bytes.length;
    if (this.unsynced >= syncBytes && this.syncing === null) this.syncAhead();
    this.hash.update(bytes);
  }

  /** All of it is written. To be called once, before `close`. */
  async finish(): Promise<{ sizeBytes: number; sha256: string }> {
    await storing(() => this.writing);
    await this.syncing;
    // The system tells of a fault once: whoever syncs the file later knows nothing of it.
    if (this.syncFault !== null) throw toAppError(this.syncFault);
    return { sizeBytes: this.sizeBytes, sha256: this.hash.digest('hex') };
  }

  async close(): Promise<void> {
    await this.writing.catch(() => {});
    await this.syncing;
    await this.file.close();
  }

  private syncAhead(): void {
    this.unsynced = 0;
    this.syncing = this.file.datasync().then(
      () => {
        this.syncing = null;
      },
      (fault: unknown) => {
        this.syncFault = fault;
      },
    );
  }
}

function storing<Result>(work: () => Promise<Result>): Promise<Result> {
  return work().catch((fault: unknown) => {
    throw toAppError(fault);
  });
}
