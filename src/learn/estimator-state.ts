import { linearIsFinite } from './linear/linear-model.js';
import { networkIsFinite } from './mlp/network.js';
import type { EstimatorState } from './types.js';

export function stateIsFinite(state: EstimatorState): boolean {
  return state.kind === 'linear' ? linearIsFinite(state) : networkIsFinite(state);
}

/** Epochs that led to this state. @param rows that train */
export function epochsOf(state: EstimatorState, rows: number): number {
  return state.kind === 'linear' ? Math.round((state.t - 1) / rows) : state.lossCurve.length;
}
