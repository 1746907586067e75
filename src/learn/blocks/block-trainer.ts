import { classWeightOf, weightsFromCounts } from '../class-weights.js';
import { confusionMatrix } from '../confusion-matrix.js';
import { DivergedError } from '../errors.js';
import type { Threads } from '../kernels/crew.js';
import { isLinear, linearIsFinite, newLinearState } from '../linear/linear-model.js';
import { gather, gatherCodes } from '../mlp/epoch.js';
import { networkIsFinite, newNetwork } from '../mlp/network.js';
import { predict } from '../predict.js';
import { RandomState } from '../random-state.js';
import type { ClassLabels, EpochScores, EstimatorSpec, EstimatorState, FittedEstimator } from '../types.js';
import { type BlockLearner, type BlockLearnerOptions, inChunks } from './block-learner.js';
import { BlockOrder } from './block-order.js';
import type { BlockPlan } from './block-plan.js';
import { linearBlockKernel } from './linear-block-kernel.js';
import { networkBlockKernel } from './network-block-kernel.js';
import type { PagedRows } from './paged-rows.js';
import { PlainLinearBlocks, PlainNetworkBlocks } from './plain-learner.js';

export interface BlockTrainerOptions {
  readonly spec: EstimatorSpec;
  /** All labels, sorted; at least two. */
  readonly classes: ClassLabels;
  readonly source: PagedRows;
  readonly plan: BlockPlan;
  /** Go on from here: with the same plan the run ends with the same bytes as one that was never interrupted. */
  readonly resume?: EstimatorState | undefined;
  /** `plain` forces the readable loops where a faster kernel gives the same numbers. */
  readonly kernels?: 'auto' | 'plain' | undefined;
  /** Threads that may help the kernels of a network; their number changes no result. */
  readonly threads?: Threads | undefined;
  /** How many epochs will be asked for, if known: saves training ahead of the last one. More may be asked for. */
  readonly epochs?: number | undefined;
}

export interface BlockTrainer {
  /**
   * Trains one epoch over all blocks, then scores both parts.
   * @throws DivergedError when a weight or a loss is not finite, and whatever the source throws; the state then
   *   stays that of the epoch before
   */
  epoch(): Promise<EpochScores>;
  /** The estimator as it is now; what it holds is not changed by later epochs. */
  fitted(): FittedEstimator;
  /** Counts of the validation rows by class (row) and predicted class (column), by one more reading of the table. */
  confusion(): Promise<number[][]>;
  /** Ends the threads that help. No epoch can follow. */
  close(): void;
}

/** Training rows visited between two pauses, more or less. */
const stretchRows = 16384;

/**
 * Trains one estimator on a table larger than memory. A pass over the blocks that trains an epoch also scores the
 * state it began with, so each epoch reads the table once, and the last one once more.
 * @throws RangeError when the spec cannot be trained (`optimal` with alpha 0), or `resume` is another model's
 */
export function createBlockTrainer(options: BlockTrainerOptions): BlockTrainer {
  const { spec, classes, source, plan, resume } = options;
  const { columns, rows, trainingCounts } = source;
  const trainRows = trainingCounts.reduce((sum, count) => sum + count, 0);
  const learning: BlockLearnerOptions = {
    classes: classes.length,
    columns,
    trainRows,
    validationRows: rows - trainRows,
    blockRows: Math.min(rows, plan.blockPages * plan.pageRows),
    chunkRows: plan.chunkRows,
    classWeights: weightsFromCounts(classWeightOf(spec), classes, trainingCounts),
  };
  if (isLinear(spec)) {
    if (resume && resume.kind !== 'linear') throw new RangeError('a linear model cannot go on from a network');
    const kernel = options.kernels === 'plain' ? null : linearBlockKernel(spec, learning);
    const start = resume ?? newLinearState(classes.length, columns);
    return trainerOf(options, learning, start, kernel ?? new PlainLinearBlocks(spec, learning));
  }
  if (resume && resume.kind !== 'mlp') throw new RangeError('a network cannot go on from a linear model');
  const { params } = spec;
  const start = resume ?? newNetwork(params, columns, classes.length, new RandomState(params.random_state));
  const kernel = options.kernels === 'plain' ? null : networkBlockKernel(params, learning, options.threads);
  return trainerOf(options, learning, start, kernel ?? new PlainNetworkBlocks(params, learning));
}

