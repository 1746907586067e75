import { describe, test } from 'vitest';
import { openDatabase } from '../../src/database/index.js';
import { createPgliteDatabase, createPostgresDatabase, findPostgres, postgresMissing } from '../support/database.js';
import { describeStore } from './store.js';

describeStore('PGlite', createPgliteDatabase);

if (await findPostgres()) {
  describeStore('PostgreSQL', async () => {
    const database = await createPostgresDatabase();
    return { ...database, other: () => openDatabase(database.url) };
  });
} else {
  describe('store: PostgreSQL', () => {
    test.skip(postgresMissing, () => {});
  });
}
