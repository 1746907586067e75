import type { Matrix } from '../types.js';
import type { KernelModule, Pointer } from './kernel-module.js';

export interface RoomShape {
  readonly classes: number;
  readonly columns: number;
  readonly trainRows: number;
  readonly validationRows: number;
  /** Threads that bring rows (see `placing`); none: `fill` does. */
  readonly placers?: number | undefined;
}

/** What a thread needs to bring rows: addresses in the memory of the kernels, whose `placeRows` does the rest. */
export interface PlacingPlan {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly columns: number;
  /** Where each row of the table goes, as `placeRows` has it; i32 each, for whoever knows it to fill in. */
  readonly places: Pointer;
  readonly train: Pointer;
  readonly validation: Pointer;
  /** For each thread, where it puts rows of the table that are to be placed, and how many find room there. */
  readonly pieces: readonly Pointer[];
  readonly pieceRows: number;
}

/** A piece stays in the cache of the core that has just read it. */
const pieceBytes = 256 * 1024;

const pieceRowsOf = ({ columns, trainRows, validationRows }: RoomShape): number =>
  Math.max(1, Math.min(trainRows + validationRows, Math.floor(pieceBytes / 8 / columns)));

/**
 * Room in a kernel's memory for the rows that it will visit. Whoever has the rows brings them here before the trainer
 * is made, each to the place where it stays, so that a table is never in memory twice.
 */
export class RowRoom {
  /** One row after the other. */
  readonly train: Pointer;
  readonly validation: Pointer;
  readonly placing: PlacingPlan;

  /**
   * @param order row `order[i]` of the training part lies at i, which is where it is visited; null: row i does. The
   *   validation rows lie as they are.
   */
  constructor(
    readonly kernels: KernelModule,
    readonly order: Int32Array | null,
    private readonly shape: RoomShape,
  ) {
    this.train = kernels.reserve(shape.trainRows * shape.columns * 8);
    this.validation = kernels.reserve(shape.validationRows * shape.columns * 8);
    const { columns, trainRows, validationRows, placers = 0 } = shape;
    const pieceRows = pieceRowsOf(shape);
    this.placing = {
      module: kernels.module,
      memory: kernels.run.memory,
      columns,
      train: this.train,
      validation: this.validation,
      places: placers === 0 ? 0 : kernels.reserve((trainRows + validationRows) * 4),
      pieces: Array.from({ length: placers }, () => kernels.reserve(pieceRows * columns * 8)),
      pieceRows,
    };
  }

  /** The memory that it reserves, at most. */
  static bytes(shape: RoomShape): number {
    const { columns, trainRows, validationRows, placers = 0 } = shape;
    const rows = trainRows + validationRows;
    const placing = placers === 0 ? 0 : rows * 4 + placers * (pieceRowsOf(shape) * columns * 8 + 16) + 16;
    return rows * columns * 8 + 32 + placing;
  }

  /** Both parts where they lie. */
  get parts(): { readonly train: Matrix; readonly validation: Matrix } {
    const { columns, trainRows, validationRows } = this.shape;
    const matrix = (at: Pointer, rows: number): Matrix => ({
      data: this.kernels.doubles(at, rows * columns),
      rows,
      columns,
    });
    return { train: matrix(this.train, trainRows), validation: matrix(this.validation, validationRows) };
  }

  /** Copies both parts in, whose rows are in the order of the split; number by number, for a view a row costs more. */
  fill(train: Matrix, validation: Matrix): this {
    const { order, parts } = this;
    const { columns } = this.shape;
    parts.validation.data.set(validation.data);
    if (order === null) parts.train.data.set(train.data);
    else {
      const out = parts.train.data;
      for (let i = 0; i < order.length; i += 1) {
        const from = (order[i] as number) * columns;
        const to = i * columns;
        for (let j = 0; j < columns; j += 1) out[to + j] = train.data[from + j] as number;
      }
    }
    return this;
  }
}
