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

it('what the system refuses is told in words', () => {
  const told = (language: 'en' | 'tr', detail: string) =>
    renderError(language, { code: 'DATA_DIR_NOT_WRITABLE', params: { directory: '/x', detail } }).message;
  expect(told('en', "EACCES: permission denied, mkdir '/x'")).toBe(
    'The data directory /x cannot be written: this user has no right to.',
  );
  expect(told('tr', 'ENOTDIR')).toBe('/x veri dizinine yazılamıyor: üstünde dizin olması gereken yerde bir dosya var.');
  expect(told('en', 'EODD: unheard of')).toBe('The data directory /x cannot be written: EODD: unheard of.');
});
