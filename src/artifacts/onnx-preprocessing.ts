/** Fitted transforms as ONNX operators: raw columns in, the features of `processed.pkl` out, in the same order. */
import type { CategoricalTransform, FittedPreprocessing, NumericTransform } from '../learn/types.js';
import { intAttribute, intsAttribute, type OnnxGraph, stringsAttribute, type Value } from './onnx-graph.js';

/**
 * Declares one input a used column, in file order, each `[N, 1]`: double for numbers and booleans (NaN: missing),
 * also where numbers are categories; string for texts ('': missing).
 * @returns the features, `[N, features]`, double
 */
export function features(graph: OnnxGraph, { inputColumns, numeric, categorical }: FittedPreprocessing): Value {
  const numericColumns = new Map(numeric.map((transform) => [transform.column, transform]));
  const categoricalColumns = new Map(categorical.map((transform) => [transform.column, transform]));
  for (const column of inputColumns) {
    const asNumber = numericColumns.get(column);
    const asCategory = categoricalColumns.get(column);
    if (asNumber) graph.input(column, 'double', ['N', 1], asNumber.boolean ? booleanInput : numberInput);
    else if (asCategory && textsOf(asCategory)) graph.input(column, 'string', ['N', 1], textInput);
    else if (asCategory) graph.input(column, 'double', ['N', 1], numberCategoryInput);
  }
  const blocks = categorical.map((transform) => oneHot(graph, transform));
  if (numeric.length > 0) blocks.unshift(scaled(graph, numeric));
  return concatenated(graph, blocks);
}

const numberInput = 'A number; NaN where it is missing.';
const booleanInput = '1 for true, 0 for false; NaN where it is missing.';
const numberCategoryInput = 'A number that is a category (1 for true, 0 for false); NaN where it is missing.';
const textInput = 'A text that is a category; empty where it is missing.';

/** Side by side. */
const concatenated = (graph: OnnxGraph, blocks: readonly Value[]): Value =>
  blocks.length === 1 ? (blocks[0] ?? '') : graph.node('Concat', blocks, [intAttribute('axis', 1)]);

/** `((value ?? fill) - mean) / scale`, all columns at once; one that is not scaled has mean 0 and scale 1, which is exact. */
function scaled(graph: OnnxGraph, transforms: readonly NumericTransform[]): Value {
  const constant = (of: (transform: NumericTransform) => number) =>
    graph.doubles(Float64Array.from(transforms, (transform) => of(transform)));
  const raw = concatenated(
    graph,
    transforms.map(({ column }) => column),
  );
  const whole = graph.node('Where', [graph.node('IsNaN', [raw]), constant(({ fill }) => fill), raw]);
  if (transforms.every(({ standard }) => standard === null)) return whole;
  const centred = graph.node('Sub', [whole, constant(({ standard }) => standard?.mean ?? 0)]);
  return graph.node('Div', [centred, constant(({ standard }) => standard?.scale ?? 1)]);
}

/** One feature a category, 1 where the value equals it. Numbers are compared as doubles: exact, unlike float keys. */
function oneHot(graph: OnnxGraph, transform: CategoricalTransform): Value {
  const texts = textsOf(transform);
  const found = texts
    ? graph.node('Equal', [codes(graph, transform, texts), graph.integers(texts.map((_, code) => code))])
    : graph.node('Equal', [
        filled(graph, transform),
        graph.doubles(Float64Array.from(transform.categories.map(Number))),
      ]);
  return graph.node('Cast', [found], [intAttribute('to', doubleType)]);
}

/** `TensorProto.DataType` */
const doubleType = 11;

function filled(graph: OnnxGraph, { column, fill }: CategoricalTransform): Value {
  return graph.node('Where', [graph.node('IsNaN', [column]), graph.doubles(Float64Array.of(Number(fill))), column]);
}

/** Each text's category, -1 (the operator's default) for one that is none. */
function codes(graph: OnnxGraph, { column, fill }: CategoricalTransform, categories: readonly string[]): Value {
  const keys = categories.map((text, code) => [text, code] as const);
  const missing = categories.indexOf(String(fill));
  if (missing >= 0 && !categories.includes('')) keys.push(['', missing]);
  const attributes = [
    stringsAttribute(
      'keys_strings',
      keys.map(([text]) => text),
    ),
    intsAttribute(
      'values_int64s',
      keys.map(([, code]) => code),
    ),
  ];
  return graph.mlNode('LabelEncoder', column, attributes, 'int64', ['N', 1]);
}

/** The categories where they are texts; null where they are numbers. */
function textsOf({ categories }: CategoricalTransform): string[] | null {
  const texts = categories.filter((category) => typeof category === 'string');
  return texts.length === categories.length ? texts : null;
}
