import { expect, it } from 'vitest';
import { renderError, renderLog } from './render.js';

it('a measurement is shown by a value, and by its line where that is known', () => {
  const told = (language: 'en' | 'tr', params: object) =>
    renderError(language, { code: 'TARGET_CONTINUOUS', params: { target: 'y', value: '0.5', ...params } }).message;
  expect(told('en', {})).toBe('Column y is a measurement (for example 0.5), not a class.');
  expect(told('en', { line: 3 })).toBe('Column y is a measurement (for example 0.5 on line 3), not a class.');
  expect(told('tr', {})).toBe('y sütunu bir sınıf değil, ölçüm (örneğin 0.5).');
  expect(told('tr', { line: 3 })).toBe('y sütunu bir sınıf değil, ölçüm (örneğin 3. satırda 0.5).');
});

it('log lines write an accuracy as a percentage', () => {
  expect(renderLog('en', 'workflowCompleted', { accuracy: 0.913 })).toBe(
    'Workflow completed: validation accuracy 91.30%.',
  );
  expect(renderLog('tr', 'epochReached', { epoch: 2, epochs: 9, accuracy: 1 })).toBe(
    'Dönem 2/9: doğrulama doğruluğu %100,00.',
  );
});

it('a column that had no name is not told to have been called otherwise', () => {
  const told = (language: 'en' | 'tr', original: string) =>
    renderLog(language, 'headerRenamed', { position: 5, original, name: original === '' ? 'Unnamed: 4' : 'a.1' });
  expect(told('en', '')).toBe('Column 5 has no name: it is called Unnamed: 4.');
  expect(told('tr', '')).toBe('5. sütunun adı yok: Unnamed: 4 adı kullanılıyor.');
  expect(told('en', 'a')).toBe('Column 5: “a” is called a.1.');
});

it('what is no text is told with its place and what to do with a compressed file', () => {
  const told = (language: 'en' | 'tr') => {
    const { message, hint } = renderError(language, { code: 'CSV_BINARY', params: { offset: 2 } });
    return `${message} ${hint}`;
  };
  expect(told('en')).toBe(
    "The file is not text: byte 2, counted from 0, cannot stand in a CSV. Export the table as CSV, or unpack the file first where it is compressed (.gz, .zip); a spreadsheet's own file or a picture cannot be read.",
  );
  expect(told('tr')).toBe(
    'Dosya metin değil: sıfırdan sayarak 2 numaralı bayt bir CSV içinde olamaz. Tabloyu CSV olarak dışa aktarın ya da dosya sıkıştırılmışsa (.gz, .zip) önce açın; hesap tablosunun kendi dosyası ya da resim okunamaz.',
  );
});

it('what the system refuses is told in words', () => {
  const told = (language: 'en' | 'tr', detail: string) =>
    renderError(language, { code: 'DATA_DIR_NOT_WRITABLE', params: { directory: '/x', detail } }).message;
  expect(told('en', "EACCES: permission denied, mkdir '/x'")).toBe(
    'The data directory /x cannot be written: this user has no right to.',
  );
  expect(told('tr', 'ENOTDIR')).toBe('/x veri dizinine yazılamıyor: üstünde dizin olması gereken yerde bir dosya var.');
  expect(told('en', 'EODD: unheard of')).toBe('The data directory /x cannot be written: EODD: unheard of.');
});
