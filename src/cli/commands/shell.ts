import { homedir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type REPLEval, type REPLServer, Recoverable, start } from 'node:repl';
import { PassThrough } from 'node:stream';
import { setImmediate as settle } from 'node:timers/promises';
import type { Workflow } from '../../contract/entities.js';
import { AppError } from '../../contract/errors.js';
import type { Client } from '../client.js';
import { type CommandMaker, makeCommand } from '../command.js';
import { type Context, type Session, withSession } from '../context.js';
import { followWorkflow } from '../follow.js';
import { Interrupted } from '../interruption.js';
import { renderReport } from '../report.js';

export const shellCommand: CommandMaker = (context, finish) =>
  makeCommand(context, 'shell', ['shell', "echo 'runWorkflow(4)' | zincir shell"]).action(async () => {
    // At the prompt Ctrl-C clears the line; it reaches a workflow only while one is followed.
    context.interruption.dispose();
    const failed = await withSession(context, (session) => converse(context, session));
    finish(failed ? 1 : 0);
  });

/** Answers whether a line of a script (anything but a terminal) failed. */
async function converse(context: Context, session: Session): Promise<boolean> {
  const isTerminal = process.stdin.isTTY === true && context.program.stdout.isTTY === true;
  const following = { controller: new AbortController() };
  const input = isTerminal ? process.stdin : new PassThrough();
  if (isTerminal) {
    const { url } = session.connection;
    context.note(context.say(context.texts.shell.welcome, { version: context.program.version, url }));
  }
  const prompt = isTerminal ? 'zincir> ' : '';
  const server = start({ input, output: context.program.stdout, prompt, terminal: isTerminal, ignoreUndefined: true });
  const ended = new Promise<void>((resolve) => server.once('exit', resolve));
  const evaluation = waitForAnswers(context, server);
  if (isTerminal) server.setupHistory(path.join(homedir(), '.zincir_history'), () => {});
  server.on('SIGINT', () => following.controller.abort(new Interrupted('SIGINT')));
  provide(context, session, server, following);
  if (input instanceof PassThrough) {
    await feed(input, evaluation);
    server.close();
  }
  await ended;
  return !isTerminal && evaluation.failed;
}

function provide(
  context: Context,
  session: Session,
  server: REPLServer,
  following: { controller: AbortController },
): void {
  const client: Client = session.clientFor();
  const runWorkflow = async (id: number): Promise<Workflow> => {
    if (!Number.isInteger(id) || id < 1) throw new AppError('WORKFLOW_NOT_FOUND', { id: String(id) });
    following.controller = new AbortController();
    const { signal } = following.controller;
    const own: Context = { ...context, interruption: { signal, dispose() {} } };
    const { workflow } = await followWorkflow(own, session, await client.run(id), { plain: true });
    return workflow;
  };
  const define = (name: string, descriptor: PropertyDescriptor) =>
    Object.defineProperty(server.context, name, { configurable: true, enumerable: true, ...descriptor });
  define('client', { value: client, writable: true });
  define('runWorkflow', { value: runWorkflow, writable: true });
  // A getter, so that `help` alone is enough.
  define('help', { get: () => context.print(context.texts.shell.help.join('\n')) });
}

interface Evaluation {
  running: number;
  failed: boolean;
}

/** Answers that are promises are waited for, and errors of ours are printed in words. */
function waitForAnswers(context: Context, server: REPLServer): Evaluation {
  const state: Evaluation = { running: 0, failed: false };
  const evaluate = server.eval;
  const wrapped: REPLEval = function (this: REPLServer, code, scope, file, done) {
    state.running += 1;
    const end = (error: Error | null, result?: unknown) => {
      state.running -= 1;
      if (!error || error instanceof Recoverable) return done(error, result);
      state.failed = true;
      if (error instanceof SyntaxError || error instanceof ReferenceError) return done(error, undefined);
      const { verbose } = context.globals;
      context.note(renderReport(context.language, error, { verbose, paint: context.notePaint }));
      done(null, undefined);
    };
    evaluate.call(this, code, scope, file, (error, result) => {
      if (error) return end(error);
      Promise.resolve(result).then(
        (value) => end(null, value),
        (thrown) => end(asError(thrown)),
      );
    });
  };
  // `eval` is read-only to the types alone; replacing it is how a custom evaluator reuses the default one.
  Object.assign(server, { eval: wrapped });
  return state;
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** Lines of a script one after the other, each when the one before has been answered. */
async function feed(input: PassThrough, evaluation: Evaluation): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    input.write(`${line}\n`);
    do await settle();
    while (evaluation.running > 0 || input.readableLength > 0);
    await settle();
  }
}
