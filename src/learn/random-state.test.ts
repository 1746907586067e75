import { describe, expect, it } from 'vitest';
import fixtures from './fixtures/random.json' with { type: 'json' };
import { RandomState } from './random-state.js';

describe('RandomState', () => {
  for (const draws of fixtures.draws) {
    it(`seed ${draws.seed} draws what numpy draws, in every kind and beyond the first 624 words`, () => {
      const random = new RandomState(draws.seed);
      const take = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
      expect(take(4, () => random.uint32())).toEqual(draws.words);
      expect(take(3, () => random.double())).toEqual(draws.doubles);
      expect([
        random.randint(1, 2147483647),
        random.randint(0, 2147483647),
        random.randint(5, 6),
        random.randint(0, 9),
      ]).toEqual(draws.randint);
      expect(take(3, () => random.uniform(-0.25, 0.25))).toEqual(draws.uniform);
      expect([...random.permutation(20)]).toEqual(draws.permutation);
      expect([...random.choice(Int32Array.of(3, 5, 8), 3)]).toEqual(draws.choice);
      expect(take(700, () => random.double()).at(-1)).toBe(draws.after);
    });
  }

  it('an interval of 0 draws nothing', () => {
    const random = new RandomState(5);
    random.interval(0);
    expect(random.uint32()).toBe(new RandomState(5).uint32());
  });
});
