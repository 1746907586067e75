import { classWeightOf, weightsFromCounts } from '../class-weights.js';
import { confusionMatrix } from '../confusion-matrix.js';
import { DivergedError } from '../errors.js';
import { epochsOf, stateIsFinite } from '../estimator-state.js';
import type { Threads } from '../kernels/crew.js';
import { isLinear, newLinearState } from '../linear/linear-model.js';
import { newNetwork } from '../mlp/network.js';
import { predict } from '../predict.js';
import { RandomState } from '../random-state.js';
import type { ClassLabels, EpochScores, EstimatorSpec, EstimatorState, FittedEstimator } from '../types.js';
import { type BlockLearner, type BlockLearnerOptions, inStretches, type Place } from './block-learner.js';
import { type BlockPlan, roomForRows } from './block-plan.js';
import { epochOrder, type LaidRows } from './laid-rows.js';
import { linearBlockKernel } from './linear-block-kernel.js';
import { networkBlockKernel } from './network-block-kernel.js';
import { PlainLinearBlocks, PlainNetworkBlocks } from './plain-learner.js';

export interface BlockTrainerOptions {
  readonly spec: EstimatorSpec;
  /** All labels, sorted; at least two. */
  readonly classes: ClassLabels;
  readonly source: LaidRows;
  readonly plan: BlockPlan;
  /** What training may take: beyond the plan's blocks, rows stay in memory. No number depends on it. */
  readonly memoryBytes?: number | undefined;
  /** Go on from here: with the same plan the run ends with the same bytes as one that was never interrupted. */
  readonly resume?: EstimatorState | undefined;
  /** `plain` forces the readable loops where a faster kernel gives the same numbers. */
  readonly kernels?: 'auto' | 'plain' | undefined;
  /** Threads that may help the kernels; their number changes no result. */
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
  /** Counts of the validation rows by class (row) and predicted class (column), by one more reading of them. */
  confusion(): Promise<number[][]>;
  /** Ends the threads that help. No epoch can follow. */
  close(): void;
}

/** Pieces between two pauses: about a millisecond. */
const piecesAtOnce = 8;
/** Rows that are predicted at a time. */
const predictedRows = 256;

/**
 * Trains one estimator on a table larger than memory. A pass over the blocks that trains an epoch also scores the
 * state it began with, so each epoch reads the table once, and the last one once more.
 * @throws RangeError when the spec cannot be trained (`optimal` with alpha 0), or `resume` is another model's
 */
export function createBlockTrainer(options: BlockTrainerOptions): BlockTrainer {
  const { spec, classes, source, plan, resume, threads } = options;
  const { columns, trainRows, validationRows, trainingCounts } = source;
  const shape = { spec, classes: classes.length, rows: trainRows + validationRows, columns };
  const learning: BlockLearnerOptions = {
    classes: classes.length,
    columns,
    trainRows,
    validationRows,
    blockRows: Math.min(trainRows + validationRows, plan.blockRows),
    roomBytes: roomForRows(shape, plan, options.memoryBytes ?? 0),
    classWeights: weightsFromCounts(classWeightOf(spec), classes, trainingCounts),
  };
  if (isLinear(spec)) {
    if (resume && resume.kind !== 'linear') throw new RangeError('a linear model cannot go on from a network');
    const kernel = options.kernels === 'plain' ? null : linearBlockKernel(spec, learning, threads, source);
    const start = resume ?? newLinearState(classes.length, columns);
    return trainerOf(options, learning, start, kernel ?? new PlainLinearBlocks(spec, learning));
  }
  if (resume && resume.kind !== 'mlp') throw new RangeError('a network cannot go on from a linear model');
  const { params } = spec;
  const start = resume ?? newNetwork(params, columns, classes.length, new RandomState(params.random_state));
  const kernel = options.kernels === 'plain' ? null : networkBlockKernel(params, learning, threads);
  return trainerOf(options, learning, start, kernel ?? new PlainNetworkBlocks(params, learning));
}

function trainerOf<State extends EstimatorState>(
  { spec, classes, source, epochs }: BlockTrainerOptions,
  { blockRows, classWeights }: BlockLearnerOptions,
  start: State,
  learner: BlockLearner<State>,
): BlockTrainer {
  const { trainRows, columns } = source;
  let state = start;
  /** The state one epoch on, where it is known already. */
  let ahead: State | null = null;
  let epochsLeft = epochs ?? Number.POSITIVE_INFINITY;
  const layOut = layouts(spec, classes.length, source);
  const pass = async (from: State, train: boolean, score: boolean): Promise<void> => {
    await layOut(epochsOf(from, trainRows) === 0 ? 'first' : 'later');
    learner.begin(from, { train, score });
    const rows = learner.pieceRows ?? blockRows;
    await visitBlocks(source, blocksOf(source, rows, score && !learner.validatesAside ? 'both' : 'train'), learner);
    if (score && learner.validatesAside) {
      for (let taken = learner.takeAside?.(); taken; taken = learner.takeAside?.()) {
        await visitBlocks(source, cut('validation', trainRows + taken.from, taken.rows, rows), learner);
      }
    }
    await learner.settle?.();
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
    fitted: () => ({ spec, classes, features: columns, state, classWeights }),
    close: () => learner.close?.(),
    async confusion() {
      const counts = confusionMatrix(new Int32Array(0), new Int32Array(0), classes.length);
      const { places, pieceRows } = learner;
      const predictor = { places, pieceRows, ...predicting({ spec, state }, columns, counts) };
      await layOut('later');
      await visitBlocks(source, blocksOf(source, pieceRows ?? blockRows, 'validation'), predictor);
      return counts;
    },
  };
}

