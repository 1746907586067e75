/** A host of one child, idle or with a step that never pauses: says the child's pid, and waits to be killed. */
import { startChild } from '../../../src/worker/child-process.js';
import { stepInput } from './step-input.js';

const [entry = '', directory = '', kind = 'busy'] = process.argv.slice(2);
const child = startChild({ entry, env: { TEST_STORAGE: directory, TEST_NOTES: directory } });
child.listen((message) => {
  if (message?.type === 'report') console.log(child.pid);
});
await child.ready;
if (kind === 'idle') console.log(child.pid);
else child.send({ type: 'run', input: stepInput('busy'), scratch: directory });
