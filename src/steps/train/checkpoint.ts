/**
 * A checkpoint: all that a run needs to go on from an epoch and end with the same bytes.
 *
 *   0        `ZINCIRC1`
 *   8        uint32 length of the JSON text that follows, padded by spaces to a multiple of 8
 *   12+...   the arrays that the JSON names, one after the other, float64, little-endian
 */
import type { Metric } from '../../contract/entities.js';
import type { BlockPlan } from '../../learn/index.js';
import type { EstimatorState, Matrix } from '../../learn/types.js';

export interface Checkpoint {
  /** Epochs trained. */
  readonly epoch: number;
  /** One for each of them. */
  readonly metrics: readonly Metric[];
  readonly state: EstimatorState;
  /** How the table was cut into blocks, which a run keeps; null: trained in memory. */
  readonly plan: BlockPlan | null;
}

const magic = 'ZINCIRC1';
const metricFields = ['trainAccuracy', 'validationAccuracy', 'trainLoss', 'validationLoss'] as const;

type Skeleton =
  | { kind: 'linear'; rows: number; columns: number; t: number }
  | {
      kind: 'mlp';
      shapes: [number, number][];
      t: number;
      steps: number;
      velocities: number[];
      secondMoments: number[];
      losses: number;
    };

export function writeCheckpoint({ epoch, metrics, state, plan }: Checkpoint): Uint8Array {
  const arrays: Float64Array[] = [
    Float64Array.from(metrics.flatMap((metric) => metricFields.map((field) => metric[field]))),
  ];
  arrays.push(...arraysOf(state));
  const text = JSON.stringify({ epoch, plan: plan ?? undefined, state: skeletonOf(state) });
  const json = new TextEncoder().encode(text);
  const headerBytes = 12 + json.length;
  const start = headerBytes + ((8 - (headerBytes % 8)) % 8);
  const bytes = new Uint8Array(start + arrays.reduce((sum, array) => sum + array.byteLength, 0)).fill(0x20, 0, start);
  bytes.set(new TextEncoder().encode(magic));
  new DataView(bytes.buffer).setUint32(8, start - 12, true);
  bytes.set(json, 12);
  let offset = start;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset);
    offset += array.byteLength;
  }
  return bytes;
}

/** @throws Error when the bytes are not a checkpoint */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  if (new TextDecoder().decode(bytes.subarray(0, 8)) !== magic) throw new Error('not a checkpoint');
  const start = 12 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
  const header: { epoch: number; state: Skeleton; plan?: BlockPlan } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(12, start)),
  );
  if (header.plan !== undefined && !(header.plan.blockRows > 0)) throw new Error('a plan of another version');
  let offset = start;
  const next = (length: number): Float64Array => {
    const copy = new Uint8Array(bytes.subarray(offset, offset + length * 8));
    offset += length * 8;
    return new Float64Array(copy.buffer);
  };
  const figures = next(header.epoch * metricFields.length);
  const metrics = Array.from({ length: header.epoch }, (_, i) => metricAt(figures, i));
  return { epoch: header.epoch, metrics, state: stateFrom(header.state, next), plan: header.plan ?? null };
}

function metricAt(figures: Float64Array, i: number): Metric {
  const [trainAccuracy = 0, validationAccuracy = 0, trainLoss = 0, validationLoss = 0] = figures.subarray(
    4 * i,
    4 * i + 4,
  );
  return { epoch: i + 1, trainAccuracy, validationAccuracy, trainLoss, validationLoss };
}

function arraysOf(state: EstimatorState): Float64Array[] {
  if (state.kind === 'linear') return [state.coef.data, state.intercept];
  const { velocities, secondMoments } = state.optimiser;
  return [
    ...state.weights.map(({ data }) => data),
    ...state.biases,
    ...velocities,
    ...secondMoments,
    Float64Array.from(state.lossCurve),
  ];
}

function skeletonOf(state: EstimatorState): Skeleton {
  if (state.kind === 'linear') {
    return { kind: 'linear', rows: state.coef.rows, columns: state.coef.columns, t: state.t };
  }
  return {
    kind: 'mlp',
    shapes: state.weights.map(({ rows, columns }) => [rows, columns]),
    t: state.t,
    steps: state.optimiser.steps,
    velocities: state.optimiser.velocities.map(({ length }) => length),
    secondMoments: state.optimiser.secondMoments.map(({ length }) => length),
    losses: state.lossCurve.length,
  };
}

function stateFrom(skeleton: Skeleton, next: (length: number) => Float64Array): EstimatorState {
  const matrix = (rows: number, columns: number): Matrix => ({ data: next(rows * columns), rows, columns });
  if (skeleton.kind === 'linear') {
    const { rows, columns, t } = skeleton;
    return { kind: 'linear', coef: matrix(rows, columns), intercept: next(rows), t };
  }
  const weights = skeleton.shapes.map(([rows, columns]) => matrix(rows, columns));
  const biases = skeleton.shapes.map(([, columns]) => next(columns));
  const velocities = skeleton.velocities.map(next);
  const secondMoments = skeleton.secondMoments.map(next);
  const lossCurve = Array.from(next(skeleton.losses));
  return {
    kind: 'mlp',
    weights,
    biases,
    optimiser: { velocities, secondMoments, steps: skeleton.steps },
    t: skeleton.t,
    lossCurve,
  };
}
