import { cli } from './cli.js';
import { errors } from './errors.js';
import { logs } from './logs.js';
import { operations } from './operations.js';
import { program } from './program.js';
import { terms } from './terms.js';
import { web } from './web.js';
import { workers } from './workers.js';

/** The shape of every language: the keys of English, with any text. */
export const en = { terms, errors, logs, cli, operations, program, web, workers };
export type Messages = typeof en;
