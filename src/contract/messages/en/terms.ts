/** The glossary: the field's words as every surface writes them. */
export const terms = {
  workflowStatus: {
    PENDING: 'Pending',
    RUNNING: 'Running',
    COMPLETED: 'Completed',
    FAILED: 'Failed',
    CANCELLED: 'Cancelled',
  },
  stepStatus: {
    PENDING: 'Pending',
    QUEUED: 'Queued',
    RUNNING: 'Running',
    COMPLETED: 'Completed',
    FAILED: 'Failed',
    CANCELLED: 'Cancelled',
  },
  steps: { upload: 'Upload', preprocess: 'Preprocess', train: 'Train' },
  /** The steps within a sentence. */
  stepsInText: { upload: 'upload', preprocess: 'preprocess', train: 'train' },
  /** What to do about something that this version does not know. */
  newer: 'A newer version of Zincir wrote this. Reload the page, or bring every node to the same version.',
  /** Why a step that is queued does not run yet. */
  waitingReasons: {
    position: 'Waits for a free worker: place {position} in the queue.',
    no_worker: 'No worker takes from the queue {queue}. Start one with `zincir worker`.',
    limit: 'As many workflows run as may: place {position} among those that wait.',
    retry: 'Waits to be tried again.',
  },
  models: {
    LR: 'Logistic regression',
    SVM: 'Linear SVM',
    PER: 'Perceptron',
    PA: 'Passive-aggressive',
    MLP: 'Neural network (MLP)',
  },
  columnTypes: { numeric: 'Number', categorical: 'Category' },
  columnNotes: { constant: 'one value only', identifier: 'as many values as rows (a name or id)', empty: 'no values' },
  hyperparameters: {
    epochs: {
      label: 'Epochs',
      help: 'How many times training passes over all training rows.',
      rule: 'a whole number from 1 to 1,000,000',
    },
    test_size: {
      label: 'Validation share',
      help: 'Share of the rows kept aside to measure the model (between 0 and 1).',
      rule: 'a number between 0 and 1, both excluded',
    },
    random_state: {
      label: 'Random state',
      help: 'Seed of every random choice: the same seed gives the same split and the same model.',
      rule: 'a whole number from 0 to 4,294,967,295',
    },
    learning_rate: {
      label: 'Learning rate',
      help: 'Size of each step. Larger learns faster, too large does not settle.',
      rule: 'a number greater than 0',
    },
    learning_rate_schedule: {
      label: 'Schedule',
      help: 'How the learning rate changes: constant, optimal (by alpha), or inverse scaling.',
      rule: 'constant, optimal or invscaling',
    },
    power_t: { label: 'Power of t', help: 'Exponent of inverse scaling.', rule: 'a number' },
    penalty: {
      label: 'Penalty',
      help: 'Regularisation: l2 shrinks weights, l1 makes many of them zero.',
      rule: 'l2, l1, elasticnet or none',
    },
    alpha: { label: 'Alpha', help: 'Strength of the regularisation.', rule: 'a number of at least 0' },
    l1_ratio: {
      label: 'L1 ratio',
      help: 'Share of l1 in elastic net: 0 is l2, 1 is l1.',
      rule: 'a number from 0 to 1',
    },
    class_weight: {
      label: 'Class weight',
      help: 'Balanced gives rare classes more weight.',
      rule: 'null, balanced, or a positive weight for each class',
    },
    C: { label: 'C', help: 'Largest step; smaller is more cautious about noise.', rule: 'a number greater than 0' },
    loss: { label: 'Loss', help: 'hinge (PA-I) or squared hinge (PA-II).', rule: 'hinge or squared_hinge' },
    batch_size: {
      label: 'Batch size',
      help: 'Rows per step of the optimiser.',
      rule: 'a whole number from 1 to 10,000,000',
    },
    hidden_layer_sizes: {
      label: 'Hidden layers',
      help: 'Units in each hidden layer, e.g. 100 or 64,32.',
      rule: 'one to ten whole numbers from 1 to 10,000',
    },
    activation: { label: 'Activation', help: 'Function of the hidden units.', rule: 'relu, tanh or logistic' },
    solver: { label: 'Solver', help: 'sgd with Nesterov momentum, or adam.', rule: 'sgd or adam' },
    momentum: {
      label: 'Momentum',
      help: 'How much of the last step is kept (sgd only).',
      rule: 'a number from 0 to 1',
    },
  },
  /** What each setting accepts. */
  settingRules: {
    ZINCIR_DATABASE_URL: 'an address that begins with pglite:// or postgres://',
    ZINCIR_BROKER_URL: 'an address that begins with memory:// or amqp://',
    ZINCIR_STORAGE_URL: 'an address that begins with file:// or s3://',
    ZINCIR_PORT: 'a whole number from 0 to 65535',
    ZINCIR_URL: 'an address that begins with http:// or https://',
    ZINCIR_MAX_UPLOAD_BYTES: 'a whole number of bytes, at least 1',
    ZINCIR_CONCURRENCY: 'a whole number from 1 to 256',
    ZINCIR_QUEUES: 'upload, preprocess or train, or several with commas between them',
    ZINCIR_NODE_NAME: 'a name and a host with @ between them',
    ZINCIR_GRACE_SECONDS: 'a whole number from 0 to 86400',
    ZINCIR_LEASE_SECONDS: 'a whole number from 2 to 3600',
    ZINCIR_KERNELS: 'auto or plain',
    ZINCIR_LOG_LEVEL: 'trace, debug, info, warn, error or silent',
  },
  /** What a field of a request must be. */
  fieldRules: {
    needed: 'is needed',
    mustBe: 'must be {what}',
    oneOf: 'must be one of {values}',
    atLeast: 'must be at least {limit}',
    atMost: 'must be at most {limit}',
    kinds: {
      string: 'a text',
      number: 'a number',
      int: 'a whole number',
      boolean: 'true or false',
      array: 'a list',
      object: 'an object',
    },
  },
};
