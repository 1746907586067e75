import { Crew, type Threads } from '../kernels/crew.js';
import { KernelModule, type Pointer } from '../kernels/kernel-module.js';
import { LinearPart, LinearProblems, stretchRows } from '../kernels/linear-problems.js';
import { type LinearSpec, type SgdRule, sgdRuleOf } from '../linear/sgd-rule.js';
import type { EpochScores, LinearState } from '../types.js';
import { at } from '../vector.js';
import {
  type BlockLearner,
  type BlockLearnerOptions,
  type Place,
  Tallies,
  type Tally,
  type Work,
} from './block-learner.js';
import { blockPlaces } from './block-plan.js';
import {
  type KernelPlace,
  kernelPlace,
  kernelPlaces,
  kernelPlacesBytes,
  placeAt,
  placeBytes,
} from './kernel-places.js';
import type { Aide, AidePlan, LaidRows } from './laid-rows.js';

/** What stays in the cache of one core beside the weights: read by that core, it is visited from there. */
const mostPieceBytes = 256 * 1024;

/** Words before those of the places: see `AidePlan`. */
const wordsHead = 2;

/** Pieces that are read ahead, at most. */
const mostAhead = 8;

/** What WebAssembly can address leaves so much for rows that stay in memory, with room for all else. */
const mostKeptBytes = 3 * 1024 ** 3;

/**
 * Rows of a piece: a power of two, so that pieces make whole stretches.
 * @returns null where the plan has no room for a stretch
 */
function pieceRowsOf({ blockRows, columns }: BlockLearnerOptions): number | null {
  if (blockRows % stretchRows !== 0) return null;
  const room = Math.max(1, mostPieceBytes / (columns * 8));
  return Math.min(stretchRows, 2 ** Math.floor(Math.log2(room)));
}

/**
 * Trains a linear model of two classes piece by piece by WebAssembly, the same operations in the same order as
 * `PlainLinearBlocks`.
 *
 * One place, small enough for the cache of a core, is filled by the thread that trains and visited at once. A row costs
 * little here: a copy that another core has just written would cost more to fetch than to make
 * (docs/decisions/0004-rows-in-order-of-visit.md). The first pieces stay in memory, as many as the budget has room for.
 * Of each row its decision and its class stay, until a whole stretch of rows is scored: its losses have one sum,
 * whatever the pieces are. Another thread scores the validation rows meanwhile, where more than one is allowed; what is
 * left of them when the training rows are visited is shared.
 *
 * @returns null where the plan has no room for a whole stretch, and where the memory or the engine has none
 */
export function linearPieceKernel(
  spec: LinearSpec,
  options: BlockLearnerOptions,
  threads: Threads | undefined,
  source: Pick<LaidRows, 'aide'>,
): LinearPieceKernel | null {
  const pieceRows = pieceRowsOf(options);
  if (pieceRows === null) return null;
  const pieces = { ...options, blockRows: pieceRows };
  const aide = (threads?.count ?? 1) > 1 ? source.aide?.bind(source) : undefined;
  const ahead = aide === undefined ? 0 : placesAhead(options, pieceRows);
  const aside = kernelPlacesBytes(pieces, 1) + stretchRows * 12 + 16 * stretchesOf(options.validationRows) + 512;
  const used = aside + kernelPlacesBytes(pieces, 1 + ahead) + stretchRows * 12 + 2 * LinearPart.bytes(pieceRows);
  const open = (kept: number): LinearPieceKernel | null => {
    const bytes = used + kernelPlacesBytes(pieces, kept) + LinearProblems.bytes(options) + 1024;
    const kernels = KernelModule.open(bytes);
    return kernels && new LinearPieceKernel(kernels, sgdRuleOf(spec), pieces, { ahead, kept }, aide);
  };
  const kept = piecesKept(pieces, options.roomBytes - used);
  return open(kept) ?? (kept > 0 ? open(0) : null);
}

/** Pieces of training rows that find room in so many bytes. */
function piecesKept(pieces: BlockLearnerOptions, bytes: number): number {
  const room = Math.floor(Math.min(bytes, mostKeptBytes) / placeBytes(pieces));
  return Math.min(Math.max(0, room), Math.ceil(pieces.trainRows / pieces.blockRows));
}

