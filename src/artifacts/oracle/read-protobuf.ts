/** Reads Protocol Buffers' wire format for tests that look at what is written without a Python. */
export type Fields = Map<number, (number | Uint8Array)[]>;

/** Fields by number, each with its values in order: integers, and the bytes of what has a length. */
export function readProtobuf(bytes: Uint8Array): Fields {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.readUInt8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(value);
    }
  };
  while (at < view.length) {
    const tag = varint();
    const values = fields.get(tag >> 3) ?? [];
    fields.set(tag >> 3, values);
    if ((tag & 7) === 0) values.push(varint());
    else if ((tag & 7) === 2) {
      const length = varint();
      if (at + length > view.length) throw new Error(`a field of ${length} bytes at ${at} ends behind the message`);
      values.push(view.subarray(at, at + length));
      at += length;
    } else throw new Error(`wire type ${tag & 7} at ${at}`);
  }
  return fields;
}

/** The bytes of each value of a field. */
export function byteFields(fields: Fields, number: number): Uint8Array[] {
  return (fields.get(number) ?? []).map((value) => {
    if (typeof value === 'number') throw new Error(`field ${number} is an integer`);
    return value;
  });
}

export const messages = (fields: Fields, number: number): Fields[] => byteFields(fields, number).map(readProtobuf);
export const texts = (fields: Fields, number: number): string[] =>
  byteFields(fields, number).map((bytes) => Buffer.from(bytes).toString('utf8'));
