import { createS3Storage } from '../../src/storage/s3/s3-storage.js';
import { startS3 } from '../support/s3.js';
import { describeFiles } from './files.js';

describeFiles('S3', async () => {
  const store = await startS3();
  return { files: createS3Storage(store.url()), drop: () => store.stop() };
});
