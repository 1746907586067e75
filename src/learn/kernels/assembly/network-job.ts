/**
 * An epoch of a network for a crew; the operations of ../../mlp/epoch.ts.
 *
 * A batch has two phases, and a phase as many pieces as there are threads:
 *  1. rows of the batch, each through all layers and back: outputs, then deltas
 *  2. rows of each layer's weights: gradients (sums over the batch), the solver's step, the transpose
 * Nobody begins a phase before all have done the one before. Each thread takes the piece of its own number
 * first, whose weights are in its cache, and then those that others have not taken.
 *
 * A job may score one state and train on it as well. Scoring waits for nobody, so helpers begin with it, and the host
 * with the batches: small ones, of which a second thread takes nothing off, cost an epoch no more than themselves.
 */
import { finish, SIZE, take, waitFor, wake } from './crew';
import { adam, addBiases, columnSums, derive, gather, multiply, nesterov, outputDelta, transpose } from './network';
import { hits, scoreNetwork } from './score';

/** `t ** exponent` of the host, so that both paths take the same step. */
// @ts-ignore: decorator
@external('host', 'power')
declare function power(t: f64, exponent: f64): f64;

/** Rows of weights a time, of which the new squares have one sum: a whole number of vectors, whatever the units. */
const bundle = 4;
/** Rows that pass through the network at a time when they are only scored: what stays in the nearest caches. */
const blockRows = 64;
/** Rows a piece of scoring. */
const stretch = 256;

/** Numbers with gradient, velocity (first moment) and second moment, each padded to an even count by a 0. */
@unmanaged
class Parameters {
  values: usize;
  gradients: usize;
  velocities: usize;
  secondMoments: usize;
}

@unmanaged
class Layer {
  inputs: i32;
  units: i32;
  activation: i32;
  weights: Parameters;
  biases: Parameters;
  transposed: usize; // of the weights, for going back through the layer; 0 for the first
  outputs: usize;
  deltas: usize; // the last layer's are its outputs
  squares: usize; // two lists, by turns: a sum of squared weights for each bundle
}

@unmanaged
class Part {
  x: usize;
  codes: usize;
  rows: i32;
  losses: usize; // f64 a stretch
  hits: usize; // f64 a stretch
}

@unmanaged
export class NetworkJob {
  layers: usize; // addresses
  depth: i32;
  features: i32;
  train: Part;
  validation: Part;
  order: usize; // of the visit, or 0: rows lie in order
  batchX: usize; // for gathered rows
  batchCodes: usize;
  batchRows: i32;
  losses: usize; // f64 a row of a batch
  claims: usize; // the phase that each piece waits for, and last the pieces done, each on a cache line of its own
  scratch: usize; // for scoring: outputs of all layers for a block of rows, one a thread
  scratchBytes: i32;
  isAdam: i32;
  steps: i32; // of the solver before this epoch
  scored: usize; // layers to score with, of which inputs, units, activation, and values of the parameters count
  trains: i32;
  scores: i32;
  alpha: f64;
  momentum: f64;
  rate: f64;
  loss: f64; // out: sum over batches
}

function layerAt(layers: usize, index: i32): Layer {
  return changetype<Layer>(load<usize>(layers + (<usize>index << 2)));
}

/** Trains on all batches, scores both parts, or both. */
export function networkWork(crew: usize, job: NetworkJob, thread: i32): void {
  if (thread != 0 && job.scores) scoreParts(crew, job, thread);
  if (job.trains) train(crew, job, thread);
  if (thread == 0 && job.scores) scoreParts(crew, job, thread);
}

/** Pieces of `networkWork`, for the host to wait for. */
export function networkPieces(crew: usize, job: NetworkJob): i32 {
  const ofTraining = job.trains ? phasesOf(job) * load<i32>(crew + SIZE) : 0;
  return ofTraining + (job.scores ? stretches(job.train) + stretches(job.validation) : 0);
}

function phasesOf(job: NetworkJob): i32 {
  return 2 * ((job.train.rows + job.batchRows - 1) / job.batchRows);
}

