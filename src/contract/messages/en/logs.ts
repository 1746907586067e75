/** Lines of a workflow's log, and warnings about a dataset, by code. */
export const logs = {
  stepQueued: 'Step {step} is queued.',
  stepStarted: 'Step {step} started on {worker} (attempt {attempt}).',
  stepCompleted: 'Step {step} completed in {seconds} s.',
  stepFailed: 'Step {step} failed: {fault}',
  stepRetrying: 'Step {step} is tried again in {seconds} s. {fault}',
  stepCancelled: 'Step {step} was cancelled.',
  workerLost: '{worker} was lost while it ran step {step}; the step runs again.',
  customSent: 'Sent to the Celery queue {queue} as {task}, id {id}.',
  customJoined: '{task} (id {id}) was sent by an attempt before; this one waits for its result.',
  customRetried: '{task} is tried again by its Celery worker: {detail}',
  workflowCreated: 'Workflow created.',
  workflowCompleted: 'Workflow completed: validation accuracy {accuracy}.',
  fileVerified: 'The file is whole: {sizeBytes} bytes, sha256 {sha256}.',
  profileRead: 'Read {rows} {rows:row|rows} and {columns} {columns:column|columns}.',
  rowsDropped:
    '{count} {count:row|rows} left out: {withoutTarget} without a target, {withMissing} with a missing value.',
  columnLeftOut: 'Column {column} is left out: {reason}.',
  columnConstant: 'Column {column} is left out: it has one value only.',
  columnIdentifier: 'Column {column} is left out: it has as many values as rows (a name or id).',
  columnEmpty: 'Column {column} is left out: it has no values to learn from.',
  columnsLeftOutMore: '{count} more {count:column is|columns are} left out.',
  splitMade: 'Split: {train} training rows, {validation} validation rows.',
  featuresMade: '{features} {features:feature|features} from {numeric} numeric and {categorical} categorical columns.',
  rareClass:
    'Class {label} has {count} {count:row|rows} only: it is trained on or validated, never both. Add rows, join it to another class, or remove it.',
  rareClasses:
    '{count} classes have 1 row only ({labels}): each is trained on or validated, never both. Add rows, join them to other classes, or remove them.',
  trainingStarted: 'Training {model}: {epochs} {epochs:epoch|epochs} over {rows} rows of {features} features.',
  trainingStreams:
    'Training takes more than the {memoryMegabytes} MB of ZINCIR_MEMORY: its rows are laid out on disk in order of visit, and every epoch reads {blocks} {blocks:block|blocks} of up to {blockRows} rows.',
  trainingResumed: 'Resumed after epoch {epoch}.',
  checkpointUnreadable: 'The checkpoint cannot be read by this version: training begins anew.',
  epochReached: 'Epoch {epoch} of {epochs}: validation accuracy {accuracy}.',
  modelWritten: 'Model written: {sizeBytes} bytes.',
  onnxTooLong:
    'There is no model.onnx: it would be longer than the 2 GiB that its format allows. model.joblib is whole.',
  headerRenamed: 'Column {position}: “{original}” is called {name}.',
  headerUnnamed: 'Column {position} has no name: it is called {name}.',
  decimalComma: 'Numbers have a decimal comma.',
  headerMissing: 'The first row is data: the columns are called column_1, column_2, and so on.',
  notFinite: 'Column {column} has {count} infinite {count:value|values}.',
  numbersThenText:
    'Column {column} is a category because of “{value}” on line {line}; the {count} values before it are numbers.',
};