/** Lays the rows out in the order of an epoch, where they do not lie so already. */
function layouts(spec: EstimatorSpec, classes: number, source: LaidRows): (kind: 'first' | 'later') => Promise<void> {
  const shape = { classes, columns: source.columns, rows: source.trainRows };
  let laid: 'first' | 'later' | null = null;
  return async (kind) => {
    const wanted = isLinear(spec) ? 'later' : kind;
    if (laid === wanted) return;
    laid = null;
    await source.layOut(epochOrder(spec, wanted, shape));
    laid = wanted;
  };
}

interface Block {
  readonly from: number;
  readonly rows: number;
  readonly part: 'train' | 'validation';
}

/** The training rows in blocks, then the validation rows. */
function blocksOf(
  { trainRows, validationRows }: LaidRows,
  blockRows: number,
  parts: 'train' | 'validation' | 'both',
): Block[] {
  return [
    ...(parts === 'validation' ? [] : cut('train', 0, trainRows, blockRows)),
    ...(parts === 'train' ? [] : cut('validation', trainRows, validationRows, blockRows)),
  ];
}

/** Blocks of at most `blockRows` rows. @param first row of the layout */
function cut(part: Block['part'], first: number, rows: number, blockRows: number): Block[] {
  return Array.from({ length: Math.ceil(rows / blockRows) }, (_, i) => {
    const from = first + i * blockRows;
    return { part, from, rows: Math.min(blockRows, first + rows - from) };
  });
}

/** Adds the validation rows of each visit to `counts`. */
function predicting(
  model: Pick<FittedEstimator, 'spec' | 'state'>,
  columns: number,
  counts: number[][],
): Pick<BlockLearner<EstimatorState>, 'visit' | 'validate'> {
  return {
    visit: () => undefined,
    validate(place, rows) {
      inStretches(place, rows, predictedRows, ({ x: data, y }) => {
        const predicted = predict(model, { data, rows: y.length, columns });
        confusionMatrix(y, predicted, counts.length).forEach((row, code) => {
          row.forEach((count, k) => {
            const total = counts[code];
            if (total) total[k] = (total[k] ?? 0) + count;
          });
        });
      });
    },
  };
}

type Visitor<State extends EstimatorState> = Pick<
  BlockLearner<State>,
  'places' | 'pieceRows' | 'pieceAt' | 'visit' | 'validate'
>;

/** Reads block after block, where nobody has read it yet, and visits each at once. */
async function visitPieces<State extends EstimatorState>(
  source: LaidRows,
  blocks: readonly Block[],
  visitor: Visitor<State>,
  place: Place,
): Promise<void> {
  for (const [i, block] of blocks.entries()) {
    const here = (block.part === 'train' && visitor.pieceAt?.(i)) || { place, isRead: false };
    if (!here.isRead) source.readNow(block.from, block.rows, here.place.x, here.place.y);
    if (block.part === 'train') visitor.visit(here.place, block.rows);
    else visitor.validate(here.place, block.rows);
    if (i % piecesAtOnce === 0) await source.pause();
  }
}

/** Visits block after block; while one is visited, as many more are read as there are places left. */
async function visitBlocks<State extends EstimatorState>(
  source: LaidRows,
  blocks: readonly Block[],
  learner: Visitor<State>,
): Promise<void> {
  const { places, pieceRows } = learner;
  const [place] = places;
  if (pieceRows !== undefined && place) return visitPieces(source, blocks, learner, place);
  const reading = blocks.slice(0, places.length).map((block, i) => reader(source, block, places[i]));
  try {
    for (let i = 0; i < blocks.length; i += 1) {
      const block = blocks[i];
      const place = places[i % places.length];
      if (!block || !place) break;
      await reading[i];
      if (block.part === 'train') learner.visit(place, block.rows);
      else learner.validate(place, block.rows);
      const next = blocks[i + places.length];
      if (next) reading.push(reader(source, next, place));
      await source.pause();
    }
  } finally {
    await Promise.allSettled(reading.slice(-places.length));
  }
}

/** Begins to read; a fault is met where the block is awaited. */
function reader(source: LaidRows, { from, rows }: Block, place: Place | undefined): Promise<void> {
  if (place === undefined) return Promise.resolve();
  const reading = source.read(from, rows, place.x, place.y);
  reading.catch(() => undefined);
  return reading;
}
