/** Names that clients give are shown, and nothing else: no path is ever made of them. */

const longest = 255;

/** The last part of a path as any system writes it, without control characters: `../../x.csv` is `x.csv`. */
export function baseName(fileName: string): string {
  const last = fileName.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const shown = last.replace(/\p{Cc}/gu, '').trim();
  return shown === '' || shown === '.' || shown === '..' ? 'upload.csv' : shown.slice(-longest);
}

/** What a dataset is called when nobody said: its file without the ending. */
export function defaultDatasetName(fileName: string): string {
  return fileName.replace(/\.[A-Za-z0-9]{1,4}$/, '') || fileName;
}
