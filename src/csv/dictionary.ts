/** Distinct texts of a column with a number each, kept as bytes: no string is made before one is asked for. */
import { text } from './bytes.js';

/** A 32-bit hash of a run of bytes (FNV-1a with a final mix). */
function hashBytes(bytes: Uint8Array, start: number, end: number, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Texts of up to so many bytes are hashed and compared by four bytes at once. */
const shortBytes = 12;

/** Four bytes from `at` on as a number; those from `end` on count as 0. */
function wordAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) {
    return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
  }
  let word = 0;
  for (let i = at, shift = 0; i < end; i++, shift += 8) word |= (bytes[i] ?? 0) << shift;
  return word;
}

/** Codes run from 0 in the order in which the texts were first seen. */
export class Dictionary {
  size = 0;
  /** Bytes of all texts together. */
  textBytes = 0;
  // Arrays of up to 64 bytes are cheap to make, and a table may have 10,000 columns.
  private slots = new Int32Array(16).fill(-1);
  private hashes = new Uint32Array(8);
  private offsets = new Uint32Array(9);
  private arena = new Uint8Array(64);
  /** The bytes of each short text as three words; those of a longer one are 0, or not there. */
  private words = new Int32Array(16);

  /** Code of a text, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (end - start <= shortBytes) return this.short(bytes, start, end, false);
    const hash = hashBytes(bytes, start, end);
    return this.slots[this.slotOf(hash, bytes, start, end)] ?? -1;
  }

  /** Code of a text, which is taken in if it is new: then the code is the `size` of before. */
  code(bytes: Uint8Array, start: number, end: number): number {
    if (end - start <= shortBytes) return this.short(bytes, start, end, true);
    const hash = hashBytes(bytes, start, end);
    const slot = this.slotOf(hash, bytes, start, end);
    const known = this.slots[slot] ?? -1;
    return known >= 0 ? known : this.add(hash, slot, bytes, start, end);
  }

  /** As `code` and `find`, for a text of up to `shortBytes`. */
  private short(bytes: Uint8Array, start: number, end: number, takesIn: boolean): number {
    const { slots, hashes, offsets, words } = this;
    const length = end - start;
    const first = wordAt(bytes, start, end);
    const second = length > 4 ? wordAt(bytes, start + 4, end) : 0;
    const third = length > 8 ? wordAt(bytes, start + 8, end) : 0;
    let hash = Math.imul(first ^ length, 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 15) ^ second, 0x297a2d39);
    hash = Math.imul(hash ^ (hash >>> 15) ^ third, 0x01000193);
    hash = (hash ^ (hash >>> 13)) >>> 0;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const code = slots[slot] ?? -1;
      if (code < 0) {
        if (!takesIn) return -1;
        const added = this.add(hash, slot, bytes, start, end);
        this.keepWords(added, first, second, third);
        return added;
      }
      if (hashes[code] !== hash || words[3 * code] !== first || words[3 * code + 1] !== second) continue;
      if (words[3 * code + 2] === third && (offsets[code + 1] ?? 0) - (offsets[code] ?? 0) === length) return code;
    }
  }

  private keepWords(code: number, ...three: [number, number, number]): void {
    if (3 * code + 3 > this.words.length) this.words = grown(this.words, new Int32Array(6 * code + 6));
    this.words.set(three, 3 * code);
  }

  /** Takes a text in at a free slot; answers its code. */
  private add(hash: number, slot: number, bytes: Uint8Array, start: number, end: number): number {
    const code = this.size++;
    this.slots[slot] = code;
    if (code >= this.hashes.length) {
      this.hashes = grown(this.hashes, new Uint32Array(2 * this.hashes.length));
      this.offsets = grown(this.offsets, new Uint32Array(this.hashes.length + 1));
    }
    this.hashes[code] = hash;
    const length = end - start;
    if (this.textBytes + length > this.arena.length) {
      this.arena = grown(this.arena, new Uint8Array(Math.max(2 * this.arena.length, this.textBytes + length)));
    }
    this.arena.set(bytes.subarray(start, end), this.textBytes);
    this.textBytes += length;
    this.offsets[code + 1] = this.textBytes;
    if (this.size * 2 > this.slots.length) this.rehash();
    return code;
  }

  /** All texts, one after the other: that of a code lies from `start(code)` to `end(code)`. Not to be written to. */
  get bytes(): Uint8Array {
    return this.arena;
  }

  start(code: number): number {
    return this.offsets[code] ?? 0;
  }

  end(code: number): number {
    return this.offsets[code + 1] ?? 0;
  }

  textOf(code: number): string {
    return text(this.arena, this.start(code), this.end(code));
  }

  /** Orders two texts by code point, as Python orders them (JavaScript's own order is by UTF-16 unit). */
  compare(a: number, b: number): number {
    const { arena } = this;
    const start = this.start(a);
    const otherStart = this.start(b);
    const length = this.end(a) - start;
    const otherLength = this.end(b) - otherStart;
    for (let i = 0; i < length && i < otherLength; i++) {
      const difference = (arena[start + i] ?? 0) - (arena[otherStart + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return length - otherLength;
  }

  /** The slot where a text stands, or the free one where it belongs. */
  private slotOf(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const { slots, hashes, offsets, arena } = this;
    const mask = slots.length - 1;
    const length = end - start;
    probing: for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const code = slots[slot] ?? -1;
      if (code < 0) return slot;
      if (hashes[code] !== hash) continue;
      const from = offsets[code] ?? 0;
      if ((offsets[code + 1] ?? 0) - from !== length) continue;
      for (let i = 0; i < length; i++) if (arena[from + i] !== bytes[start + i]) continue probing;
      return slot;
    }
  }

  private rehash(): void {
    const slots = new Int32Array(2 * this.slots.length).fill(-1);
    const mask = slots.length - 1;
    for (let code = 0; code < this.size; code++) {
      let slot = (this.hashes[code] ?? 0) & mask;
      while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
      slots[slot] = code;
    }
    this.slots = slots;
  }
}

function grown<T extends Uint8Array | Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/**
 * A set of texts of which only 64-bit hashes are kept, 16 bytes an entry: enough to tell whether a column
 * ever repeats a value (two of a million different texts are taken for one with a chance of 3 in 10^8).
 */
export class HashSet {
  size = 0;
  private slots = new Uint32Array(2 * 1024);

  /** False: it is there already. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.size * 4 > this.slots.length) this.rehash();
    // The second half is never 0, which marks a free slot.
    return this.insert(hashBytes(bytes, start, end), (hashBytes(bytes, start, end, 0x9e3779b9) | 1) >>> 0);
  }

  private insert(low: number, high: number): boolean {
    const { slots } = this;
    const mask = slots.length / 2 - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const there = slots[2 * slot + 1];
      if (there === 0) {
        slots[2 * slot] = low;
        slots[2 * slot + 1] = high;
        this.size++;
        return true;
      }
      if (there === high && slots[2 * slot] === low) return false;
    }
  }

  private rehash(): void {
    const before = this.slots;
    this.slots = new Uint32Array(2 * before.length);
    this.size = 0;
    for (let i = 0; i < before.length; i += 2) {
      const high = before[i + 1] ?? 0;
      if (high !== 0) this.insert(before[i] ?? 0, high);
    }
  }
}
