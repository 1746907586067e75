/** Trained weights as ONNX operators, all in double: what `predict`, `predict_proba` and `decision_function` answer. */
import type { FittedEstimator, LinearState, MlpParams, MlpState } from '../learn/types.js';
import { intAttribute, type OnnxGraph, type Value } from './onnx-graph.js';

/** What a model answers for each row. */
export interface Answers {
  /** The index of the predicted class, `[N]`, int64. */
  readonly codes: Value;
  /** LR, MLP: one probability a class, `[N, classes]`. Others: decisions, `[N, classes]`, or `[N]` for two classes. */
  readonly name: 'probabilities' | 'scores';
  readonly values: Value;
}

/**
 * @param x features, `[N, features]`
 * @throws TypeError when the state is not of the model's kind
 */
export function answers(graph: OnnxGraph, { spec, state }: FittedEstimator, x: Value): Answers {
  if (spec.model === 'MLP') {
    if (state.kind !== 'mlp') throw new TypeError(`MLP cannot have a ${state.kind} state`);
    return networkAnswers(graph, state, spec.params.activation, x);
  }
  if (state.kind !== 'linear') throw new TypeError(`${spec.model} cannot have a ${state.kind} state`);
  const decisions = linearDecisions(graph, state, x);
  const binary = state.coef.rows === 1;
  const codes = binary ? above(graph, decisions, 0) : largest(graph, decisions);
  if (spec.model === 'LR') {
    const each = logistic(graph, decisions);
    return { codes, name: 'probabilities', values: binary ? both(graph, each) : shares(graph, each, state.coef.rows) };
  }
  return { codes, name: 'scores', values: binary ? flat(graph, decisions) : decisions };
}

/** `x coef' + intercept`: `[N, rows of coef]` */
function linearDecisions(graph: OnnxGraph, { coef, intercept }: LinearState, x: Value): Value {
  const weights = graph.doubles(coef.data, [coef.rows, coef.columns]);
  return graph.node('Gemm', [x, weights, graph.doubles(intercept)], [intAttribute('transB', 1)]);
}

/** A network decides by its probabilities, as scikit-learn's does. */
function networkAnswers(graph: OnnxGraph, state: MlpState, activation: MlpParams['activation'], x: Value): Answers {
  const { weights, biases } = state;
  let values = x;
  weights.forEach(({ data, rows, columns }, layer) => {
    const bias = graph.doubles(biases[layer] ?? new Float64Array(columns));
    // Added apart: ONNX Runtime 1.16 joins Gemm and its activation to an operator that has no doubles.
    values = graph.node('Add', [graph.node('Gemm', [values, graph.doubles(data, [rows, columns])]), bias]);
    if (layer < weights.length - 1) values = activate(graph, activation, values);
  });
  if (weights.at(-1)?.columns === 1) {
    const second = logistic(graph, values);
    return { codes: above(graph, second, 0.5), name: 'probabilities', values: both(graph, second) };
  }
  const probabilities = graph.node('Softmax', [values], [intAttribute('axis', 1)]);
  return { codes: largest(graph, probabilities), name: 'probabilities', values: probabilities };
}

function activate(graph: OnnxGraph, activation: MlpParams['activation'], values: Value): Value {
  switch (activation) {
    case 'relu':
      return graph.node('Relu', [values]);
    case 'tanh':
      return graph.node('Tanh', [values]);
    case 'logistic':
      return logistic(graph, values);
  }
}

/** `1 / (1 + exp(-x))`, spelled out: some runtimes' `Sigmoid` is `1 - ...` below 0, where small values lose their digits. */
function logistic(graph: OnnxGraph, x: Value): Value {
  const one = constant(graph, 1);
  return graph.node('Div', [one, graph.node('Add', [one, graph.node('Exp', [graph.node('Neg', [x])])])]);
}

/** Each row divided by its sum; where that is 0 the classes are equally likely. */
function shares(graph: OnnxGraph, each: Value, classes: number): Value {
  const sum = graph.node('ReduceSum', [each, graph.integers([1])]);
  const nothing = graph.node('Equal', [sum, constant(graph, 0)]);
  return graph.node('Where', [nothing, constant(graph, 1 / classes), graph.node('Div', [each, sum])]);
}

/** Probabilities of two classes from the second's, `[N, 1]`. */
const both = (graph: OnnxGraph, second: Value): Value =>
  graph.node('Concat', [graph.node('Sub', [constant(graph, 1), second]), second], [intAttribute('axis', 1)]);

/** 1 where the only column exceeds the boundary, else 0. */
function above(graph: OnnxGraph, column: Value, boundary: number): Value {
  const second = graph.node('Greater', [flat(graph, column), constant(graph, boundary)]);
  return graph.node('Cast', [second], [intAttribute('to', int64Type)]);
}

/** `TensorProto.DataType` */
const int64Type = 7;

/** The column of the largest value, the first of equals. */
const largest = (graph: OnnxGraph, values: Value): Value =>
  graph.node('ArgMax', [values], [intAttribute('axis', 1), intAttribute('keepdims', 0)]);

/** `[N, 1]` as `[N]` */
const flat = (graph: OnnxGraph, column: Value): Value => graph.node('Squeeze', [column, graph.integers([1])]);

const constant = (graph: OnnxGraph, value: number): Value => graph.doubles(Float64Array.of(value));
