/** What goes wrong and when: drawn from the seed before anything runs, so that the seed alone repeats it. */
import type { Random } from './random.js';

/** Longer than a clock is stepped, so that a step alone does not let every lease run out. */
export const leaseSeconds = 13;
const clockStepMs = 10_000;
const leaseMs = leaseSeconds * 1000;

export const workerNames = ['worker-1', 'worker-2'] as const;
const nodeNames = ['server', ...workerNames] as const;
export type NodeName = (typeof nodeNames)[number];

interface Shape {
  /** How often it comes among the others. */
  weight: number;
  nodes?: readonly NodeName[];
  /** Shortest and longest duration, in milliseconds. */
  lasts?: readonly [number, number];
}

const shapes = {
  /** SIGKILL of a worker's process; it comes back under its name, whose steps it takes up at once. */
  'kill worker': { weight: 4, nodes: workerNames, lasts: [0, 3_000] },
  /** The same, but under a new name: its steps wait until their leases run out. */
  'replace worker': { weight: 2, nodes: workerNames, lasts: [0, 3_000] },
  'kill server': { weight: 2, nodes: ['server'], lasts: [0, 3_000] },
  /** SIGKILL of one child process of a worker. */
  'kill child': { weight: 5, nodes: workerNames },
  /** SIGTERM, and started again when it has handed its steps back. */
  'stop worker': { weight: 2, nodes: workerNames },
  /** SIGSTOP for longer than a lease; its children go on and talk to nobody. */
  'freeze worker': { weight: 1, nodes: workerNames, lasts: [leaseMs + 2_000, leaseMs + 4_000] },
  'freeze server': { weight: 1, nodes: ['server'], lasts: [1_000, 5_000] },
  /** The broker closes every connection. */
  'close broker connections': { weight: 2 },
  'cut broker connections': { weight: 2, nodes: nodeNames },
  'broker away': { weight: 1, lasts: [2_000, 6_000] },
  /** `rabbitmqctl stop_app` and `start_app`: whoever else uses the server feels it too. */
  'restart broker': { weight: 2, lasts: [1_000, 4_000] },
  'terminate database backends': { weight: 3 },
  /** `pg_ctlcluster restart`: whoever else uses the server feels it too. */
  'restart database': { weight: 2 },
  'cut database connections': { weight: 2, nodes: nodeNames },
  'database away': { weight: 1, lasts: [2_000, 6_000] },
  /** One node alone cannot reach the database. */
  'partition node': { weight: 2, nodes: nodeNames, lasts: [2_000, leaseMs + 3_000] },
  /** Messages of steps that wait, run or are done come once more. */
  'double messages': { weight: 3 },
  /** What lies in the queues is gone; the reconciler must find the steps. */
  'lose messages': { weight: 2 },
  'fill disk': { weight: 1, lasts: [500, 2_000] },
  /** A node's clock is 10 s ahead or behind. */
  'step clock': { weight: 2, nodes: nodeNames, lasts: [4_000, 10_000] },
} satisfies Record<string, Shape>;

export type FaultKind = keyof typeof shapes;

/** What stops a server that others may use too. */
export const restarts: readonly FaultKind[] = ['restart broker', 'restart database'];
const faultKinds = Object.keys(shapes) as FaultKind[]; // Object.keys forgets the keys' type.

export interface Fault {
  kind: FaultKind;
  /** Milliseconds after the first workflow was asked for. */
  atMs: number;
  node: NodeName | null;
  forMs: number;
  /** Uniform in [0, 1): chooses among what is there at the time, such as children or queues. */
  choice: number;
}

export interface PlanOptions {
  durationMs: number;
  /** Shortest and longest time from one fault to the next. */
  gapMs: readonly [number, number];
  without: readonly FaultKind[];
}

/** Every kind once, in random order, and after that as their weights have it. */
export function planFaults(random: Random, { durationMs, gapMs, without }: PlanOptions): Fault[] {
  const kinds = faultKinds.filter((kind) => !without.includes(kind));
  const weighted = kinds.flatMap((kind) => Array<FaultKind>(shapes[kind].weight).fill(kind));
  // What is lost early is found again while the rest goes on: that takes four leases.
  const early: readonly FaultKind[] = ['lose messages'];
  const first = random.shuffled(kinds).filter((kind) => !early.includes(kind));
  first.splice(2, 0, ...kinds.filter((kind) => early.includes(kind)));
  const faults: Fault[] = [];
  let clockFreeAt = 0;
  for (let atMs = random.between(...gapMs); atMs < durationMs; atMs += random.between(...gapMs)) {
    const drawn = first.shift() ?? random.pick(weighted);
    // Two clocks that go apart by 20 s are not what is promised.
    const kind = drawn === 'step clock' && atMs < clockFreeAt ? 'double messages' : drawn;
    const shape: Shape = shapes[kind];
    const fault = {
      kind,
      atMs: Math.round(atMs),
      node: shape.nodes ? random.pick(shape.nodes) : null,
      forMs: shape.lasts ? Math.round(random.between(...shape.lasts)) : 0,
      choice: random.next(),
    };
    if (kind === 'step clock') clockFreeAt = atMs + fault.forMs + 1_000;
    faults.push(fault);
  }
  return faults;
}

export const clockOffsetOf = ({ choice }: Fault): number => (choice < 0.5 ? -clockStepMs : clockStepMs);

export function describe({ kind, atMs, node, forMs, choice }: Fault): string {
  const parts = [`+${(atMs / 1000).toFixed(1)} s`.padStart(9), kind, node ?? ''];
  if (forMs > 0) parts.push(`for ${(forMs / 1000).toFixed(1)} s`);
  if (kind === 'step clock') parts.push(choice < 0.5 ? '(behind)' : '(ahead)');
  return parts.filter((part) => part !== '').join(' ');
}
