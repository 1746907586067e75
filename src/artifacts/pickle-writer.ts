/** Python's pickle, protocol 4, without frames: readable by every Python since 3.4. Opcodes: CPython's `Lib/pickle.py`. */
import type { PickleValue } from './pickle-values.js';

/** Opcodes by CPython's names. */
export const opcode = {
  PROTO: 0x80,
  STOP: 0x2e,
  POP: 0x30,
  MARK: 0x28,
  MEMOIZE: 0x94,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  NONE: 0x4e,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  BININT1: 0x4b,
  BININT2: 0x4d,
  BININT: 0x4a,
  LONG1: 0x8a,
  BINFLOAT: 0x47,
  SHORT_BINUNICODE: 0x8c,
  BINUNICODE: 0x58,
  SHORT_BINBYTES: 0x43,
  BINBYTES: 0x42,
  BINBYTES8: 0x8e,
  EMPTY_TUPLE: 0x29,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  TUPLE: 0x74,
  EMPTY_LIST: 0x5d,
  APPENDS: 0x65,
  EMPTY_DICT: 0x7d,
  SETITEMS: 0x75,
  STACK_GLOBAL: 0x93,
  REDUCE: 0x52,
  NEWOBJ: 0x81,
  BUILD: 0x62,
} as const;

const utf8 = new TextEncoder();
const maxUint32 = 0xffff_ffff;
/** Byte strings from this size on are kept by reference until `finish`, not copied into the buffer first. */
const largeBytes = 4096;

/**
 * Writes values in the order in which Python's unpickler builds them. Strings and globals are memoized and
 * written once; every other value is written, and restored, anew each time (arrays must not share bytes:
 * scikit-learn's `partial_fit` changes them in place).
 */
export class PickleWriter {
  #parts: Uint8Array[] = [];
  #buffer = new Uint8Array(1024);
  #length = 0;
  #memoized: number;
  readonly #strings = new Map<string, number>();
  readonly #globals = new Map<string, number>();

  /** @param memoized values that the bytes before this writer's have memoized already */
  constructor(memoized = 0) {
    this.#memoized = memoized;
  }

  proto(): this {
    return this.#bytes(opcode.PROTO, 4);
  }

  /**
   * A JSON document as a string that is pushed and popped again: no part of the object, and readable without
   * unpickling (BINUNICODE, then a uint32 length, right after PROTO). Padded with spaces to `length` bytes of text where given.
   */
  header(json: Uint8Array, length = json.length): this {
    if (length < json.length || length > maxUint32)
      throw new RangeError(`a header of ${json.length} bytes in ${length}`);
    this.#bytes(opcode.BINUNICODE).#uint32(length).#raw(json);
    this.#raw(new Uint8Array(length - json.length).fill(0x20));
    return this.#bytes(opcode.POP);
  }

  /** Bytes that are read and thrown away, so that what follows starts at a wanted offset; 3 + `length` bytes long. */
  padding(length: number): this {
    return this.#bytes(opcode.SHORT_BINBYTES, length).#raw(new Uint8Array(length)).#bytes(opcode.POP);
  }

  /** What stands before `length` bytes that the caller writes: 9 bytes. End them with `closeBlock`. */
  openBlock(length: number): this {
    return this.#bytes(opcode.BINBYTES8).#uint64(length);
  }

  /** Puts the block before it into the memo and off the stack: 2 bytes. */
  closeBlock(): this {
    return this.#bytes(opcode.MEMOIZE, opcode.POP);
  }

  stop(): this {
    return this.#bytes(opcode.STOP);
  }

  write(value: PickleValue): this {
    if (value === null) return this.#bytes(opcode.NONE);
    if (typeof value === 'boolean') return this.#bytes(value ? opcode.NEWTRUE : opcode.NEWFALSE);
    if (typeof value === 'string') return this.#string(value);
    switch (value.kind) {
      case 'int':
        return this.#int(value.value);
      case 'float':
        return this.#float(value.value);
      case 'bytes':
        return this.#byteString(value.value);
      case 'tuple':
        return this.#tuple(value.items);
      case 'list':
        this.#bytes(opcode.EMPTY_LIST);
        return value.items.length === 0 ? this : this.#bytes(opcode.MARK).#all(value.items).#bytes(opcode.APPENDS);
      case 'dict':
        this.#bytes(opcode.EMPTY_DICT);
        return value.entries.length === 0
          ? this
          : this.#bytes(opcode.MARK).#all(value.entries.flat()).#bytes(opcode.SETITEMS);
      case 'global':
        return this.#global(value.module, value.name);
      case 'call':
        return this.write(value.callable).#tuple(value.args).#bytes(opcode.REDUCE);
      case 'new':
        return this.write(value.type).#tuple(value.args).#bytes(opcode.NEWOBJ);
      case 'build':
        return this.write(value.value).write(value.state).#bytes(opcode.BUILD);
      case 'memo':
        return this.#get(value.index);
    }
  }

