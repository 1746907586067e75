/** A drawing on a canvas that follows its size, its data, the language and the colours of the page. */
import { useComputedColorScheme } from '@mantine/core';
import { type RefObject, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTexts } from '../language/language.js';

interface Drawing {
  /** Of the frame; nothing is drawn while it is 0. */
  width: number;
  height: number;
  data: uPlot.AlignedData;
  options: () => uPlot.Options;
  /** What else the options are made from: another value draws anew. */
  madeFrom: string | number;
}

/** @returns the element to draw into */
export function usePlot({ width, height, data, options, madeFrom }: Drawing): RefObject<HTMLDivElement | null> {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme('light');
  const { language } = useTexts();
  const drawn = width > 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew for the scheme; size and data follow below.
  useEffect(() => {
    if (!drawn || holder.current === null) return;
    plot.current = new uPlot(options(), data, holder.current);
    return () => {
      plot.current?.destroy();
      plot.current = null;
    };
  }, [drawn, scheme, language, madeFrom]);

  useEffect(() => {
    if (drawn) plot.current?.setSize({ width, height });
  }, [drawn, width, height]);

  useEffect(() => plot.current?.setData(data), [data]);

  return holder;
}
