/** The program `zincir`: gives the command line what it needs, and ends with its exit code. */
import type { DoctorFlags, Program, StartFlags, WorkerFlags } from '../cli/program.js';
import { runCli } from '../cli/run.js';
import { connect } from './connect.js';
import { examine } from './doctor.js';
import { version } from './package.js';
import { migrate, serve, work } from './serve.js';
import { readSettings, type SettingFlags, settingsHelp } from './settings.js';

const environment = process.env;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const settingFlags = (flags: Partial<StartFlags & DoctorFlags & WorkerFlags>): SettingFlags => ({
  ...(flags.host === undefined ? {} : { ZINCIR_HOST: flags.host }),
  ...(flags.port === undefined ? {} : { ZINCIR_PORT: flags.port }),
  ...(flags.dataDir === undefined ? {} : { ZINCIR_DATA_DIR: flags.dataDir }),
  ...(flags.url === undefined ? {} : { ZINCIR_URL: flags.url }),
  ...(flags.queues === undefined ? {} : { ZINCIR_QUEUES: flags.queues }),
  ...(flags.name === undefined ? {} : { ZINCIR_NODE_NAME: flags.name }),
  ...(flags.concurrency === undefined ? {} : { ZINCIR_CONCURRENCY: flags.concurrency }),
});

const program: Program = {
  connect: () => connect(readSettings(environment)),
  start: (flags: StartFlags) =>
    serve(readSettings(environment, settingFlags(flags)), {
      worker: flags.worker,
      language: flags.language,
      print,
    }),
  work: (flags) => work(readSettings(environment, settingFlags(flags)), { language: flags.language, print }),
  migrate: ({ language }) => migrate(readSettings(environment), { language, print }),
  doctor: async (flags: DoctorFlags) => ({
    checks: await examine(() => readSettings(environment, settingFlags(flags)), flags.language),
  }),
  settingsHelp,
  version,
  environment,
  stdout: process.stdout,
  stderr: process.stderr,
};

process.exitCode = await runCli(process.argv.slice(2), program);
