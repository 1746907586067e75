/**
 * Messages of Protocol Buffers' wire format, as far as ONNX needs it: integers and what has a length. Source:
 * https://protobuf.dev/programming-guides/encoding
 */
const utf8 = new TextEncoder();

/** Wire types of a field's tag. */
const varintType = 0;
const lengthType = 2;

/** One message; its fields stand in the order in which they were added. Byte strings are referred to, not copied. */
export class ProtobufMessage {
  readonly #parts: Uint8Array[] = [];
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** @param value a safe integer, not negative. @throws RangeError */
  integer(field: number, value: number): this {
    return this.#tag(field, varintType).#add(varint(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, lengthType).#add(varint(value.length)).#add(value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  /** A message inside this one, as it is now: what is added to it later is not in here. */
  message(field: number, value: ProtobufMessage): this {
    this.#tag(field, lengthType).#add(varint(value.#sizeBytes));
    for (const part of value.#parts) this.#add(part);
    return this;
  }

  /** The message as bytes. */
  finish(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  #tag(field: number, type: number): this {
    return this.#add(varint(field * 8 + type));
  }

  #add(part: Uint8Array): this {
    this.#parts.push(part);
    this.#sizeBytes += part.length;
    return this;
  }
}

/** Seven bits a byte, the lowest first; all but the last have the eighth bit set. */
function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`no varint: ${value}`);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.of(...bytes, rest);
}
