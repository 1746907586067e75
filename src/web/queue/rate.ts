import { useTexts } from '../language/language.js';

/** Messages a second in words; a dash where it is not known. */
export function useRate(): (rate: number | null) => string {
  const { t, fill, format } = useTexts();
  return (rate) =>
    rate === null ? t.common.none : fill(t.operations.queue.perSecond, { rate: format.number(rate, 2) });
}
