/**
 * The catalogue of models: which hyperparameters each one has, their defaults, and which have an effect.
 * Names and meanings are scikit-learn's; a model code stands for one estimator class trained by one
 * `partial_fit` an epoch.
 */
import { z } from 'zod';

export const modelCodes = ['LR', 'SVM', 'PER', 'PA', 'MLP'] as const;
export const ModelCode = z.enum(modelCodes);
export type ModelCode = z.infer<typeof ModelCode>;

/** The scikit-learn estimator that each code stands for, as a reader would type it. */
export const estimatorNames: Record<ModelCode, string> = {
  LR: "SGDClassifier(loss='log_loss')",
  SVM: "SGDClassifier(loss='hinge')",
  PER: 'Perceptron()',
  PA: 'PassiveAggressiveClassifier()',
  MLP: "MLPClassifier((100,), solver='sgd')",
};

const finite = z.number().refine(Number.isFinite);
const positive = finite.gt(0);
const nonNegative = finite.min(0);

/** Weight of each class: none, by inverse frequency in the training split, or by class label. */
const classWeight = z.union([z.null(), z.literal('balanced'), z.record(z.string(), positive)]);
const penalty = z.enum(['l2', 'l1', 'elasticnet', 'none']);

/** Largest number of epochs that a run may ask for; more is a slip of the finger, not a plan. */
const maxEpochs = 1_000_000;

/** Every hyperparameter by name, with the values it accepts. */
export const hyperparameters = {
  epochs: z.int().min(1).max(maxEpochs),
  test_size: finite.gt(0).lt(1),
  random_state: z.int().min(0).max(4_294_967_295),
  learning_rate: positive,
  learning_rate_schedule: z.enum(['constant', 'optimal', 'invscaling']),
  power_t: finite,
  penalty,
  alpha: nonNegative,
  l1_ratio: finite.min(0).max(1),
  class_weight: classWeight,
  C: positive,
  loss: z.enum(['hinge', 'squared_hinge']),
  batch_size: z.int().min(1).max(10_000_000),
  hidden_layer_sizes: z.array(z.int().min(1).max(10_000)).min(1).max(10),
  activation: z.enum(['relu', 'tanh', 'logistic']),
  solver: z.enum(['sgd', 'adam']),
  momentum: finite.min(0).max(1),
} as const;

export type HyperparameterName = keyof typeof hyperparameters;
export type HyperparameterValue = z.infer<(typeof hyperparameters)[HyperparameterName]>;

/** Parameters of the run itself; every model has them. */
const shared = { epochs: 10, test_size: 0.2, random_state: 42 };
const sgd = {
  ...shared,
  learning_rate: 0.01,
  learning_rate_schedule: 'constant' as const,
  power_t: 0.5,
  penalty: 'l2' as const,
  alpha: 0.0001,
  l1_ratio: 0.15,
  class_weight: null,
};

/** The effective hyperparameters of each model with their defaults, in the order in which a form shows them. */
export const defaults = {
  LR: sgd,
  SVM: sgd,
  PER: { ...shared, learning_rate: 1.0, penalty: 'none' as const, alpha: 0.0001, l1_ratio: 0.15, class_weight: null },
  PA: { ...shared, C: 1.0, loss: 'hinge' as const, class_weight: null },
  MLP: {
    ...shared,
    learning_rate: 0.01,
    batch_size: 32,
    hidden_layer_sizes: [100],
    activation: 'relu' as const,
    solver: 'sgd' as const,
    momentum: 0.9,
    alpha: 0.0001,
  },
} satisfies Record<ModelCode, Partial<Record<HyperparameterName, HyperparameterValue>>>;

const sgdParams = z.object({
  epochs: hyperparameters.epochs,
  test_size: hyperparameters.test_size,
  random_state: hyperparameters.random_state,
  learning_rate: hyperparameters.learning_rate,
  learning_rate_schedule: hyperparameters.learning_rate_schedule,
  power_t: hyperparameters.power_t,
  penalty: hyperparameters.penalty,
  alpha: hyperparameters.alpha,
  l1_ratio: hyperparameters.l1_ratio,
  class_weight: hyperparameters.class_weight,
});
const perceptronParams = sgdParams.omit({ learning_rate_schedule: true, power_t: true });
const passiveAggressiveParams = z.object({
  epochs: hyperparameters.epochs,
  test_size: hyperparameters.test_size,
  random_state: hyperparameters.random_state,
  C: hyperparameters.C,
  loss: hyperparameters.loss,
  class_weight: hyperparameters.class_weight,
});
const mlpParams = z.object({
  epochs: hyperparameters.epochs,
  test_size: hyperparameters.test_size,
  random_state: hyperparameters.random_state,
  learning_rate: hyperparameters.learning_rate,
  batch_size: hyperparameters.batch_size,
  hidden_layer_sizes: hyperparameters.hidden_layer_sizes,
  activation: hyperparameters.activation,
  solver: hyperparameters.solver,
  momentum: hyperparameters.momentum,
  alpha: hyperparameters.alpha,
});

/** A model with all of its hyperparameters filled in: what training runs on, and what the database keeps. */
export const ModelSpec = z.discriminatedUnion('model', [
  z.object({ model: z.literal('LR'), params: sgdParams }),
  z.object({ model: z.literal('SVM'), params: sgdParams }),
  z.object({ model: z.literal('PER'), params: perceptronParams }),
  z.object({ model: z.literal('PA'), params: passiveAggressiveParams }),
  z.object({ model: z.literal('MLP'), params: mlpParams }),
]);
export type ModelSpec = z.infer<typeof ModelSpec>;
