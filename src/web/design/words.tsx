import { Code } from '@mantine/core';
import { createElement, Fragment } from 'react';

/** A text in which what stands between backticks is to be typed as it is. */
export function Words({ text }: { text: string }) {
  const parts = text
    .split(/`([^`]+)`/)
    .map((part, place) => (place % 2 === 1 ? createElement(Code, null, part) : part));
  return createElement(Fragment, null, ...parts);
}
