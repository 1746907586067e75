/** A program around the command line that keeps what is printed; it has no server and is no terminal. */
import { Readable, Writable } from 'node:stream';
import type { DoctorCheck, Program, StartFlags } from '../../src/cli/program.js';
import { runCli } from '../../src/cli/run.js';
import { AppError } from '../../src/contract/errors.js';

class Kept extends Writable {
  text = '';
  readonly columns = 100;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface Captured {
  exitCode: number;
  stdout: string;
  stderr: string;
  started: StartFlags[];
}

export interface CapturedOptions {
  environment?: NodeJS.ProcessEnv;
  checks?: DoctorCheck[];
  /** Address that `connect` answers with; without one there is no server. */
  url?: string;
}

export function createCapturedProgram(options: CapturedOptions = {}) {
  const stdout = new Kept();
  const stderr = new Kept();
  const started: StartFlags[] = [];
  const program: Program = {
    async connect() {
      if (options.url === undefined) throw new AppError('SERVER_UNREACHABLE', { url: 'http://127.0.0.1:1' });
      return { url: options.url, embedded: false, close: async () => {} };
    },
    async start(flags) {
      started.push(flags);
      return 0;
    },
    work: async () => 0,
    migrate: async () => 0,
    changeUser: async () => ({ known: false, file: 'users.txt' }),
    doctor: async () => ({ checks: options.checks ?? [] }),
    settingsHelp: () => '  ZINCIR_PORT   8000',
    version: '1.2.3',
    environment: options.environment ?? {},
    stdin: Readable.from([]),
    stdout,
    stderr,
  };
  return { program, stdout, stderr, started };
}

/** Runs one command and answers all that came of it. */
export async function capture(argv: string[], options: CapturedOptions = {}): Promise<Captured> {
  const { program, stdout, stderr, started } = createCapturedProgram(options);
  const exitCode = await runCli(argv, program);
  return { exitCode, stdout: stdout.text, stderr: stderr.text, started };
}
