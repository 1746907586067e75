/** Machine learning in plain numbers, equal to scikit-learn's; this room imports nothing. */
export { type BlockPlan, bytesInMemory, planBlocks } from './blocks/block-plan.js';
export { createBlockTrainer } from './blocks/block-trainer.js';
export type { Aide, AidePlan, LaidRows } from './blocks/laid-rows.js';
export { classFigures, confusionMatrix } from './confusion-matrix.js';
export { DivergedError, SplitError } from './errors.js';
export type { Threads } from './kernels/crew.js';
export type { PlacingPlan, RowRoom } from './kernels/row-room.js';
export { decisionFunction, predict, predictProba } from './predict.js';
export { trainTestSplit } from './split.js';
export { mean, medianInPlace, scaling, standardise } from './standard-scaler.js';
export { createTrainer, openRoom, type Trainer } from './trainer.js';
