import type { OwnStepName } from '../contract/entities.js';
import type { StepHandler } from './context.js';
import { preprocess } from './preprocess.js';
import { train } from './train.js';
import { upload } from './upload.js';

export type { StepContext, StepHandler } from './context.js';

export const stepHandlers: Record<OwnStepName, StepHandler> = { upload, preprocess, train };
