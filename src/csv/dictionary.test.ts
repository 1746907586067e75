import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Dictionary } from './dictionary.js';

/** Few letters, so that texts are often prefixes of one another; a zero byte, which short texts are filled up with. */
const letter = fc.constantFrom('a', 'b', '\0', 'ğ');
const texts = fc.array(fc.string({ unit: letter, maxLength: 18 }), { maxLength: 200 });

test('texts of any length get codes in the order in which they were first seen', () => {
  fc.assert(
    fc.property(texts, fc.array(fc.string({ unit: letter, maxLength: 18 })), (all, others) => {
      const dictionary = new Dictionary();
      const expected = new Map<string, number>();
      const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(`<${text}>`);
      for (const text of all) {
        const known = expected.get(text) ?? expected.size;
        expected.set(text, known);
        const bytes = bytesOf(text);
        expect(dictionary.code(bytes, 1, bytes.length - 1)).toBe(known);
      }
      expect(dictionary.size).toBe(expected.size);
      for (const [text, code] of expected) expect(dictionary.textOf(code)).toBe(text);
      for (const text of [...all, ...others]) {
        const bytes = bytesOf(text);
        expect(dictionary.find(bytes, 1, bytes.length - 1)).toBe(expected.get(text) ?? -1);
      }
    }),
  );
});
