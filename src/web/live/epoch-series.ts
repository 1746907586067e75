/**
 * The figures of all epochs, one array a figure: 100,000 epochs are 4 MB and are drawn without copying.
 * Epochs come in order, again after a resume (then the newer figures stand), or in any order.
 */
import type { Metric } from '../../contract/entities.js';

const figureNames = ['trainAccuracy', 'validationAccuracy', 'trainLoss', 'validationLoss'] as const;
export type FigureName = (typeof figureNames)[number];

const firstCapacity = 256;

export class EpochSeries {
  #length = 0;
  #epochs = new Float64Array(firstCapacity);
  #figures: Record<FigureName, Float64Array> = {
    trainAccuracy: new Float64Array(firstCapacity),
    validationAccuracy: new Float64Array(firstCapacity),
    trainLoss: new Float64Array(firstCapacity),
    validationLoss: new Float64Array(firstCapacity),
  };
  #best = -1;

  get length(): number {
    return this.#length;
  }

  /** Number of the last epoch; 0 before the first. */
  get lastEpoch(): number {
    return this.#length === 0 ? 0 : (this.#epochs[this.#length - 1] ?? 0);
  }

  /** Index of the first epoch with the highest validation accuracy; -1 before the first epoch. */
  get bestIndex(): number {
    return this.#best;
  }

  get epochs(): Float64Array {
    return this.#epochs.subarray(0, this.#length);
  }

  figure(name: FigureName): Float64Array {
    return this.#figures[name].subarray(0, this.#length);
  }

  at(index: number): Metric | undefined {
    const epoch = this.epochs[index];
    if (epoch === undefined) return undefined;
    const value = (name: FigureName) => this.#figures[name][index] ?? Number.NaN;
    return {
      epoch,
      trainAccuracy: value('trainAccuracy'),
      validationAccuracy: value('validationAccuracy'),
      trainLoss: value('trainLoss'),
      validationLoss: value('validationLoss'),
    };
  }

  /** Takes in figures; an epoch that is there already is overwritten. */
  add(items: readonly Metric[]): void {
    for (const item of items) {
      const index = this.#place(item.epoch);
      for (const name of figureNames) this.#figures[name][index] = item[name];
      this.#keepBest(index, item);
    }
  }

  #place(epoch: number): number {
    if (epoch > this.lastEpoch || this.#length === 0) {
      this.#grow();
      this.#epochs[this.#length] = epoch;
      this.#length += 1;
      return this.#length - 1;
    }
    const index = lowerBound(this.epochs, epoch);
    if (this.#epochs[index] === epoch) return index;
    this.#grow();
    this.#epochs.copyWithin(index + 1, index, this.#length);
    for (const name of figureNames) this.#figures[name].copyWithin(index + 1, index, this.#length);
    this.#epochs[index] = epoch;
    this.#length += 1;
    if (this.#best >= index) this.#best += 1;
    return index;
  }

  #grow(): void {
    if (this.#length < this.#epochs.length) return;
    this.#epochs = doubled(this.#epochs);
    for (const name of figureNames) this.#figures[name] = doubled(this.#figures[name]);
  }

  #keepBest(index: number, item: Metric): void {
    if (index === this.#best) {
      // The best epoch was written anew, and may be the best no more.
      this.#best = indexOfLargest(this.figure('validationAccuracy'));
      return;
    }
    const best = this.#best < 0 ? Number.NEGATIVE_INFINITY : (this.figure('validationAccuracy')[this.#best] ?? 0);
    if (item.validationAccuracy > best || (item.validationAccuracy === best && index < this.#best)) this.#best = index;
  }
}

function doubled(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}

/** Index of the first value that is not below `value`, in ascending values. */
function lowerBound(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function indexOfLargest(values: Float64Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index += 1) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  }
  return best;
}
