import type { Messages } from '../en/index.js';
import { cli } from './cli.js';
import { errors } from './errors.js';
import { logs } from './logs.js';
import { operations } from './operations.js';
import { program } from './program.js';
import { terms } from './terms.js';
import { web } from './web.js';
import { workers } from './workers.js';

export const tr: Messages = { terms, errors, logs, cli, operations, program, web, workers };
