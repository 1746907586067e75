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
    epochs: { label: 'Epochs', help: 'How many times training passes over all training rows.' },
    test_size: {
      label: 'Validation share',
      help: 'Share of the rows kept aside to measure the model (between 0 and 1).',
    },
    random_state: {
      label: 'Random state',
      help: 'Seed of every random choice: the same seed gives the same split and the same model.',
    },
    learning_rate: {
      label: 'Learning rate',
      help: 'Size of each step. Larger learns faster, too large does not settle.',
    },
    learning_rate_schedule: {
      label: 'Schedule',
      help: 'How the learning rate changes: constant, optimal (by alpha), or inverse scaling.',
    },
    power_t: { label: 'Power of t', help: 'Exponent of inverse scaling.' },
    penalty: { label: 'Penalty', help: 'Regularisation: l2 shrinks weights, l1 makes many of them zero.' },
    alpha: { label: 'Alpha', help: 'Strength of the regularisation.' },
    l1_ratio: { label: 'L1 ratio', help: 'Share of l1 in elastic net: 0 is l2, 1 is l1.' },
    class_weight: { label: 'Class weight', help: 'Balanced gives rare classes more weight.' },
    C: { label: 'C', help: 'Largest step; smaller is more cautious about noise.' },
    loss: { label: 'Loss', help: 'hinge (PA-I) or squared hinge (PA-II).' },
    batch_size: { label: 'Batch size', help: 'Rows per step of the optimiser.' },
    hidden_layer_sizes: { label: 'Hidden layers', help: 'Units in each hidden layer, e.g. 100 or 64,32.' },
    activation: { label: 'Activation', help: 'Function of the hidden units.' },
    solver: { label: 'Solver', help: 'sgd with Nesterov momentum, or adam.' },
    momentum: { label: 'Momentum', help: 'How much of the last step is kept (sgd only).' },
  },
};
