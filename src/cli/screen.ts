/** The whole of a terminal, drawn over and over without flicker, and given back as it was. */
import type { Output } from './program.js';

const sequence = '\u001b[';
const enter = `${sequence}?1049h${sequence}?25l`;
const leave = `${sequence}?25h${sequence}?1049l`;
/** What stands between these two appears at once, where the terminal knows them. */
const hold = `${sequence}?2026h`;
const release = `${sequence}?2026l`;

export interface Screen {
  readonly width: number;
  readonly height: number;
  /** Lines that are no wider than the screen; those that do not fit are not drawn. */
  draw(lines: readonly string[]): void;
  close(): void;
}

/** @param resized the screen has another size: it is to be drawn anew */
export function openScreen(output: Output, resized: () => void): Screen {
  let drawn = '';
  const size = () => ({ width: output.columns ?? 80, height: output.rows ?? 24 });
  const onResize = () => {
    drawn = '';
    resized();
  };
  output.write(enter);
  output.on('resize', onResize);
  return {
    get width() {
      return size().width;
    },
    get height() {
      return size().height;
    },
    draw(lines) {
      // Over what is there, line by line: an emptied screen would be seen.
      const text = lines
        .slice(0, size().height)
        .map((line) => `${line}${sequence}K`)
        .join('\r\n');
      if (text === drawn) return;
      drawn = text;
      output.write(`${hold}${sequence}H${text}${sequence}J${release}`);
    },
    close() {
      output.off('resize', onResize);
      output.write(leave);
    },
  };
}
