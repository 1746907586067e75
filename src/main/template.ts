/** Makes the template of a fresh database; part of the build. */
import { buildTemplate } from '../database/index.js';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: node dist/template.js DIRECTORY');
await buildTemplate(directory);
