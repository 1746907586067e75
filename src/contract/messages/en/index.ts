import { cli } from './cli.js';
import { errors } from './errors.js';
import { logs } from './logs.js';
import { program } from './program.js';
import { terms } from './terms.js';
import { web } from './web.js';

/** The shape of every language: the keys of English, with any text. */
export const en = { terms, errors, logs, cli, program, web };
export type Messages = typeof en;
