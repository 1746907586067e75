/** What the command line needs from the program around it; `src/main` supplies it. */
import type { Readable, Writable } from 'node:stream';
import type { Language } from '../contract/messages/translate.js';
import type { Role } from '../contract/session.js';

export interface Connection {
  /** Address of the server, without a slash at its end. */
  url: string;
  /** Header that signs in, where the address named a user. */
  authorization?: string | null;
  /** The server lives in this process and ends with it, so what it runs is followed to its end. */
  embedded: boolean;
  close(): Promise<void>;
}

/** Settings as typed, by their names (`ZINCIR_PORT`); they are checked with those of the environment. */
export type SettingFlags = Readonly<Record<string, string>>;

/** Flags of the commands that run or examine a node. */
interface NodeFlags {
  settings: SettingFlags;
  /** Language of what is printed (`--lang`, else the environment's). */
  language: Language;
}

export interface StartFlags extends NodeFlags {
  /** False: serve web and API without an embedded worker. */
  worker: boolean;
}

export interface DoctorCheck {
  name: string;
  ok: boolean;
  /** What was found, in one line. */
  detail: string;
  /** How to mend it. */
  hint?: string;
}

/** A stream that may be a terminal, such as `process.stdout`. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** A stream of what is typed, such as `process.stdin`. */
export type Input = Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };

export interface Program {
  /**
   * The server that the settings name or imply where one answers, else an embedded one in this process.
   * @throws AppError `SERVER_UNREACHABLE` where the settings name a server and it is silent
   */
  connect(): Promise<Connection>;
  /** Serves until a signal; answers the exit code. */
  start(flags: StartFlags): Promise<number>;
  /** Works until a signal; answers the exit code. */
  work(flags: NodeFlags): Promise<number>;
  migrate(flags: NodeFlags): Promise<number>;
  /**
   * Adds a user to the file of users, gives one that is there a role and a password, or removes one (`null`).
   * @throws AppError `SETTING_INVALID` where no file is named, `USERS_FILE_INVALID`, `FILE_NOT_WRITABLE`
   */
  changeUser(
    settings: SettingFlags,
    name: string,
    change: { role: Role; password: string } | null,
  ): Promise<{ known: boolean; file: string }>;
  doctor(flags: NodeFlags): Promise<{ checks: DoctorCheck[] }>;
  /** The settings with their defaults, as lines for the help of `zincir start`. */
  settingsHelp(language: Language): string;
  version: string;
  environment: NodeJS.ProcessEnv;
  stdin: Input;
  stdout: Output;
  stderr: Output;
}
