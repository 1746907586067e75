/**
 * Uploads. The file part of a form flows from the socket to storage without ever being whole in memory; the other
 * fields may stand before or behind it, so they are known when the flow ends.
 */
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ReadingField } from '../contract/api.js';
import type { Dialect } from '../contract/config.js';
import { AppError } from '../contract/errors.js';
import { unsupportedMediaType } from './problems.js';
import { InvalidRequest } from './validation.js';

const DatasetName = z
  .string()
  .regex(/^\P{Cc}*$/u)
  .trim()
  .max(200);
/** Boundaries, headers and fields of the form around the file. */
const formBytes = 64 * 1024;
/** What is left of a refused upload is read and dropped up to here, so the client gets to see the answer. */
const drainBytes = 64 * 1024 * 1024;
const drainMs = 5_000;

export interface Upload {
  source: AsyncIterable<Uint8Array>;
  fileName: string;
  /** Known once `source` has ended, as `reading` is. */
  readonly name: string | null;
  readonly reading: Partial<Dialect>;
}

/**
 * The file part of the request, to be read once.
 * @throws AppError `UNSUPPORTED_MEDIA_TYPE`, `UPLOAD_NO_FILE`, `UPLOAD_TOO_LARGE`, `UPLOAD_INCOMPLETE`; the last two
 * and InvalidRequest also out of `source`
 */
export async function openUpload(request: FastifyRequest, maxUploadBytes: number | null): Promise<Upload> {
  if (!request.isMultipart()) {
    if (request.headers['content-type'] === undefined) throw new AppError('UPLOAD_NO_FILE');
    throw unsupportedMediaType(request, 'multipart/form-data');
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (maxUploadBytes !== null && announced > maxUploadBytes + formBytes) throw tooLarge(maxUploadBytes);

  const limits = { fileSize: maxUploadBytes ?? Number.POSITIVE_INFINITY, files: 1, fields: 20, fieldSize: 4096 };
  const form = new UploadForm(request, request.parts({ limits }), maxUploadBytes);
  const file = await form.findFile();
  return {
    source: form.read(file),
    fileName: displayName(file.filename),
    get name() {
      return form.name;
    },
    get reading() {
      return form.reading;
    },
  };
}

/** Browsers escape quotes and line breaks of a file name as `%22`, `%0D`, `%0A`; control characters have no place in one. */
function displayName(fileName: string | undefined): string {
  return fileName?.replaceAll('%22', '"').replaceAll(/%0[AD]|\p{Cc}/gu, '') || 'upload.csv';
}

/** Reads and drops what is left of a request, a bounded while; then the connection can serve the next one, or ends. */
export function drain(request: FastifyRequest): void {
  const { raw } = request;
  if (raw.readableEnded || raw.destroyed) return;
  let dropped = 0;
  const timer = setTimeout(() => raw.destroy(), drainMs);
  timer.unref();
  raw.unpipe();
  raw.on('data', (chunk: Uint8Array) => {
    dropped += chunk.byteLength;
    if (dropped > drainBytes) raw.destroy();
  });
  raw.once('close', () => clearTimeout(timer));
  raw.once('end', () => clearTimeout(timer));
  raw.resume();
}

type Parts = ReturnType<FastifyRequest['parts']>;

class UploadForm {
  name: string | null = null;
  reading: Partial<Dialect> = {};
  readonly #request: FastifyRequest;
  readonly #parts: Parts;
  readonly #limitBytes: number | null;

  constructor(request: FastifyRequest, parts: Parts, limitBytes: number | null) {
    this.#request = request;
    this.#parts = parts;
    this.#limitBytes = limitBytes;
  }

  /** Reads fields up to the file part. */
  async findFile(): Promise<MultipartFile> {
    const file = await this.#next(0);
    if (!file) throw new AppError('UPLOAD_NO_FILE');
    return file;
  }

  /** The bytes of the file, then (without bytes) the fields behind it. */
  async *read(part: MultipartFile): AsyncGenerator<Uint8Array> {
    let receivedBytes = 0;
    const refuse = (): void => {
      part.file.destroy(tooLarge(this.#limitBytes ?? receivedBytes));
    };
    if (part.file.truncated) refuse();
    part.file.once('limit', refuse);
    try {
      for await (const chunk of part.file) {
        if (!(chunk instanceof Uint8Array)) continue;
        receivedBytes += chunk.byteLength;
        yield chunk;
      }
    } catch (error) {
      throw this.#asUploadError(error, receivedBytes);
    }
    if (part.file.truncated) throw tooLarge(this.#limitBytes ?? receivedBytes);
    await this.#next(receivedBytes);
    // A client that is gone cannot have sent the end of the form.
    if (this.#request.raw.destroyed && !this.#request.raw.readableEnded) throw incomplete(receivedBytes);
  }

  async #next(receivedBytes: number): Promise<MultipartFile | null> {
    try {
      // Not `for await`: leaving it would close the iterator, and with it the file that is yet to be read.
      for (let step = await this.#parts.next(); step.done !== true; step = await this.#parts.next()) {
        const part = step.value;
        if (part.type === 'file') {
          if (part.fieldname === 'file') return part;
          part.file.resume();
        } else if (part.fieldname === 'name') {
          this.name = readName(part.value);
        } else if (part.fieldname === 'reading') {
          this.reading = readReading(part.value);
        }
      }
      return null;
    } catch (error) {
      throw this.#asUploadError(error, receivedBytes);
    }
  }

  #asUploadError(error: unknown, receivedBytes: number): unknown {
    if (error instanceof AppError || error instanceof InvalidRequest) return error;
    const cutOff =
      this.#request.raw.destroyed ||
      (error instanceof Error && /premature|terminat|unexpected end/i.test(error.message));
    return cutOff ? incomplete(receivedBytes, error) : error;
  }
}

function readName(value: unknown): string | null {
  const { name } = readField(z.object({ name: DatasetName }), { name: value });
  return name === '' ? null : name;
}

const readReading = (value: unknown): Partial<Dialect> =>
  readField(z.object({ reading: ReadingField }), { reading: value }).reading;

function readField<Schema extends z.ZodType>(schema: Schema, field: unknown): z.output<Schema> {
  const parsed = schema.safeParse(field, { reportInput: true });
  if (!parsed.success) throw new InvalidRequest(parsed.error.issues);
  return parsed.data;
}

const tooLarge = (limitBytes: number) => new AppError('UPLOAD_TOO_LARGE', { limitBytes });
const incomplete = (receivedBytes: number, cause?: unknown) =>
  new AppError('UPLOAD_INCOMPLETE', { receivedBytes }, { cause });
