import { expect, it } from 'vitest';
import { messagesOf } from '../contract/messages/translate.js';

/** The texts of a catalogue by their path. */
function texts(node: unknown, path = ''): [string, string][] {
  if (typeof node === 'string') return [[path, node]];
  return Object.entries(node ?? {}).flatMap(([key, value]) => texts(value, `${path}.${key}`));
}

const names = (text: string) => [...new Set([...text.matchAll(/\{(\w+)(?=[}:])/g)].map((match) => match[1]))].sort();

it('every text of the command line names the same values in each language', () => {
  const turkish = new Map(texts(messagesOf('tr').cli));
  const english = texts(messagesOf('en').cli);
  expect([...turkish.keys()]).toEqual(english.map(([path]) => path));
  for (const [path, text] of english) expect([path, names(turkish.get(path) ?? '')]).toEqual([path, names(text)]);
});
