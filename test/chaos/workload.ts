/** The workflows of a run: small tables, trainings of a few seconds, some that must fail and some that are cancelled. */
import { readFileSync } from 'node:fs';
import type { WorkflowConfigInput } from '../../src/contract/config.js';
import { example } from '../support/program.js';
import type { Random } from './random.js';

interface Recipe {
  file: string;
  csv: () => string;
  config: WorkflowConfigInput & { params: { epochs: number } };
  ends: 'COMPLETED' | 'FAILED';
  weight: number;
}

const stored = (file: string) => ({ file, csv: () => readFileSync(example(file), 'utf8') });

/** Good for longer than the head that is looked at when a file is uploaded (1 MiB); a line near the end is broken. */
const brokenLate = () => {
  const rows = Array.from({ length: 150_000 }, (_, row) => `${row % 97}.5,${(row * 7) % 31},${row % 2 ? 'x' : 'y'}`);
  rows[149_990] = '1.5,2';
  return `a,b,kind\n${rows.join('\n')}\n`;
};

export const recipes = {
  lr: {
    ...stored('wine.csv'),
    config: { model: 'LR', target: 'cultivar', params: { epochs: 24_000, random_state: 1 } },
    ends: 'COMPLETED',
    weight: 2,
  },
  svm: {
    ...stored('breast_cancer.csv'),
    config: { model: 'SVM', target: 'diagnosis', params: { epochs: 20_000, learning_rate: 0.001, random_state: 2 } },
    ends: 'COMPLETED',
    weight: 2,
  },
  per: {
    ...stored('penguins.csv'),
    config: { model: 'PER', target: 'species', params: { epochs: 20_000, random_state: 3 } },
    ends: 'COMPLETED',
    weight: 2,
  },
  pa: {
    ...stored('iris.csv'),
    config: { model: 'PA', target: 'species', params: { epochs: 30_000, random_state: 4 } },
    ends: 'COMPLETED',
    weight: 2,
  },
  mlp: {
    ...stored('digits.csv'),
    config: { model: 'MLP', target: 'digit', params: { epochs: 600, random_state: 5 } },
    ends: 'COMPLETED',
    weight: 3,
  },
  adam: {
    ...stored('penguins.csv'),
    config: {
      model: 'MLP',
      target: 'species',
      params: { epochs: 4_000, solver: 'adam', hidden_layer_sizes: [24, 12], random_state: 6 },
    },
    ends: 'COMPLETED',
    weight: 2,
  },
  brokenLate: {
    file: 'broken-late.csv',
    csv: brokenLate,
    config: { model: 'LR', target: 'kind', params: { epochs: 10 } },
    ends: 'FAILED',
    weight: 1,
  },
  diverging: {
    ...stored('digits.csv'),
    config: { model: 'MLP', target: 'digit', params: { epochs: 200, learning_rate: 1e6, random_state: 7 } },
    ends: 'FAILED',
    weight: 1,
  },
} satisfies Record<string, Recipe>;

export type RecipeName = keyof typeof recipes;
export const recipeNames = Object.keys(recipes) as RecipeName[]; // Object.keys forgets the keys' type.

/** @param effort 1: trainings of some seconds; 0.5: of half as many epochs */
export function configOf(name: RecipeName, effort: number): WorkflowConfigInput {
  const { config } = recipes[name];
  const epochs = Math.max(1, Math.round(config.params.epochs * effort));
  return { ...config, params: { ...config.params, epochs } };
}

export interface Order {
  name: string;
  /** Null: a training without end on a table of its own, which its user cancels. */
  recipe: RecipeName | null;
  askAtMs: number;
  /** The earliest that a user cancels it. */
  cancelAtMs: number | null;
}

/** One of each recipe, two that are cancelled, and the rest as the weights have it; asked for within `withinMs`. */
export function planOrders(random: Random, count: number, withinMs: number): Order[] {
  const weighted = recipeNames.flatMap((name) => Array<RecipeName>(recipes[name].weight).fill(name));
  const cancelled = Math.max(2, Math.round(count / 8));
  const chosen: (RecipeName | null)[] = [...Array<null>(cancelled).fill(null), ...random.shuffled(recipeNames)];
  while (chosen.length < count) chosen.push(random.pick(weighted));
  return random.shuffled(chosen.slice(0, Math.max(count, cancelled))).map((recipe, i) => {
    const askAtMs = Math.round(random.between(0, withinMs));
    const cancelAtMs = recipe === null ? askAtMs + Math.round(random.between(500, withinMs)) : null;
    return { name: `order-${i + 1}`, recipe, askAtMs, cancelAtMs };
  });
}

/** A table that no other order has, so that its upload too happens among the faults. */
export const ownCsv = (order: Order): string => `${recipes.mlp.csv()}${'0,'.repeat(64)}${order.askAtMs % 10}\n`;

export const endless: WorkflowConfigInput = { model: 'MLP', target: 'digit', params: { epochs: 1_000_000 } };
