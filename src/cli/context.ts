/** What every command has at hand. */
import { Health } from '../contract/api.js';
import { AppError } from '../contract/errors.js';
import type { Messages } from '../contract/messages/en/index.js';
import { fill, type Language, messagesOf, type Values } from '../contract/messages/translate.js';
import { splitCredentials } from '../contract/session.js';
import { type Client, createClient } from './client.js';
import { createFormat, type Format } from './format.js';
import type { Interruption } from './interruption.js';
import { createPaint, type Paint, wantsColour } from './paint.js';
import type { Connection, Program } from './program.js';

export interface Globals {
  url?: string;
  verbose: boolean;
}

export interface Context {
  readonly program: Program;
  readonly language: Language;
  readonly texts: Messages['cli'];
  readonly terms: Messages['terms'];
  readonly format: Format;
  readonly globals: Globals;
  readonly interruption: Interruption;
  /** Colours of stdout and of stderr. */
  readonly paint: Paint;
  readonly notePaint: Paint;
  /** A text of the catalogue with its values. */
  say(text: string, values?: Values): string;
  /** Result of the command, on stdout. */
  print(text: string): void;
  /** Everything else, on stderr. */
  note(text: string): void;
}

export function createContext(
  program: Program,
  language: Language,
  globals: Globals,
  interruption: Interruption,
): Context {
  const messages = messagesOf(language);
  return {
    program,
    language,
    texts: messages.cli,
    terms: messages.terms,
    format: createFormat(language),
    globals,
    interruption,
    paint: createPaint(wantsColour(program.stdout, program.environment)),
    notePaint: createPaint(wantsColour(program.stderr, program.environment)),
    say: (text, values) => fill(language, text, values),
    print: (text) => void program.stdout.write(`${text}\n`),
    note: (text) => void program.stderr.write(`${text}\n`),
  };
}

export const printJson = (context: Context, document: unknown): void =>
  context.print(JSON.stringify(document, null, 2));

export interface Session {
  /** Its requests end with an interruption. */
  readonly client: Client;
  /** A client whose requests end with another signal, or with none. */
  clientFor(signal?: AbortSignal): Client;
  readonly connection: Connection;
}

/** Connects, hands the client over, and closes what was opened, whatever happens. */
export async function withSession<Result>(
  context: Context,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const connection = await connect(context);
  try {
    context.interruption.signal.throwIfAborted();
    const clientFor = (signal?: AbortSignal) =>
      createClient({
        url: connection.url,
        language: context.language,
        authorization: connection.authorization ?? null,
        ...(signal ? { signal } : {}),
      });
    return await use({ connection, clientFor, client: clientFor(context.interruption.signal) });
  } finally {
    await connection.close();
  }
}

async function connect(context: Context): Promise<Connection> {
  const { url: typed } = context.globals;
  if (typed === undefined) return context.program.connect();
  const parsed = URL.canParse(typed) ? new URL(typed) : null;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new AppError('USAGE', { detail: context.say(context.texts.usage.notAUrl, { value: typed }) });
  }
  const { url, authorization } = splitCredentials(typed);
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5000) });
    Health.parse(await response.json());
  } catch (error) {
    throw new AppError('SERVER_UNREACHABLE', { url }, { cause: error });
  }
  return { url, authorization, embedded: false, close: async () => {} };
}
