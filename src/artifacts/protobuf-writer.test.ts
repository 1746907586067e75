import { expect, it } from 'vitest';
import { byteFields, messages, readProtobuf, texts } from './oracle/read-protobuf.js';
import { ProtobufMessage } from './protobuf-writer.js';

it('the examples of the format are written byte for byte', () => {
  // https://protobuf.dev/programming-guides/encoding: "A Simple Message", "Strings", "Submessages".
  const number = new ProtobufMessage().integer(1, 150);
  expect([...number.finish()]).toEqual([0x08, 0x96, 0x01]);
  expect([...new ProtobufMessage().text(2, 'testing').finish()]).toEqual([0x12, 7, ...Buffer.from('testing')]);
  expect([...new ProtobufMessage().message(3, number).finish()]).toEqual([0x1a, 3, 0x08, 0x96, 0x01]);
});

it('integers up to 2^53 - 1, long texts and empty ones, and fields above 15 are read back', () => {
  const integers = [0, 1, 127, 128, 300, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER];
  const message = new ProtobufMessage();
  for (const value of integers) message.integer(20, value);
  const words = ['', 'İzmir', 'ş'.repeat(100_000), '\u0000 "'];
  for (const word of words) message.text(14, word);
  const outer = new ProtobufMessage().message(7, message).bytes(9, Uint8Array.of(1, 2, 3));
  expect(outer.sizeBytes).toBe(outer.finish().length);
  const read = readProtobuf(outer.finish());
  const [inner] = messages(read, 7);
  expect(inner?.get(20)).toEqual(integers);
  expect(inner && texts(inner, 14)).toEqual(words);
  expect(byteFields(read, 9).map((bytes) => [...bytes])).toEqual([[1, 2, 3]]);
});

it.each([-1, 0.5, Number.NaN, 2 ** 53])('%s is no varint', (value) => {
  expect(() => new ProtobufMessage().integer(1, value)).toThrow(RangeError);
});
