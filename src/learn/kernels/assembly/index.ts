/** What the host may call; see ../kernel-module.ts for the types it sees. */
export { exp, expTable } from './exp';
export { passFour, passOne, squaredNorms } from './linear';
export { adam, addBiases, columnSums, derive, gather, multiply, nesterov, outputDelta, transpose } from './network';
export { decide, hits, scoreHinge, scoreLogistic, scoreNetwork } from './score';

/** Where free memory begins. */
export function freeFrom(): usize {
  return __heap_base;
}
