/**
 * A graph of ONNX operators and the model file around it. Field numbers: `onnx/onnx.proto`. Versions are old
 * ones on purpose, which more runtimes read: IR 8, operators of opset 15 and of ai.onnx.ml 3.
 */
import { ProtobufMessage } from './protobuf-writer.js';

/** `TensorProto.DataType` */
const elementTypes = { int64: 7, string: 8, double: 11 } as const;
type ElementType = keyof typeof elementTypes;

/** `AttributeProto.AttributeType` */
const attributeTypes = { int: 2, ints: 7, strings: 8 } as const;

/** An axis of fixed length, or one that has a name because its length is the caller's: `N`, the rows. */
type Axis = number | 'N';

/** A value within the graph: the name by which operators refer to it. */
export type Value = string;

const irVersion = 8;
const opsets = { '': 15, 'ai.onnx.ml': 3 } as const;

export class OnnxGraph {
  readonly #nodes: ProtobufMessage[] = [];
  readonly #initializers: ProtobufMessage[] = [];
  readonly #inputs: ProtobufMessage[] = [];
  readonly #outputs: ProtobufMessage[] = [];
  readonly #described: ProtobufMessage[] = [];
  readonly #names = new Set<string>();

  /**
   * An input under exactly this name. Inputs are declared before anything else: other names make way for theirs.
   * @throws Error where the name is taken or empty
   */
  input(name: string, type: ElementType, axes: readonly Axis[], about: string): Value {
    if (name === '' || this.#names.has(name)) throw new Error(`no name for an input: '${name}'`);
    this.#names.add(name);
    this.#inputs.push(valueInfo(name, type, axes).text(3, about));
    return name;
  }

  /** The value under a name for readers; `name`, or with underscores behind it where an input has that name. */
  output(name: string, value: Value, type: ElementType, axes: readonly Axis[]): void {
    const given = this.#free(name);
    this.#addNode('Identity', [value], given, []);
    this.#outputs.push(valueInfo(given, type, axes));
  }

  /** An operator of the default domain with one output. */
  node(operator: string, inputs: readonly Value[], attributes: readonly ProtobufMessage[] = []): Value {
    const output = this.#free(`${operator}_${this.#nodes.length}`);
    this.#addNode(operator, inputs, output, attributes);
    return output;
  }

  /** An operator of ai.onnx.ml; type and axes of its output are told, as older checkers do not infer them. */
  mlNode(
    operator: string,
    input: Value,
    attributes: readonly ProtobufMessage[],
    type: ElementType,
    axes: readonly Axis[],
  ): Value {
    const output = this.#free(`${operator}_${this.#nodes.length}`);
    this.#addNode(operator, [input], output, attributes, 'ai.onnx.ml');
    this.#described.push(valueInfo(output, type, axes));
    return output;
  }

  /** float64 values in C order, without `shape` flat. The bytes are referred to until the file is made. */
  doubles(values: Float64Array, shape: readonly number[] = [values.length]): Value {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.#constant('double', shape, (tensor) => tensor.bytes(9, raw));
  }

  /** Flat safe integers. */
  integers(values: readonly number[]): Value {
    const raw = BigInt64Array.from(values, (value) => BigInt(value));
    return this.#constant('int64', [values.length], (tensor) => tensor.bytes(9, new Uint8Array(raw.buffer)));
  }

  texts(values: readonly string[]): Value {
    return this.#constant('string', [values.length], (tensor) => {
      for (const value of values) tensor.text(6, value);
    });
  }

  /**
   * `ModelProto`
   * @param about what a person should know who has only the file
   * @param properties `metadata_props`
   */
  model(about: string, properties: readonly (readonly [string, string])[]): ProtobufMessage {
    const graph = new ProtobufMessage();
    for (const node of this.#nodes) graph.message(1, node);
    graph.text(2, 'zincir');
    for (const initializer of this.#initializers) graph.message(5, initializer);
    for (const input of this.#inputs) graph.message(11, input);
    for (const output of this.#outputs) graph.message(12, output);
    for (const described of this.#described) graph.message(13, described);
    const model = new ProtobufMessage().integer(1, irVersion).text(2, 'zincir').text(6, about).message(7, graph);
    for (const [domain, version] of Object.entries(opsets)) {
      model.message(8, new ProtobufMessage().text(1, domain).integer(2, version));
    }
    for (const [key, value] of properties) model.message(14, new ProtobufMessage().text(1, key).text(2, value));
    return model;
  }

  #constant(type: ElementType, shape: readonly number[], fill: (tensor: ProtobufMessage) => void): Value {
    const name = this.#free(`constant_${this.#initializers.length}`);
    const tensor = new ProtobufMessage();
    for (const length of shape) tensor.integer(1, length);
    tensor.integer(2, elementTypes[type]).text(8, name);
    fill(tensor);
    this.#initializers.push(tensor);
    return name;
  }

  #addNode(
    operator: string,
    inputs: readonly Value[],
    output: Value,
    attributes: readonly ProtobufMessage[],
    domain: keyof typeof opsets = '',
  ): void {
    const node = new ProtobufMessage();
    for (const input of inputs) node.text(1, input);
    node.text(2, output).text(3, output).text(4, operator);
    for (const attribute of attributes) node.message(5, attribute);
    if (domain !== '') node.text(7, domain);
    this.#nodes.push(node);
  }

  #free(wanted: string): string {
    let name = wanted;
    while (this.#names.has(name)) name += '_';
    this.#names.add(name);
    return name;
  }
}

/** `ValueInfoProto` of a tensor */
function valueInfo(name: string, type: ElementType, axes: readonly Axis[]): ProtobufMessage {
  const shape = new ProtobufMessage();
  for (const axis of axes) {
    const dimension = new ProtobufMessage();
    shape.message(1, typeof axis === 'number' ? dimension.integer(1, axis) : dimension.text(2, axis));
  }
  const tensor = new ProtobufMessage().integer(1, elementTypes[type]).message(2, shape);
  return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
}

/** `AttributeProto`s */
export const intAttribute = (name: string, value: number): ProtobufMessage =>
  new ProtobufMessage().text(1, name).integer(3, value).integer(20, attributeTypes.int);

export function intsAttribute(name: string, values: readonly number[]): ProtobufMessage {
  const attribute = new ProtobufMessage().text(1, name);
  for (const value of values) attribute.integer(8, value);
  return attribute.integer(20, attributeTypes.ints);
}

export function stringsAttribute(name: string, values: readonly string[]): ProtobufMessage {
  const attribute = new ProtobufMessage().text(1, name);
  for (const value of values) attribute.text(9, value);
  return attribute.integer(20, attributeTypes.strings);
}
