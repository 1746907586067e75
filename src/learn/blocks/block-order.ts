import { intAt } from '../vector.js';
import type { BlockPlan } from './block-plan.js';
import { isTraining, type PagedRows } from './paged-rows.js';

/**
 * The order of one epoch over pages: docs/decisions/0004-block-shuffle.md.
 *
 * All pages are shuffled; every `blockPages` of them make a block, so a block holds stretches from all over the
 * table; and the training rows of a block are shuffled. Both follow from `random_state` and the number of the epoch
 * alone. Validation rows keep the order in which they lie.
 */
export class BlockOrder {
  readonly blocks: number;
  private readonly pages: Int32Array;
  private readonly draws: Draws;
  private readonly members: Int32Array;

  /** @param epoch counted from 1 over the whole run */
  constructor(
    private readonly source: Pick<PagedRows, 'rows' | 'training'>,
    private readonly plan: BlockPlan,
    randomState: number,
    epoch: number,
  ) {
    this.draws = new Draws(randomState, epoch);
    this.pages = new Int32Array(Math.ceil(source.rows / plan.pageRows)).map((_, page) => page);
    this.draws.shuffle(this.pages);
    this.blocks = Math.ceil(this.pages.length / plan.blockPages);
    this.members = new Int32Array(Math.min(source.rows, plan.blockPages * plan.pageRows));
  }

  /** Pages of a block, in the order in which they are to lie side by side. */
  pagesOf(block: number): Int32Array {
    return this.pages.subarray(block * this.plan.blockPages, (block + 1) * this.plan.blockPages);
  }

  /**
   * The rows of a block by their places in it: the training rows in the order of the visit, and the validation rows.
   * Asked for once a block, from the first to the last; void once the next one is asked for.
   */
  rowsOf(block: number): { training: Int32Array; validation: Int32Array } {
    const { members, source, plan } = this;
    let place = 0;
    let training = 0;
    let end = members.length;
    for (const page of this.pagesOf(block)) {
      const first = page * plan.pageRows;
      const last = Math.min(source.rows, first + plan.pageRows);
      for (let row = first; row < last; row += 1) {
        if (isTraining(source.training, row)) members[training++] = place++;
        else members[--end] = place++;
      }
    }
    const validation = members.subarray(end).reverse();
    const trained = members.subarray(0, training);
    this.draws.shuffle(trained);
    return { training: trained, validation };
  }
}

/** Random draws of one epoch: 32-bit xorshift (Marsaglia, 2003), as the shuffles of scikit-learn's linear models use. */
class Draws {
  private s: number;

  constructor(randomState: number, epoch: number) {
    this.s = mixed(randomState ^ mixed(epoch)) || 1;
  }

  /** Fisher and Yates from the front; a draw below n is `floor(n * bits / 2^32)`. */
  shuffle(values: Int32Array): void {
    let { s } = this;
    const n = values.length;
    for (let i = 0; i < n - 1; i += 1) {
      s ^= s << 13;
      s ^= s >>> 17;
      s ^= s << 5;
      const j = i + Math.floor((n - i) * ((s >>> 0) / 4294967296));
      const kept = intAt(values, i);
      values[i] = intAt(values, j);
      values[j] = kept;
    }
    this.s = s;
  }
}

/** Spreads every bit of a whole number over 32 bits (the last step of MurmurHash3); 1, 2, 3 end far apart. */
function mixed(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
