import { exactExp } from '../exact-exp.js';
import type { Matrix, MlpParams } from '../types.js';

export type Activation = MlpParams['activation'];

/** 1 / (1 + e^-z). */
export function logistic(z: number): number {
  return 1 / (1 + exactExp(-z));
}

const functions: Record<Activation, (z: number) => number> = {
  relu: (z) => Math.max(z, 0),
  tanh: Math.tanh,
  logistic,
};

/** Applies the hidden activation to every element, in place. */
export function activate(activation: Activation, z: Matrix): void {
  const f = functions[activation];
  for (let i = 0; i < z.data.length; i += 1) z.data[i] = f(z.data[i] as number);
}

/**
 * Multiplies `delta` in place by the activation's derivative, which follows from its value a alone:
 * relu `a != 0`, tanh `1 - a^2`, logistic `a (1 - a)`.
 */
export function multiplyByDerivative(activation: Activation, a: Matrix, delta: Matrix): void {
  for (let i = 0; i < delta.data.length; i += 1) {
    const value = a.data[i] as number;
    const d = delta.data[i] as number;
    if (activation === 'relu') delta.data[i] = value === 0 ? 0 : d;
    else if (activation === 'tanh') delta.data[i] = d * (1 - value * value);
    else delta.data[i] = d * value * (1 - value);
  }
}

/**
 * Turns the outputs of the last layer into probabilities, in place: the logistic function for the one unit
 * of a binary network, else softmax after taking off the row's maximum (which cancels, and cannot overflow).
 */
export function toProbabilities(z: Matrix): void {
  if (z.columns === 1) {
    activate('logistic', z);
    return;
  }
  for (let i = 0; i < z.rows; i += 1) {
    const row = z.data.subarray(i * z.columns, (i + 1) * z.columns);
    const largest = row.reduce((a, b) => Math.max(a, b));
    let sum = 0;
    for (let k = 0; k < row.length; k += 1) {
      row[k] = exactExp((row[k] as number) - largest);
      sum += row[k] as number;
    }
    for (let k = 0; k < row.length; k += 1) row[k] = (row[k] as number) / sum;
  }
}
