/** Colours of a terminal; on anything else, and where NO_COLOR is set, text stays as it is. */
import type { Output } from './program.js';

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
export type Colour = keyof typeof codes;
export type Paint = Record<Colour, (text: string) => string> & { readonly enabled: boolean };

export function createPaint(enabled: boolean): Paint {
  const wrap = (colour: Colour) => (text: string) =>
    enabled && text !== '' ? `${escapeOf(colour)}${text}\u001b[0m` : text;
  return {
    enabled,
    bold: wrap('bold'),
    dim: wrap('dim'),
    red: wrap('red'),
    green: wrap('green'),
    yellow: wrap('yellow'),
    blue: wrap('blue'),
    magenta: wrap('magenta'),
    cyan: wrap('cyan'),
  };
}

/** The sequence that switches a colour on. */
export const escapeOf = (colour: Colour): string => `\u001b[${codes[colour]}m`;

/** Whether to write colours: https://no-color.org, then FORCE_COLOR, then whether it is a terminal that has them. */
export function wantsColour(output: Output, environment: NodeJS.ProcessEnv): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR) return environment.FORCE_COLOR !== '0';
  return output.isTTY === true && environment.TERM !== 'dumb';
}

/** Takes the place of what would move the cursor or colour the rest: file and column names may hold anything. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '�');
}
