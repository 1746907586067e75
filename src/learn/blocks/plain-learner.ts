import { stretchRows as linearStretchRows } from '../kernels/linear-problems.js';
import { stretchRows as networkStretchRows } from '../kernels/network-kernel.js';
import { sidesOf } from '../linear/linear-model.js';
import { finishPass, type Pass, startPass, visitRows } from '../linear/sgd-pass.js';
import { type LinearSpec, sgdRuleOf } from '../linear/sgd-rule.js';
import { copyOf, finishEpoch, type MlpPass, visitBatches } from '../mlp/epoch.js';
import { score } from '../predict.js';
import type { EpochScores, EstimatorSpec, EstimatorState, LinearState, Matrix, MlpParams, MlpState } from '../types.js';
import {
  type BlockLearner,
  type BlockLearnerOptions,
  inStretches,
  type Place,
  Tallies,
  type Tally,
  type Work,
} from './block-learner.js';
import { blockPlaces } from './block-plan.js';

/** What the plain learners share: places in ordinary memory, and scores by stretches of rows, as the kernels have them. */
abstract class PlainBlocks<State extends EstimatorState> implements BlockLearner<State> {
  readonly places: readonly Place[];
  private readonly tallies: Tallies;
  private work: Work = { train: false, score: false };
  private from: State | null = null;

  constructor(
    private readonly spec: EstimatorSpec,
    protected readonly options: BlockLearnerOptions,
    private readonly stretchRows: number,
  ) {
    const { blockRows, columns } = options;
    this.places = Array.from({ length: blockPlaces }, () => ({
      x: new Float64Array(blockRows * columns),
      y: new Int32Array(blockRows),
    }));
    this.tallies = new Tallies(options);
  }

  begin(state: State, work: Work): void {
    this.from = state;
    this.work = work;
    this.tallies.clear();
    if (work.train) this.start(state);
  }

  visit(place: Place, rows: number): void {
    if (this.work.score) this.score(place, rows, this.tallies.train);
    if (!this.work.train) return;
    const x = { data: place.x, rows, columns: this.options.columns };
    this.learn(
      x,
      place.y,
      new Int32Array(rows).map((_, i) => i),
    );
  }

  validate(place: Place, rows: number): void {
    this.score(place, rows, this.tallies.validation);
  }

  scores(): EpochScores {
    return this.tallies.scores;
  }

  private score(place: Place, rows: number, tally: Tally): void {
    const { from } = this;
    if (from === null) return;
    inStretches(place, rows, this.stretchRows, ({ x: data, y }) => {
      const { accuracy, loss } = score(this.spec, from, { data, rows: y.length, columns: this.options.columns }, y);
      tally.add(Math.round(accuracy * y.length), loss * y.length);
    });
  }

  abstract trained(): State;
  protected abstract start(state: State): void;
  protected abstract learn(x: Matrix, y: Int32Array, order: Int32Array): void;
}

/** All binary problems visit the rows in one order; each goes on through the blocks with its factor s and count t. */
export class PlainLinearBlocks extends PlainBlocks<LinearState> {
  private readonly rule;
  private coef: Matrix = { data: new Float64Array(0), rows: 0, columns: 0 };
  private passes: Pass[] = [];

  constructor(spec: LinearSpec, options: BlockLearnerOptions) {
    super(spec, options, linearStretchRows);
    this.rule = sgdRuleOf(spec);
  }

  protected start({ coef, intercept, t }: LinearState): void {
    this.coef = { ...coef, data: coef.data.slice() };
    this.passes = Array.from(intercept, (b) => startPass(this.rule, coef.columns, b, t));
  }

  protected learn(x: Matrix, y: Int32Array, order: Int32Array): void {
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

/** Batches are cut within a block's rows; the last of a block may be smaller. */
export class PlainNetworkBlocks extends PlainBlocks<MlpState> {
  private pass: MlpPass | null = null;

  constructor(
    private readonly params: MlpParams,
    options: BlockLearnerOptions,
  ) {
    super({ model: 'MLP', params }, options, networkStretchRows);
  }

  protected start(state: MlpState): void {
    this.pass = { state: copyOf(state), steps: state.optimiser.steps, loss: 0 };
  }

  protected learn(x: Matrix, y: Int32Array, order: Int32Array): void {
    if (this.pass) visitBatches(this.params, x, y, order, this.pass);
  }

  trained(): MlpState {
    if (this.pass === null) throw new Error('no pass that trains was begun');
    return finishEpoch(this.pass, this.options.trainRows);
  }
}
