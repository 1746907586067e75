import { sidesOf } from '../linear/linear-model.js';
import { finishPass, type Pass, startPass, visitRows } from '../linear/sgd-pass.js';
import { type LinearSpec, sgdRuleOf } from '../linear/sgd-rule.js';
import { copyOf, finishEpoch, gather, gatherCodes, type MlpPass, visitBatches } from '../mlp/epoch.js';
import { score } from '../predict.js';
import type { EpochScores, EstimatorSpec, EstimatorState, LinearState, Matrix, MlpParams, MlpState } from '../types.js';
import {
  type BlockLearner,
  type BlockLearnerOptions,
  inChunks,
  type Place,
  Tally,
  type Work,
} from './block-learner.js';

type Rows = Parameters<BlockLearner<EstimatorState>['visit']>[1];

/** What the plain learners share: places in ordinary memory, and scores by chunks of rows. */
abstract class PlainBlocks<State extends EstimatorState> implements BlockLearner<State> {
  readonly places: readonly [Place, Place];
  private readonly tallies: { train: Tally; validation: Tally };
  private work: Work = { train: false, score: false };
  private from: State | null = null;

  constructor(
    private readonly spec: EstimatorSpec,
    protected readonly options: BlockLearnerOptions,
  ) {
    const place = (): Place => ({
      x: new Float64Array(options.blockRows * options.columns),
      y: new Int32Array(options.blockRows),
    });
    this.places = [place(), place()];
    this.tallies = { train: new Tally(options.trainRows), validation: new Tally(options.validationRows) };
  }

  begin(state: State, work: Work): void {
    this.from = state;
    this.work = work;
    this.tallies.train.clear();
    this.tallies.validation.clear();
    if (work.train) this.start(state);
  }

  visit({ x: data, y }: Place, { training, validation }: Rows): void {
    const { columns, blockRows } = this.options;
    const x = { data, rows: blockRows, columns };
    if (this.work.score) {
      this.score(x, y, training, this.tallies.train);
      this.score(x, y, validation, this.tallies.validation);
    }
    if (this.work.train) this.train(x, y, training);
  }

  scores(): EpochScores {
    return { train: this.tallies.train.scores, validation: this.tallies.validation.scores };
  }

  private score(x: Matrix, y: Int32Array, rows: Int32Array, tally: Tally): void {
    const { from } = this;
    if (from === null) return;
    inChunks(rows, this.options.chunkRows, (chunk) => {
      const { accuracy, loss } = score(this.spec, from, gather(x, chunk), gatherCodes(y, chunk));
      tally.add(Math.round(accuracy * chunk.length), loss * chunk.length);
    });
  }

  abstract trained(): State;
  protected abstract start(state: State): void;
  protected abstract train(x: Matrix, y: Int32Array, order: Int32Array): void;
}

/** All binary problems visit the rows in one order; each goes on through the blocks with its factor s and count t. */
export class PlainLinearBlocks extends PlainBlocks<LinearState> {
  private readonly rule;
  private coef: Matrix = { data: new Float64Array(0), rows: 0, columns: 0 };
  private passes: Pass[] = [];

  constructor(spec: LinearSpec, options: BlockLearnerOptions) {
    super(spec, options);
    this.rule = sgdRuleOf(spec);
  }

  protected start({ coef, intercept, t }: LinearState): void {
    this.coef = { ...coef, data: coef.data.slice() };
    this.passes = Array.from(intercept, (b) => startPass(this.rule, coef.columns, b, t));
  }

  protected train(x: Matrix, y: Int32Array, order: Int32Array): void {
    const { classes, classWeights } = this.options;
    this.passes.forEach((pass, k) => {
      visitRows(this.rule, { x, y, order, ...sidesOf(k, classes, classWeights) }, this.weightsOf(k), pass);
    });
  }

  trained(): LinearState {
    const intercept = Float64Array.from(this.passes, (pass, k) => finishPass(this.weightsOf(k), pass));
    return { kind: 'linear', coef: this.coef, intercept, t: this.passes[0]?.t ?? 1 };
  }

  private weightsOf(k: number): Float64Array {
    const { data, columns } = this.coef;
    return data.subarray(k * columns, (k + 1) * columns);
  }
}

/** Batches are cut within a stretch of a block's rows; the last of a block may be smaller. */
export class PlainNetworkBlocks extends PlainBlocks<MlpState> {
  private pass: MlpPass | null = null;

  constructor(
    private readonly params: MlpParams,
    options: BlockLearnerOptions,
  ) {
    super({ model: 'MLP', params }, options);
  }

  protected start(state: MlpState): void {
    this.pass = { state: copyOf(state), steps: state.optimiser.steps, loss: 0 };
  }

  protected train(x: Matrix, y: Int32Array, order: Int32Array): void {
    if (this.pass) visitBatches(this.params, x, y, order, this.pass);
  }

  trained(): MlpState {
    if (this.pass === null) throw new Error('no pass that trains was begun');
    return finishEpoch(this.pass, this.options.trainRows);
  }
}
