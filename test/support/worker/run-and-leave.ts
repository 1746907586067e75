/** A whole worker that starts, runs one workflow and stops; the process must then end by itself. */
import { createWorkerBench } from './worker-bench.js';

const bench = await createWorkerBench();
await bench.worker({ concurrency: 2 }).start();
const { status } = await bench.until(await bench.start('metrics'), (now) => now.completedAt !== null);
console.log(status);
await bench.close();