/** Pieces that may be read before they are visited: as many as stay in a cache, within the blocks of the plan. */
function placesAhead({ blockRows }: BlockLearnerOptions, pieceRows: number): number {
  const room = Math.floor((blockPlaces * blockRows) / pieceRows) - 2; // The piece at hand, and one that validates.
  return room < 2 ? 0 : Math.min(mostAhead, room);
}

const stretchesOf = (rows: number): number => Math.ceil(rows / stretchRows);

class LinearPieceKernel implements BlockLearner<LinearState> {
  readonly places: readonly KernelPlace[];
  readonly pieceRows: number;
  /** Where the first pieces stay, one place after the other. */
  private readonly keptAt: Pointer;
  /** How many of them have been read. */
  private keptRead = 0;
  /** The piece at hand. */
  private piece = 0;
  /** Where the next training rows are visited. */
  private current: KernelPlace | null = null;
  private readonly problems: LinearProblems;
  private readonly part: LinearPart;
  /** Of the rows of a stretch that were visited. */
  private readonly decisions: Pointer;
  private readonly codes: Pointer;
  /** Hits and loss of each stretch of validation rows, by the other thread. */
  private readonly sums: Pointer;
  private readonly aide: Aide | null;
  readonly validatesAside: boolean;
  /** See `AidePlan`. */
  private readonly words: Int32Array;
  private readonly wordsAt: Pointer;
  private filled = 0;
  /** Stretches of validation rows that this thread has taken from the other one's work, the last ones first. */
  private taken = 0;
  /** Rows that were visited since the pass began. */
  private readonly seen = { train: 0, validation: 0 };
  private readonly tallies: Tallies;
  private work: Work = { train: false, score: false };
  private t = 1;

  constructor(
    private readonly kernels: KernelModule,
    rule: SgdRule,
    private readonly options: BlockLearnerOptions,
    private readonly held: { readonly ahead: number; readonly kept: number },
    aide: LaidRows['aide'],
  ) {
    const { ahead, kept } = held;
    this.pieceRows = options.blockRows;
    this.places = kernelPlaces(kernels, options, 1 + ahead);
    this.keptAt = kernels.reserve(kept * placeBytes(options));
    this.wordsAt = kernels.reserve(4 * (wordsHead + ahead));
    this.words = kernels.integers(this.wordsAt, wordsHead + ahead);
    this.part = new LinearPart(kernels, this.pieceRows);
    const none = new LinearPart(kernels, 0);
    none.place(0, 0, 0, 0);
    this.problems = new LinearProblems(kernels, rule, options, new Crew(kernels, undefined), this.part, none);
    this.decisions = kernels.reserve(stretchRows * 8);
    this.codes = kernels.reserve(stretchRows * 4);
    this.tallies = new Tallies(options);
    this.sums = kernels.reserve(16 * stretchesOf(options.validationRows));
    this.aide = aide?.(this.planForAide()) ?? null;
    this.validatesAside = this.aide !== null;
  }

  begin(state: LinearState, work: Work): void {
    this.work = work;
    this.t = state.t;
    this.filled = 0;
    this.taken = 0;
    this.seen.train = 0;
    this.seen.validation = 0;
    this.tallies.clear();
    this.problems.begin(state);
    this.words.fill(0);
    this.aide?.begin(work.score);
  }

  pieceAt(piece: number): { place: KernelPlace; isRead: boolean } {
    const { ahead, kept } = this.held;
    this.piece = piece;
    Atomics.store(this.words, 0, piece);
    if (piece < kept) {
      const place = placeAt(this.kernels, this.options, this.keptAt + piece * placeBytes(this.options));
      return this.visitNext(place, piece < this.keptRead);
    }
    const turn = ahead === 0 ? 0 : piece % ahead;
    const isRead = ahead > 0 && Atomics.load(this.words, wordsHead + turn) === piece + 1;
    return this.visitNext(this.places[isRead ? 1 + turn : 0], isRead);
  }