function train(crew: usize, job: NetworkJob, thread: i32): void {
  const parts = load<i32>(crew + SIZE);
  const phases = phasesOf(job);
  const done = job.claims + (<usize>parts << 6);
  for (let phase = atomic.load<i32>(done) / parts; phase < phases; phase++) {
    waitFor(crew, done, phase * parts);
    for (let i = 0; i < parts; i++) {
      const piece = (thread + i) % parts;
      if (atomic.cmpxchg<i32>(job.claims + (<usize>piece << 6), phase, phase + 1) != phase) continue;
      if (phase & 1) move(job, phase >> 1, piece, parts);
      else propagate(job, phase >> 1, piece, parts);
      atomic.add<i32>(done, 1);
      wake(crew, done);
      finish(crew);
    }
  }
}

/** Some rows of a batch, forward and back. */
export function propagate(job: NetworkJob, batch: i32, piece: i32, parts: i32): void {
  const start = batch * job.batchRows;
  const rows = min(job.batchRows, job.train.rows - start);
  const from = part4(rows, piece, parts);
  const count = part4(rows, piece + 1, parts) - from;
  if (count <= 0) return;
  const bytes = <usize>job.features << 3;
  let x = job.train.x + <usize>(start + from) * bytes;
  let codes = job.train.codes + (<usize>(start + from) << 2);
  if (job.order) {
    x = job.batchX + <usize>from * bytes;
    codes = job.batchCodes + (<usize>from << 2);
    gather(job.train.x, job.train.codes, job.order, start + from, count, job.features, x, codes);
  }
  let input = x;
  for (let i = 0; i < job.depth; i++) {
    const layer = layerAt(job.layers, i);
    const outputs = layer.outputs + <usize>from * (<usize>layer.units << 3);
    forward(layer, input, outputs, count);
    input = outputs;
  }
  outputDelta(input, codes, count, layerAt(job.layers, job.depth - 1).units, job.losses + (<usize>from << 3));
  let delta = input;
  for (let i = job.depth - 1; i > 0; i--) {
    const above = layerAt(job.layers, i);
    const layer = layerAt(job.layers, i - 1);
    const offset = <usize>from * (<usize>layer.units << 3);
    const below = layer.deltas + offset;
    multiply(delta, <usize>above.units << 3, 8, above.transposed, below, count, layer.units, above.units);
    derive(layer.outputs + offset, below, count * layer.units, layer.activation);
    delta = below;
  }
}

function forward(layer: Layer, input: usize, outputs: usize, rows: i32): void {
  multiply(input, <usize>layer.inputs << 3, 8, layer.weights.values, outputs, rows, layer.units, layer.inputs);
  addBiases(outputs, layer.biases.values, rows, layer.units, layer.activation);
}

/** Moves some rows of each layer's weights, and the biases of some layers; the first piece adds up the loss. */
export function move(job: NetworkJob, batch: i32, piece: i32, parts: i32): void {
  const start = batch * job.batchRows;
  const rows = min(job.batchRows, job.train.rows - start);
  const step = job.steps + batch + 1;
  const rate = job.isAdam ? (job.rate * sqrt(1.0 - power(0.999, step))) / (1.0 - power(0.9, step)) : job.rate;
  if (piece == 0) job.loss += batchLoss(job, rows, batch & 1);
  let input = job.order ? job.batchX : job.train.x + <usize>start * (<usize>job.features << 3);
  for (let i = 0; i < job.depth; i++) {
    const layer = layerAt(job.layers, i);
    moveRows(job, layer, input, rows, rate, part4(layer.inputs, piece, parts), part4(layer.inputs, piece + 1, parts), (batch & 1) ^ 1);
    if (parts - 1 - (i % parts) == piece) {
      columnSums(layer.deltas, rows, layer.units, layer.biases.gradients);
      solve(job, layer.biases, 0, layer.units, 0.0, rows, rate);
    }
    input = layer.outputs;
  }
}

/** Rows `from` to `to - 1` of a layer's weights. */
function moveRows(job: NetworkJob, layer: Layer, input: usize, rows: i32, rate: f64, from: i32, to: i32, turn: i32): void {
  if (from >= to) return;
  const line = <usize>layer.units << 3;
  const gradients = layer.weights.gradients + <usize>from * line;
  multiply(input + (<usize>from << 3), 8, <usize>layer.inputs << 3, layer.deltas, gradients, to - from, layer.units, rows);
  for (let row = from; row < to; row += bundle) {
    const count = min(bundle, to - row) * layer.units;
    const squares = solve(job, layer.weights, <usize>row * line, count, job.alpha, rows, rate);
    store<f64>(squaresOf(layer, turn) + (<usize>(row / bundle) << 3), squares);
  }
  if (layer.transposed) {
    const out = layer.transposed + (<usize>from << 3);
    transpose(layer.weights.values + <usize>from * line, to - from, layer.units, out, <usize>layer.inputs << 3);
  }
}

