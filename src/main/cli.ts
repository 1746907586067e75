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

/** A server or a worker goes on when nobody reads what it prints. */
let serving = false;
const goesOn = <Answer>(run: () => Answer): Answer => {
  serving = true;
  return run();
};

let left = false;
for (const stream of [process.stdout, process.stderr]) {
  // `zincir logs 7 | head`: whoever read has gone. As every filter does, the command ends, without a word.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (!serving && !left) process.kill(process.pid, 'SIGINT');
    left = true;
  });
}

const program: Program = {
  connect: () => connect(readSettings(environment)),
  start: ({ settings, worker, language }) =>
    goesOn(() => serve(readSettings(environment, settings), { worker, language, print })),
  work: ({ settings, language }) => goesOn(() => work(readSettings(environment, settings), { language, print })),
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
