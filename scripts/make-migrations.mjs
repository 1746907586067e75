/**
 * After a change of `src/database/schema.ts`: writes the next SQL migration with drizzle-kit, then embeds all of
 * them in `src/database/migrations/embedded.ts`, so that the bundled program carries them.
 * `node scripts/make-migrations.mjs [NAME]`; without a name it only embeds anew.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const [name] = process.argv.slice(2);
if (name !== undefined) {
  const places = ['--schema', './src/database/schema.ts', '--out', './src/database/migrations'];
  const generate = ['drizzle-kit', 'generate', '--dialect', 'postgresql', ...places, '--name', name];
  const { status } = spawnSync('npx', generate, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const folder = 'src/database/migrations';
const { entries } = JSON.parse(readFileSync(`${folder}/meta/_journal.json`, 'utf8'));
const migrations = entries.map(({ tag }) => ({
  name: tag,
  statements: readFileSync(`${folder}/${tag}.sql`, 'utf8')
    // The tables live in the first schema of the connection's search path, whatever it is called.
    .replaceAll('"public".', '')
    .split('--> statement-breakpoint')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== ''),
}));
writeFileSync(
  `${folder}/embedded.ts`,
  `// Made by scripts/make-migrations.mjs from the SQL files beside it.
export const migrations: readonly { name: string; statements: readonly string[] }[] = ${JSON.stringify(migrations, null, 2)};
`,
);
