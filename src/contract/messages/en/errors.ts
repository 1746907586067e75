/** What each error tells a person: what happened and where, then what to do. */
import type { ErrorCode } from '../../errors.js';

export const errors: Record<ErrorCode, { message: string; hint: string }> = {
  CSV_EMPTY: {
    message: 'The file is empty, or holds blank lines only.',
    hint: 'Choose a CSV file with a header row and at least a few rows of data.',
  },
  CSV_HEADER_ONLY: {
    message: 'The file has a header and no rows.',
    hint: 'Add the data rows below the header.',
  },
  CSV_ONE_COLUMN: {
    message: 'The file has one column only ({column}).',
    hint: 'A target and at least one feature are needed. Columns may be separated by commas, semicolons, tabs or vertical bars.',
  },
  CSV_TOO_FEW_ROWS: {
    message: 'The file has {rows} usable {rows:row|rows}; at least {least} are needed to train and to validate.',
    hint: 'Add rows, or lower test_size.',
  },
  CSV_RAGGED: {
    message: 'Line {line} has {found} {found:field|fields}, the header has {expected}.',
    hint: 'Mend that line: a delimiter inside a text needs quotes around the text, and each row needs as many fields as the header.',
  },
  CSV_BINARY: {
    message: 'The file is not text: byte {offset}, counted from 0, cannot stand in a CSV.',
    hint: "Export the table as CSV, or unpack the file first where it is compressed (.gz, .zip); a spreadsheet's own file or a picture cannot be read.",
  },
  CSV_ENCODING: {
    message: 'The text is not valid {encoding} at byte {offset}.',
    hint: 'Save the file as UTF-8 (“CSV UTF-8” in a spreadsheet), then upload it again.',
  },
  CSV_QUOTE_UNTERMINATED: {
    message: 'The quote that opens on line {line} is never closed.',
    hint: 'Close the quote, or double it where it belongs to the text.',
  },
  CSV_RECORD_TOO_LONG: {
    message: 'The row that begins on line {line} is longer than {limitBytes} bytes.',
    hint: 'Check for a missing quote or line break; a row that long is rarely meant.',
  },
  CSV_VALUE_NOT_NUMERIC: {
    message: 'Line {line}, column {column}: “{value}” is not a number.',
    hint: 'Mend the value, empty it, or treat the column as a category.',
  },
  CSV_NOT_FINITE: {
    message: 'Line {line}, column {column}: “{value}” is not a finite number.',
    hint: 'Replace it or empty it; an empty value is filled in.',
  },
  TARGET_UNKNOWN: {
    message: 'There is no column {target}.',
    hint: 'Choose one of: {columns}.',
  },
  TARGET_LEFT_OUT: {
    message: 'Column {target} is the target, and is to be left out as well.',
    hint: 'Choose another target, or do not leave that column out (--drop, or use: false).',
  },
  TARGET_EMPTY: {
    message: 'Column {target} has no values.',
    hint: 'Choose a target with values.',
  },
  TARGET_CONSTANT: {
    message: 'Column {target} has one value only ({value}).',
    hint: 'A model needs at least two classes to tell apart; choose another target.',
  },
  TARGET_CONTINUOUS: {
    message: 'Column {target} is a measurement (for example {example}), not a class.',
    hint: 'Choose a target with a few repeated values, or put the numbers into groups first.',
  },
  TARGET_ALL_DISTINCT: {
    message: 'Column {target} has a different value in each of its {rows} rows.',
    hint: 'It looks like a name or an id; choose a target whose values repeat.',
  },
  TARGET_TOO_MANY_CLASSES: {
    message: 'Column {target} has {classes} classes; at most {limit} can be trained.',
    hint: 'Put rare classes together, or choose another target.',
  },
  COLUMN_UNKNOWN: {
    message: 'There is no column {column}.',
    hint: 'The file has: {columns}.',
  },
  CLASS_TOO_SMALL: {
    message: 'Class {label} has {count} {count:row|rows}; a stratified split needs at least 2.',
    hint: 'Add rows of that class, remove it, or turn stratify off.',
  },
  CLASS_WEIGHT_UNKNOWN: {
    message: 'class_weight names {label}, which is no class of the target.',
    hint: 'The classes are: {classes}.',
  },
  FEATURES_NONE: {
    message: 'No column is left to learn from.',
    hint: 'Every column but the target was left out; use at least one.',
  },
  FEATURES_TOO_MANY: {
    message:
      'Column {column} has {categories} categories, which makes {features} features; at most {limit} can be trained.',
    hint: 'Leave that column out, or put its rare values together.',
  },
  ROWS_ALL_DROPPED: {
    message: 'No row is left: {withoutTarget} had no target, {withMissing} had a missing value.',
    hint: 'Choose missing: impute, leave out the columns that are mostly empty, or check the target.',
  },
  SPLIT_TOO_SMALL: {
    message: 'With test_size {testSize}, {rows} rows give {train} for training and {validation} for validation.',
    hint: 'Choose a test_size that leaves at least one row on each side (and, stratified, one row a class).',
  },
  TRAIN_ONE_CLASS: {
    message: '{rows:The only training row is|All training rows are} of class {label}.',
    hint: 'Add rows of other classes; where each class has at least 2 rows, turning stratify on helps too.',
  },
  DIVERGED: {
    message: 'The weights became infinite in epoch {epoch}.',
    hint: 'Lower learning_rate, or keep the scaling of the numeric columns on.',
  },
  MEMORY_TOO_SMALL: {
    message:
      'Training on rows of {features} features needs at least {neededBytes} bytes; ZINCIR_MEMORY allows {memoryBytes}.',
    hint: 'Raise ZINCIR_MEMORY on the worker and restart it, leave out columns, or choose a smaller batch_size or network.',
  },
  PARAM_UNKNOWN: {
    message: 'There is no hyperparameter {name}.',
    hint: 'This model has: {known}.',
  },
  PARAM_INVALID: {
    message: '{name} cannot be {value}: {rule}.',
    hint: 'Give {name} a value within that rule.',
  },
  REQUEST_INVALID: {
    message: '{field}: {rule}.',
    hint: "See the API's page at /api/docs for what the request may hold.",
  },
  REQUEST_NOT_JSON: {
    message: 'The body of the request is not valid JSON.',
    hint: 'Check quotes, commas and brackets: names and texts stand in double quotes.',
  },
  REQUEST_TOO_LARGE: {
    message: 'The body of the request is larger than {limitBytes} bytes.',
    hint: 'Send less in one request; files go to POST /api/datasets.',
  },
  UPLOAD_NO_FILE: {
    message: 'The upload holds no file.',
    hint: 'Send the CSV as the part named “file” of a multipart form.',
  },
  UPLOAD_INCOMPLETE: {
    message: 'The upload was cut off after {receivedBytes} bytes.',
    hint: 'Nothing was kept; upload the file again.',
  },
  UPLOAD_TOO_LARGE: {
    message: 'The file is larger than {limitBytes} bytes.',
    hint: 'Ask the operator to raise ZINCIR_MAX_UPLOAD_BYTES, or split the file.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    message: '{mediaType} is not accepted here.',
    hint: 'Send {accepted}.',
  },
  ROUTE_NOT_FOUND: {
    message: 'There is nothing at {method} {path}.',
    hint: 'See /api/docs for what there is.',
  },
  DATASET_NOT_FOUND: {
    message: 'There is no dataset {id}.',
    hint: 'GET /api/datasets lists them.',
  },
  WORKFLOW_NOT_FOUND: {
    message: 'There is no workflow {id}.',
    hint: '`zincir list` shows them, and so does the Workflows page.',
  },
  ARTIFACT_NOT_FOUND: {
    message: 'Workflow {id} has no file {name}.',
    hint: 'Its files are: {names}.',
  },
  ARTIFACT_NOT_READY: {
    message: '{name} of workflow {id} is not written yet.',
    hint: 'It appears when step {step} completes.',
  },
  RANGE_NOT_SATISFIABLE: {
    message: 'The range {range} lies outside the file of {sizeBytes} bytes.',
    hint: 'Ask for bytes within the file.',
  },
  DATASET_IN_USE: {
    message: 'Dataset {id} is used by {workflows} {workflows:workflow|workflows}.',
    hint: 'It is kept for as long as a workflow refers to it.',
  },
  WORKFLOW_ENDED: {
    message: 'Workflow {id} has ended ({status}).',
    hint: 'Restart it to run it anew.',
  },
  WORKFLOW_NOT_FAILED: {
    message: 'Workflow {id} is {status}; only a failed or cancelled one can be retried.',
    hint: 'Restart it to run it anew.',
  },
  TASK_NOT_FOUND: {
    message: 'There is no task {id}.',
    hint: 'GET /api/tasks lists them; tasks are kept for some months.',
  },
  TASK_RUNNING: {
    message: 'Task {id} is running.',
    hint: 'Terminate it to stop it together with its workflow.',
  },
  TASK_ENDED: {
    message: 'Task {id} has ended ({status}).',
    hint: 'There is nothing left to revoke.',
  },
  TASK_NOT_FAILED: {
    message: 'Task {id} is {status}; only a failed or revoked one can be retried.',
    hint: 'Restart its workflow to run it anew.',
  },
  TASK_REPLACED: {
    message: 'Task {id} was retried already: task {by} is what its step runs now.',
    hint: 'Look at that task.',
  },
  TASKS_CHANGED: {
    message: '{matched} tasks match now, not {expected}.',
    hint: 'Look at them again, then confirm the new number. Nothing was changed.',
  },
  QUEUE_NOT_FOUND: {
    message: 'There is no queue {name}.',
    hint: 'GET /api/queue lists them.',
  },
  QUEUE_NOT_CONFIRMED: {
    message: 'What this does to {name} cannot be undone, and it was not confirmed.',
    hint: 'Send the name of the queue as `confirm`.',
  },
  WORKER_NOT_FOUND: {
    message: 'There is no worker {name}.',
    hint: 'See the list of workers; one that has been gone for a week is forgotten.',
  },
  WORKER_OFFLINE: {
    message: 'The worker {name} cannot be asked: it was last heard of {seconds} s ago.',
    hint: 'Start it again on its machine. What it ran goes on elsewhere by itself.',
  },
  FORBIDDEN_HOST: {
    message: 'The request names the host {host}, which this server does not answer for.',
    hint: 'Open it by an address that it listens on, or add the name to ZINCIR_ALLOWED_HOSTS.',
  },
  FORBIDDEN_ORIGIN: {
    message: 'A page of {origin} may not send requests to this server.',
    hint: "Use the server's own pages, or add the name to ZINCIR_ALLOWED_HOSTS.",
  },
  FLOWER_UNAVAILABLE: {
    message: 'Flower does not answer: {detail}.',
    hint: 'Check that it runs and that ZINCIR_FLOWER_URL is its address.',
  },
  LOGIN_REQUIRED: {
    message: 'Nobody is signed in.',
    hint: 'Sign in; on the command line, give name and password in the address: ZINCIR_URL=http://name:password@host:8000.',
  },
  LOGIN_FAILED: {
    message: 'Name or password is wrong.',
    hint: 'Try again; an operator sets a new password with `zincir user NAME`.',
  },
  LOGIN_TOO_OFTEN: {
    message: 'Too many wrong passwords.',
    hint: 'Wait {seconds} {seconds:second|seconds}, then try again.',
  },
  ROLE_TOO_LOW: {
    message: '{name} is a {role} here; this takes the role {needed}.',
    hint: 'Ask an operator, who gives roles with `zincir user NAME --role {needed}`.',
  },
  USERS_FILE_INVALID: {
    message: '{path}, line {line}: not a user (name:role:hash), or a name that was there before.',
    hint: 'Remove the line, and add the user with `zincir user NAME`.',
  },
  FILE_CORRUPT: {
    message: 'The stored file {file} is not the one that was uploaded.',
    hint: 'Upload the CSV again; the disk or the store has changed it.',
  },
  STEP_OUT_OF_MEMORY: {
    message: 'Step {step} ran out of memory.',
    hint: 'Use a machine with more memory, or fewer rows or columns.',
  },
  CUSTOM_STEP_UNAVAILABLE: {
    message: 'A custom step runs in a Celery worker, which is reached over RabbitMQ; this server has no RabbitMQ.',
    hint: 'Set ZINCIR_BROKER_URL to an amqp:// address, or leave custom out of the config.',
  },
  CUSTOM_STEP_FAILED: {
    message: 'The Celery task {task} failed: {type}: {detail}',
    hint: 'Its traceback stands with the task of the step. Mend the task, then retry the workflow.',
  },
  CUSTOM_STEP_REVOKED: {
    message: 'The Celery task {task} was revoked.',
    hint: 'Retry the workflow to have it sent again.',
  },
  STEP_TIMEOUT: {
    message: 'Step {step} took longer than {seconds} s.',
    hint: 'Lower epochs, or raise the limit.',
  },
  STEP_GAVE_UP: {
    message: 'Step {step} was set aside after {attempts} attempts. The last one ended so: {lastFault}',
    hint: 'Mend the cause, then retry the workflow; its log tells more.',
  },
  STEP_CRASHED: {
    message: 'The process that ran step {step} ended without a word ({how}).',
    hint: 'The step is tried again by itself. If the system killed it for want of memory, use a machine with more memory, or fewer rows or columns.',
  },
  WORKER_LOST: {
    message: '{worker} was lost while it ran step {step}.',
    hint: 'The step runs again by itself.',
  },
  WORKER_STOPPED: {
    message: '{worker} stopped and handed step {step} back.',
    hint: 'The step runs again by itself.',
  },
  STORAGE_FULL: {
    message: 'The disk is full.',
    hint: 'Free some space, or choose a larger disk (ZINCIR_DATA_DIR, --out); nothing half-written was kept.',
  },
  STORAGE_UNAVAILABLE: {
    message: 'The file store does not answer: {detail}.',
    hint: 'Check ZINCIR_STORAGE_URL with `zincir doctor`.',
  },
  DATABASE_UNAVAILABLE: {
    message: 'The database does not answer: {detail}.',
    hint: 'Check ZINCIR_DATABASE_URL with `zincir doctor`.',
  },
  DATABASE_FORBIDDEN: {
    message: 'The database refuses: {detail}.',
    hint: 'Give the user of ZINCIR_DATABASE_URL the right; `zincir doctor` names what is missing.',
  },
  BROKER_UNAVAILABLE: {
    message: 'The broker does not answer: {detail}.',
    hint: 'Check ZINCIR_BROKER_URL with `zincir doctor`.',
  },
  SERVER_UNREACHABLE: {
    message: 'No Zincir server answers at {url}.',
    hint: 'Start one with `zincir start`, or set ZINCIR_URL.',
  },
  CANCELLED: {
    message: 'Workflow {id} was cancelled.',
    hint: 'Retry or restart it to go on.',
  },
  FILE_NOT_FOUND: {
    message: 'There is no file {path}.',
    hint: 'Check the path.',
  },
  FILE_IS_DIRECTORY: {
    message: '{path} is a directory, not a file.',
    hint: 'Name one CSV file in it.',
  },
  FILE_NOT_REGULAR: {
    message: '{path} is a pipe or a device, not a file.',
    hint: 'Write what comes from it to a file first, and name that.',
  },
  FILE_NOT_WRITABLE: {
    message: '{path} cannot be written: {detail}.',
    hint: 'Choose another place, or change its rights.',
  },
  USAGE: {
    message: '{detail}',
    hint: '`zincir --help` lists the commands, `zincir COMMAND --help` their options.',
  },
  SETTING_INVALID: {
    message: '{setting} cannot be “{value}”: {rule}.',
    hint: 'Correct it in the environment, in .env, or by its flag.',
  },
  PORT_IN_USE: {
    message: 'Port {port} on {host} is taken by another program.',
    hint: 'Choose another with --port or ZINCIR_PORT, or stop that program.',
  },
  PORT_FORBIDDEN: {
    message: 'Port {port} on {host} cannot be opened: {detail}.',
    hint: 'Choose a port above 1023 with --port, or an address of this machine with --host.',
  },
  DATA_DIR_LOCKED: {
    message: 'The data directory {directory} is in use by process {pid}.',
    hint: 'Stop that process, or choose another directory with --data-dir or ZINCIR_DATA_DIR.',
  },
  DATA_DIR_NOT_WRITABLE: {
    message: 'The data directory {directory} cannot be written: {detail}.',
    hint: 'Change its rights, or choose another with --data-dir or ZINCIR_DATA_DIR.',
  },
  INTERNAL: {
    message: 'Something went wrong inside: {detail}.',
    hint: 'Try again; if it stays, report it with the log (`--verbose`).',
  },
};
