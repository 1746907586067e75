import { expect, it } from 'vitest';
import { Tail } from './tail.js';

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

it('items behind the held ones are not answered as if there were none', () => {
  const tail = new Tail<number>((value) => value, 0, 5);
  tail.append(numbers(1, 8));
  expect(tail.after(3, 10)).toEqual([4, 5, 6, 7, 8]);
  expect(tail.after(2, 10)).toBeNull();
  expect(tail.after(6, 1)).toEqual([7]);
  expect(tail.after(8, 10)).toEqual([]);
  expect(tail.end).toBe(8);
});

it('a tail that begins in the middle holds nothing of what was before', () => {
  const tail = new Tail<number>((value) => value, 100, 5);
  expect(tail.after(99, 10)).toBeNull();
  expect(tail.after(100, 10)).toEqual([]);
  expect(tail.end).toBe(100);
});

it('never holds more than its capacity', () => {
  const tail = new Tail<number>((value) => value, 0, 3);
  for (let page = 0; page < 100; page += 1) tail.append(numbers(page * 10 + 1, page * 10 + 10));
  expect(tail.after(997, 10)).toEqual([998, 999, 1000]);
  expect(tail.after(996, 10)).toBeNull();
});
