import type { MlpParams, MlpState } from '../types.js';

/**
 * Moves the parameters by their gradients, in place, and the optimiser's memory with them. All three lists
 * run in the same order: the weights of each layer, then the biases of each layer.
 */
export type Update = (
  parameters: readonly Float64Array[],
  gradients: readonly Float64Array[],
  optimiser: MlpState['optimiser'],
) => void;

/** @returns the step of the solver; `stepNumber` counts batches from 1 */
export function updateBy(params: MlpParams, stepNumber: number): Update {
  return params.solver === 'sgd' ? nesterov(params) : adam(params, stepNumber);
}

/** v <- momentum v - rate g; w <- w + momentum v - rate g, with the new v (Nesterov's momentum, `SGDOptimizer`). */
function nesterov({ momentum, learning_rate: rate }: MlpParams): Update {
  return (parameters, gradients, { velocities }) =>
    parameters.forEach((w, layer) => {
      const g = gradients[layer];
      const v = velocities[layer];
      if (!g || !v) return;
      for (let i = 0; i < w.length; i += 1) {
        v[i] = momentum * (v[i] as number) - rate * (g[i] as number);
        w[i] = (w[i] as number) + (momentum * (v[i] as number) - rate * (g[i] as number));
      }
    });
}

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/**
 * m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g^2; w <- w - rate m / (sqrt(v) + epsilon), the
 * rate corrected for both having started at 0 (Kingma and Ba, 2014; `AdamOptimizer`). m is kept in
 * `velocities`.
 */
function adam({ learning_rate }: MlpParams, stepNumber: number): Update {
  const rate = adamRate(learning_rate, stepNumber);
  return (parameters, gradients, { velocities, secondMoments }) =>
    parameters.forEach((w, layer) => {
      const g = gradients[layer];
      const m = velocities[layer];
      const v = secondMoments[layer];
      if (!g || !m || !v) return;
      for (let i = 0; i < w.length; i += 1) {
        m[i] = beta1 * (m[i] as number) + (1 - beta1) * (g[i] as number);
        v[i] = beta2 * (v[i] as number) + (1 - beta2) * ((g[i] as number) * (g[i] as number));
        w[i] = (w[i] as number) + (-rate * (m[i] as number)) / (Math.sqrt(v[i] as number) + epsilon);
      }
    });
}

/** Adam's step size, corrected for both moments having started at 0; `stepNumber` counts from 1. */
function adamRate(learningRate: number, stepNumber: number): number {
  return (learningRate * Math.sqrt(1 - beta2 ** stepNumber)) / (1 - beta1 ** stepNumber);
}
