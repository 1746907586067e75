import type { EstimatorSpec, SgdParams } from '../types.js';

export type LinearSpec = Exclude<EstimatorSpec, { readonly model: 'MLP' }>;

/** What the four linear models differ in, in the words of `SGDClassifier`, which they all are. */
export interface SgdRule {
  readonly loss: 'log_loss' | 'hinge';
  /** Hinge loss is `max(0, threshold - margin)`: 1 for SVM and PA, 0 for the perceptron. */
  readonly threshold: number;
  /** How the size of an update follows from time and sample; `pa1` and `pa2` are the passive-aggressive rules. */
  readonly step: 'constant' | 'optimal' | 'invscaling' | 'pa1' | 'pa2';
  /** The step size to start from; the limit C for the passive-aggressive rules. */
  readonly eta0: number;
  readonly powerT: number;
  readonly penalty: SgdParams['penalty'];
  readonly alpha: number;
  /** Share of the L1 penalty: 0 with `l2`, 1 with `l1`. */
  readonly l1Ratio: number;
}

/** @throws RangeError for `optimal` with alpha 0: the schedule divides by it, and scikit-learn refuses it */
export function sgdRuleOf(spec: LinearSpec): SgdRule {
  if (spec.model === 'PA') {
    const step = spec.params.loss === 'hinge' ? 'pa1' : 'pa2';
    return { loss: 'hinge', threshold: 1, step, eta0: spec.params.C, powerT: 0, penalty: 'none', alpha: 1, l1Ratio: 0 };
  }
  const { learning_rate: eta0, alpha, penalty, l1_ratio } = spec.params;
  const l1Ratio = penalty === 'l1' ? 1 : penalty === 'elasticnet' ? l1_ratio : 0;
  const common = { eta0, alpha, penalty, l1Ratio };
  if (spec.model === 'PER') return { loss: 'hinge', threshold: 0, step: 'constant', powerT: 0, ...common };
  const { learning_rate_schedule: step, power_t: powerT } = spec.params;
  if (step === 'optimal' && !(alpha > 0)) throw new RangeError("alpha must be above 0 with 'optimal'");
  return { loss: spec.model === 'LR' ? 'log_loss' : 'hinge', threshold: 1, step, powerT, ...common };
}
