/** What the host may call; see ../kernel-module.ts for the types it sees. Some are here only to stay functions of their own: the engine replaces code by faster code call by call. */
export { exp, expTable } from './exp';
export { serve, work } from './jobs';
export { passFive, passFour, passOne, squaredNorms } from './linear';
export { adam, addBiases, columnSums, derive, gather, multiply, nesterov, outputDelta, transpose } from './network';
export { move, networkLoad, propagate } from './network-job';
export { placeRows, takeRows } from './rows';
export { decide, hits, scoreHinge, scoreLogistic, scoreNetwork } from './score';

/** Where free memory begins. */
export function freeFrom(): usize {
  return __heap_base;
}