function trainerOf<State extends EstimatorState>(
  { spec, classes, source, plan, epochs }: BlockTrainerOptions,
  { trainRows, classWeights }: BlockLearnerOptions,
  start: State,
  learner: BlockLearner<State>,
): BlockTrainer {
  let state = start;
  /** The state one epoch on, where it is known already. */
  let ahead: State | null = null;
  let epochsLeft = epochs ?? Number.POSITIVE_INFINITY;
  const pass = async (from: State, train: boolean, score: boolean): Promise<void> => {
    const order = new BlockOrder(source, plan, spec.params.random_state, epochsOf(from, trainRows) + 1);
    learner.begin(from, { train, score });
    await visitBlocks(source, plan, order, learner, 'batch_size' in spec.params ? spec.params.batch_size : 1);
  };
  return {
    async epoch() {
      if (ahead === null) {
        await pass(state, true, false);
        ahead = learner.trained();
      }
      const trained = ahead;
      const diverged = new DivergedError(epochsOf(trained, trainRows));
      if (!stateIsFinite(trained)) throw diverged;
      const goesOn = epochsLeft > 1;
      await pass(trained, goesOn, true);
      const scores = learner.scores();
      if (!Number.isFinite(scores.train.loss + scores.validation.loss)) throw diverged;
      state = trained;
      ahead = goesOn ? learner.trained() : null;
      epochsLeft -= 1;
      return scores;
    },
    fitted: () => ({ spec, classes, features: source.columns, state, classWeights }),
    close: () => learner.close?.(),
    async confusion() {
      const counts = confusionMatrix(new Int32Array(0), new Int32Array(0), classes.length);
      const predictor = { places: learner.places, visit: predicting({ spec, state }, source.columns, plan, counts) };
      await visitBlocks(source, plan, new BlockOrder(source, plan, 0, 0), predictor, 1);
      return counts;
    },
  };
}

/** Adds the validation rows of each visit to `counts`. */
function predicting(
  model: Pick<FittedEstimator, 'spec' | 'state'>,
  columns: number,
  { chunkRows }: BlockPlan,
  counts: number[][],
): BlockLearner<EstimatorState>['visit'] {
  return ({ x: data, y }, { validation }) => {
    const x = { data, rows: y.length, columns };
    inChunks(validation, chunkRows, (rows) => {
      const predicted = predict(model, gather(x, rows));
      confusionMatrix(gatherCodes(y, rows), predicted, counts.length).forEach((row, code) => {
        row.forEach((count, k) => {
          const total = counts[code];
          if (total) total[k] = (total[k] ?? 0) + count;
        });
      });
    });
  };
}

/** Visits block after block; while one is visited the next is read. */
async function visitBlocks<State extends EstimatorState>(
  source: PagedRows,
  { pageRows }: BlockPlan,
  order: BlockOrder,
  learner: Pick<BlockLearner<State>, 'places' | 'visit'>,
  batchRows: number,
): Promise<void> {
  const stretch = Math.ceil(stretchRows / batchRows) * batchRows;
  const read = (block: number): Promise<void> => {
    if (block >= order.blocks) return Promise.resolve();
    const { x, y } = learner.places[block % 2 === 0 ? 0 : 1];
    return source.read(order.pagesOf(block), pageRows, x, y);
  };
  let reading = read(0);
  try {
    for (let block = 0; block < order.blocks; block += 1) {
      await reading;
      reading = read(block + 1);
      reading.catch(() => undefined); // Its fault is met where it is awaited.
      const place = learner.places[block % 2 === 0 ? 0 : 1];
      const { training, validation } = order.rowsOf(block);
      for (let from = 0; from < training.length; from += stretch) {
        learner.visit(place, { training: training.subarray(from, from + stretch), validation: noRows });
        await source.pause();
      }
      learner.visit(place, { training: noRows, validation });
      await source.pause();
    }
  } finally {
    await reading.catch(() => undefined);
  }
}

const noRows = new Int32Array(0);

function stateIsFinite(state: EstimatorState): boolean {
  return state.kind === 'linear' ? linearIsFinite(state) : networkIsFinite(state);
}

/** Epochs that led to this state. */
function epochsOf(state: EstimatorState, rows: number): number {
  return state.kind === 'linear' ? Math.round((state.t - 1) / rows) : state.lossCurve.length;
}