  /** All bytes written so far, in one piece. */
  finish(): Uint8Array<ArrayBuffer> {
    this.#flush();
    const whole = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #all(values: readonly PickleValue[]): this {
    for (const value of values) this.write(value);
    return this;
  }

  #tuple(items: readonly PickleValue[]): this {
    if (items.length > 3) return this.#bytes(opcode.MARK).#all(items).#bytes(opcode.TUPLE);
    const closing = [opcode.EMPTY_TUPLE, opcode.TUPLE1, opcode.TUPLE2, opcode.TUPLE3][items.length];
    return this.#all(items).#bytes(closing ?? opcode.EMPTY_TUPLE);
  }

  #string(value: string): this {
    const known = this.#strings.get(value);
    if (known !== undefined) return this.#get(known);
    const text = utf8.encode(value);
    if (text.length < 256) this.#bytes(opcode.SHORT_BINUNICODE, text.length);
    else this.#bytes(opcode.BINUNICODE).#uint32(text.length);
    this.#strings.set(value, this.#memoized);
    return this.#raw(text).#memoize();
  }

  #global(module: string, name: string): this {
    const key = `${module}\n${name}`;
    const known = this.#globals.get(key);
    if (known !== undefined) return this.#get(known);
    this.#string(module).#string(name).#bytes(opcode.STACK_GLOBAL);
    this.#globals.set(key, this.#memoized);
    return this.#memoize();
  }

  #memoize(): this {
    this.#memoized += 1;
    return this.#bytes(opcode.MEMOIZE);
  }

  #get(index: number): this {
    return index < 256 ? this.#bytes(opcode.BINGET, index) : this.#bytes(opcode.LONG_BINGET).#uint32(index);
  }

  #int(value: number): this {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number that can be written exactly: ${value}`);
    if (value >= 0 && value < 0x100) return this.#bytes(opcode.BININT1, value);
    if (value >= 0 && value < 0x1_0000) return this.#bytes(opcode.BININT2, value & 0xff, value >> 8);
    if (value === (value | 0)) return this.#bytes(opcode.BININT).#uint32(value >>> 0);
    const at = this.#bytes(opcode.LONG1, 8).#reserve(8);
    this.#view().setBigInt64(at, BigInt(value), true);
    return this;
  }

  #float(value: number): this {
    const at = this.#bytes(opcode.BINFLOAT).#reserve(8);
    this.#view().setFloat64(at, value);
    return this;
  }

  #byteString(value: Uint8Array): this {
    if (value.length < 256) this.#bytes(opcode.SHORT_BINBYTES, value.length);
    else if (value.length <= maxUint32) this.#bytes(opcode.BINBYTES).#uint32(value.length);
    else this.openBlock(value.length);
    return this.#raw(value);
  }

  #uint32(value: number): this {
    const at = this.#reserve(4);
    this.#view().setUint32(at, value, true);
    return this;
  }

  #uint64(value: number): this {
    const at = this.#reserve(8);
    this.#view().setBigUint64(at, BigInt(value), true);
    return this;
  }

  #bytes(...values: number[]): this {
    const at = this.#reserve(values.length);
    this.#buffer.set(values, at);
    return this;
  }

  #raw(value: Uint8Array): this {
    if (value.length < largeBytes) {
      const at = this.#reserve(value.length);
      this.#buffer.set(value, at);
    } else {
      this.#flush();
      this.#parts.push(value);
    }
    return this;
  }

  #flush(): void {
    this.#parts.push(this.#buffer.subarray(0, this.#length));
    this.#buffer = new Uint8Array(1024);
    this.#length = 0;
  }

  #view(): DataView {
    return new DataView(this.#buffer.buffer);
  }

  /** Room for `count` more bytes; answers the offset in the buffer at which they start. */
  #reserve(count: number): number {
    const at = this.#length;
    if (at + count > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(at + count, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, at));
      this.#buffer = grown;
    }
    this.#length = at + count;
    return at;
  }
}
