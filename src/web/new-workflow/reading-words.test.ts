import { expect, it } from 'vitest';
import { messagesOf } from '../../contract/messages/translate.js';
import { readingWords } from './reading-words.js';

it('a reading that was chosen is told in the words of the form, and what the form lacks as it is', () => {
  const { dataset } = messagesOf('tr').web.create;
  expect(readingWords(dataset, { delimiter: ';', decimal: ',', header: false, quote: "'" })).toEqual([
    'Sütun ayırıcı: noktalı virgül',
    'Sayılar: ondalık virgül',
    'İlk satır: başlık satırı yok',
    'quote: "\'"',
  ]);
  expect(readingWords(messagesOf('en').web.create.dataset, { delimiter: '~', encoding: 'utf-8' })).toEqual([
    'Columns separated by: “~”',
    'Encoding: UTF-8',
  ]);
});
