/** The program `zincir`: gives the command line what it needs, and ends with its exit code. */
import type { Program } from '../cli/program.js';
import { runCli } from '../cli/run.js';
import { connect } from './connect.js';
import { examine } from './doctor.js';
import { version } from './package.js';
import { migrate, serve, work } from './serve.js';
import { readSettings, settingsHelp } from './settings.js';
import { changeUserOf } from './users.js';

const environment = process.env;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const program: Program = {
  connect: () => connect(readSettings(environment)),
  start: ({ settings, worker, language }) => serve(readSettings(environment, settings), { worker, language, print }),
  work: ({ settings, language }) => work(readSettings(environment, settings), { language, print }),
  migrate: ({ settings, language }) => migrate(readSettings(environment, settings), { language, print }),
  doctor: async ({ settings, language }) => ({
    checks: await examine(() => readSettings(environment, settings), language),
  }),
  changeUser: async (settings, name, change) => changeUserOf(readSettings(environment, settings), name, change),
  settingsHelp,
  version,
  environment,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
};

process.exitCode = await runCli(process.argv.slice(2), program);