  private visitNext(place: KernelPlace | undefined, isRead: boolean): { place: KernelPlace; isRead: boolean } {
    if (place === undefined) throw new Error('no such place');
    this.current = place;
    return { place, isRead };
  }

  visit(place: Place, rows: number): void {
    const { current } = this;
    if (current === null || place !== current) throw new Error('not the place of the piece at hand');
    if (this.piece === this.keptRead) this.keptRead += 1;
    const { xAt, yAt } = current;
    const decisions = this.decisions + 8 * this.filled;
    if (this.work.train) {
      this.part.place(xAt, yAt, decisions, rows);
      this.problems.place(() => ({ order: 0, codes: yAt, norms: 0, decisions, ownRows: 0 }));
      this.problems.work(rows, { trains: true, scores: false });
    } else this.problems.decide(xAt, rows, decisions);
    this.seen.train += rows;
    if (this.work.score) this.keep(place, rows, this.seen.train === this.options.trainRows, this.tallies.train);
  }

  validate(place: Place, rows: number): void {
    const { xAt } = kernelPlace(this.places, place);
    this.problems.decide(xAt, rows, this.decisions + 8 * this.filled);
    if (this.taken > 0) {
      this.validateTaken(place, rows);
      return;
    }
    this.seen.validation += rows;
    this.keep(place, rows, this.seen.validation === this.options.validationRows, this.tallies.validation);
  }

  takeAside(): { from: number; rows: number } | null {
    const count = stretchesOf(this.options.validationRows);
    if (Atomics.add(this.words, 1, 1) >= count) return null;
    this.taken += 1;
    return this.stretch(count - this.taken);
  }

  private stretch(index: number): { from: number; rows: number } {
    const from = index * stretchRows;
    return { from, rows: Math.min(stretchRows, this.options.validationRows - from) };
  }

  /** Decided rows of the stretch that was taken last. */
  private validateTaken(place: Place, rows: number): void {
    const index = stretchesOf(this.options.validationRows) - this.taken;
    const { rows: all } = this.stretch(index);
    const sums = this.kernels.doubles(this.sums + 16 * index, 2);
    const add = (hits: number, loss: number): void => sums.set([hits, loss]);
    this.keep(place, rows, this.filled + rows === all, { add });
  }

  async settle(): Promise<void> {
    if (this.aide === null) return;
    Atomics.store(this.words, 0, Math.ceil(this.options.trainRows / this.pieceRows));
    await this.aide.finished();
    if (!this.work.score) return;
    const count = stretchesOf(this.options.validationRows);
    const sums = this.kernels.doubles(this.sums, 2 * count);
    for (let i = 0; i < count; i += 1) this.tallies.validation.add(at(sums, 2 * i), at(sums, 2 * i + 1));
  }

  private planForAide(): AidePlan {
    const { kernels, pieceRows, sums } = this;
    const { coef, intercept, logistic } = this.problems;
    return {
      module: kernels.module,
      memory: kernels.run.memory,
      pieceRows,
      stretchRows,
      kept: this.held.kept,
      ahead: this.places.slice(1).map(({ xAt, yAt }) => ({ x: xAt, codes: yAt })),
      words: this.wordsAt,
      x: kernels.reserve(pieceRows * this.options.columns * 8),
      codes: kernels.reserve(stretchRows * 4),
      decisions: kernels.reserve(stretchRows * 8),
      sums,
      coef,
      intercept,
      logistic,
    };
  }

  trained(): LinearState {
    return this.problems.end(this.t + this.options.trainRows);
  }

  scores(): EpochScores {
    return this.tallies.scores;
  }

  /** Keeps the classes of rows that are decided; a stretch that is whole, or the last of its part, is scored. */
  private keep({ y }: Place, rows: number, last: boolean, tally: Pick<Tally, 'add'>): void {
    this.kernels.integers(this.codes + 4 * this.filled, rows).set(y.subarray(0, rows));
    this.filled += rows;
    if (this.filled < stretchRows && !last) return;
    const { hits, loss } = this.problems.score(this.decisions, this.codes, this.filled);
    tally.add(hits, loss);
    this.filled = 0;
  }
}
