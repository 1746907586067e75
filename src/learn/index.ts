/** Machine learning in plain numbers, equal to scikit-learn's; this room imports nothing. */
export { type ClassFigures, classFigures, confusionMatrix } from './confusion-matrix.js';
export { DivergedError, SplitError, type SplitFault } from './errors.js';
export { decisionFunction, predict, predictProba } from './predict.js';
export { type Split, type SplitRequest, trainTestSplit } from './split.js';
export { mean, median, type Summation, standardise } from './standard-scaler.js';
export { createTrainer, type LabelledRows, type Trainer, type TrainerOptions } from './trainer.js';
