/** Hyperparameters as they are typed: which a model shows, what a text means, and what is wrong with it. */
import {
  defaults,
  type HyperparameterName,
  type HyperparameterValue,
  hyperparameters,
  type ModelCode,
} from '../../contract/models.js';

/** What stands in the inputs, by name; what is not there stands at its default. */
export type ParamTexts = Partial<Record<HyperparameterName, string>>;

/** Parameters of the run; the form shows them with the split, whatever the model. */
export const sharedParams = ['epochs', 'test_size', 'random_state'] as const satisfies readonly HyperparameterName[];
export const isShared = (name: HyperparameterName): boolean => sharedParams.some((shared) => shared === name);

/** Choices of the parameters that have a closed list. */
export const paramChoices: Partial<Record<HyperparameterName, readonly string[]>> = {
  learning_rate_schedule: hyperparameters.learning_rate_schedule.options,
  penalty: hyperparameters.penalty.options,
  loss: hyperparameters.loss.options,
  activation: hyperparameters.activation.options,
  solver: hyperparameters.solver.options,
};

export const paramNames = (model: ModelCode): HyperparameterName[] =>
  (Object.keys(defaults[model]) as HyperparameterName[]).filter((name) => Object.hasOwn(hyperparameters, name));

export function defaultText(model: ModelCode, name: HyperparameterName): string {
  const values: Partial<Record<HyperparameterName, HyperparameterValue>> = defaults[model];
  return textOf(values[name] ?? null);
}

export const currentText = (model: ModelCode, texts: ParamTexts, name: HyperparameterName): string =>
  texts[name] ?? defaultText(model, name);

/** The model's parameters that the form shows: those that the other choices do not take the effect from. */
export function relevantParams(model: ModelCode, texts: ParamTexts): HyperparameterName[] {
  const value = (name: HyperparameterName) => currentText(model, texts, name);
  return paramNames(model).filter((name) => {
    switch (name) {
      case 'power_t':
        return value('learning_rate_schedule') === 'invscaling';
      case 'learning_rate':
        return model !== 'LR' && model !== 'SVM' ? true : value('learning_rate_schedule') !== 'optimal';
      case 'l1_ratio':
        return value('penalty') === 'elasticnet';
      case 'alpha':
        return model === 'MLP' || value('penalty') !== 'none' || value('learning_rate_schedule') === 'optimal';
      case 'momentum':
        return value('solver') === 'sgd';
      default:
        return true;
    }
  });
}

export type ParamFault =
  | { kind: 'number' | 'integer' | 'layers' | 'weights' }
  | { kind: 'above' | 'atLeast' | 'below' | 'atMost'; limit: number }
  | { kind: 'other'; text: string };

export type ParsedParam = { ok: true; value: HyperparameterValue } | { ok: false; fault: ParamFault };

/** The value that a text means, checked by the same schema as the server's. */
export function parseParam(name: HyperparameterName, text: string): ParsedParam {
  const read = readText(name, text.trim());
  if (!read.ok) return read;
  const parsed = hyperparameters[name].safeParse(read.value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  if (name === 'hidden_layer_sizes') return { ok: false, fault: { kind: 'layers' } };
  if (name === 'class_weight') return { ok: false, fault: { kind: 'weights' } };
  if (issue?.code === 'too_small') {
    return { ok: false, fault: { kind: issue.inclusive ? 'atLeast' : 'above', limit: Number(issue.minimum) } };
  }
  if (issue?.code === 'too_big') {
    return { ok: false, fault: { kind: issue.inclusive ? 'atMost' : 'below', limit: Number(issue.maximum) } };
  }
  if (issue?.code === 'invalid_type')
    return { ok: false, fault: { kind: issue.expected === 'int' ? 'integer' : 'number' } };
  return { ok: false, fault: { kind: 'other', text: issue?.message ?? '' } };
}

function readText(
  name: HyperparameterName,
  text: string,
): { ok: true; value: unknown } | { ok: false; fault: ParamFault } {
  if (paramChoices[name]) return { ok: true, value: text };
  if (name === 'class_weight') return readWeights(text);
  if (name === 'hidden_layer_sizes') {
    const sizes = text.split(/[\s,;]+/).filter((part) => part !== '');
    return { ok: true, value: sizes.map(Number) };
  }
  const value = readNumber(text);
  return value === null ? { ok: false, fault: { kind: 'number' } } : { ok: true, value };
}

/** A number with a decimal point or a decimal comma, or in scientific notation; null for anything else. */
export function readNumber(text: string): number | null {
  const plain = text.trim().replace(',', '.');
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : null;
}

/** `none`, `balanced`, or `class=weight` pairs with commas between; a JSON object where labels hold such characters. */
function readWeights(text: string): { ok: true; value: unknown } | { ok: false; fault: ParamFault } {
  if (text === 'none') return { ok: true, value: null };
  if (text === 'balanced') return { ok: true, value: text };
  const wrong = { ok: false, fault: { kind: 'weights' } } as const;
  if (text.startsWith('{')) {
    try {
      return { ok: true, value: JSON.parse(text) };
    } catch {
      return wrong;
    }
  }
  const weights: Record<string, number> = {};
  for (const pair of text.split(',')) {
    const at = pair.lastIndexOf('=');
    const weight = at < 1 ? null : readNumber(pair.slice(at + 1));
    if (weight === null) return wrong;
    weights[pair.slice(0, at).trim()] = weight;
  }
  return { ok: true, value: weights };
}

/** The text that stands for a value, such that `parseParam` gives the value back. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'object') return String(value);
  const pairs = Object.entries(value);
  return pairs.some(([label]) => /[,={]/.test(label) || label.trim() !== label || label === '')
    ? JSON.stringify(value)
    : pairs.map(([label, weight]) => `${label}=${weight}`).join(', ');
}