function squaresOf(layer: Layer, turn: i32): usize {
  return layer.squares + <usize>(turn * bundlesOf(layer)) * 8;
}

function bundlesOf(layer: Layer): i32 {
  return (layer.inputs + bundle - 1) / bundle;
}

/** One step of the solver for `count` parameters from a byte on. @returns the sum of the new squares */
function solve(job: NetworkJob, p: Parameters, from: usize, count: i32, alpha: f64, rows: i32, rate: f64): f64 {
  const even = count + (count & 1);
  const values = p.values + from;
  const gradients = p.gradients + from;
  const velocities = p.velocities + from;
  if (!job.isAdam) return nesterov(values, gradients, velocities, even, alpha, rows, job.momentum, rate);
  return adam(values, gradients, velocities, p.secondMoments + from, even, alpha, rows, rate);
}

/** The batch's log losses and the penalty of the weights it began with. */
function batchLoss(job: NetworkJob, rows: i32, turn: i32): f64 {
  let loss: f64 = 0.0;
  for (let i = 0; i < rows; i++) loss += load<f64>(job.losses + (<usize>i << 3));
  let squares: f64 = 0.0;
  for (let i = 0; i < job.depth; i++) {
    const layer = layerAt(job.layers, i);
    const list = squaresOf(layer, turn);
    for (let k = 0; k < bundlesOf(layer); k++) squares += load<f64>(list + (<usize>k << 3));
  }
  return (loss / <f64>rows + (0.5 * job.alpha * squares) / <f64>rows) * <f64>rows;
}

/** Makes what training keeps beside the weights, once they are loaded: squares and transposes. */
export function networkLoad(job: NetworkJob): void {
  job.loss = 0.0;
  for (let i = 0; i < job.depth; i++) {
    const layer = layerAt(job.layers, i);
    const list = squaresOf(layer, 0);
    for (let k = 0; k < bundlesOf(layer); k++) {
      const first = k * bundle * layer.units;
      const end = min(first + bundle * layer.units, layer.inputs * layer.units);
      let squares: f64 = 0.0;
      for (let at = first; at < end; at++) {
        const value = load<f64>(layer.weights.values + (<usize>at << 3));
        squares += value * value;
      }
      store<f64>(list + (<usize>k << 3), squares);
    }
    if (layer.transposed) transpose(layer.weights.values, layer.inputs, layer.units, layer.transposed, <usize>layer.inputs << 3);
  }
}

/** Where the share of a piece begins: whole fours, for four rows are multiplied at a time. */
function part4(rows: i32, piece: i32, parts: i32): i32 {
  const fours = (rows + 3) / 4;
  return min(rows, 4 * ((fours * piece) / parts));
}

/** Scores both parts, stretch by stretch. */
function scoreParts(crew: usize, job: NetworkJob, thread: i32): void {
  const ofTrain = stretches(job.train);
  const all = ofTrain + stretches(job.validation);
  const scratch = job.scratch + <usize>thread * <usize>job.scratchBytes;
  for (let piece = take(crew); piece < all; piece = take(crew)) {
    if (piece < ofTrain) scoreStretch(job, job.train, piece, scratch);
    else scoreStretch(job, job.validation, piece - ofTrain, scratch);
    finish(crew);
  }
}

function stretches(part: Part): i32 {
  return (part.rows + stretch - 1) / stretch;
}

function scoreStretch(job: NetworkJob, part: Part, index: i32, scratch: usize): void {
  const end = min(part.rows, (index + 1) * stretch);
  let loss: f64 = 0.0;
  let found: f64 = 0.0;
  for (let from = index * stretch; from < end; from += blockRows) {
    const rows = min(blockRows, end - from);
    let input = part.x + <usize>from * (<usize>job.features << 3);
    let outputs = scratch;
    let units = 0;
    for (let i = 0; i < job.depth; i++) {
      const layer = layerAt(job.scored, i);
      forward(layer, input, outputs, rows);
      units = layer.units;
      input = outputs;
      outputs += <usize>(blockRows * units) << 3;
    }
    loss += scoreNetwork(input, part.codes + (<usize>from << 2), rows, units);
    found += hits();
  }
  store<f64>(part.losses + (<usize>index << 3), loss);
  store<f64>(part.hits + (<usize>index << 3), found);
}
