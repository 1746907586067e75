/**
 * Values as Python prints them. Celery's tools show arguments and results as such texts, and Flower reads them again
 * to draw a table of them.
 */

/** As long as Celery lets the text of a result or of arguments be. */
const mostCharacters = 1024;

/** A JSON value as `repr()` gives it, cut off with `...` where it is too long to show. */
export function pythonRepr(value: unknown, most = mostCharacters): string {
  return cut(written(value, most), most);
}

/** An array as the tuple of a call's arguments. */
export function pythonTuple(values: readonly unknown[], most = mostCharacters): string {
  const inside = written([...values], most).slice(1, -1);
  return cut(`(${inside}${values.length === 1 ? ',' : ''})`, most);
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}

/** Stops soon after `left` characters: nobody reads the rest of a large value. */
function written(value: unknown, left: number): string {
  if (left <= 0) return '...';
  switch (typeof value) {
    case 'string':
      return quoted(value.length > left ? value.slice(0, left + 1) : value);
    case 'number':
      return number(value);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'object':
      if (value === null) return 'None';
      return Array.isArray(value) ? list(value, left) : dictionary(value, left);
    default:
      return 'None';
  }
}

function list(values: readonly unknown[], left: number): string {
  let text = '[';
  for (const [i, value] of values.entries()) {
    if (i > 0) text += ', ';
    if (text.length > left) return `${text}...`;
    text += written(value, left - text.length);
  }
  return `${text}]`;
}

function dictionary(value: object, left: number): string {
  let text = '{';
  for (const [key, item] of Object.entries(value)) {
    if (text.length > 1) text += ', ';
    if (text.length > left) return `${text}...`;
    text += `${quoted(key)}: `;
    text += written(item, left - text.length);
  }
  return `${text}}`;
}

function number(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  // Python writes an exponent with two digits at least.
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
  const escaped = text.replace(/[\\\n\r\t\u0000-\u001f\u007f-\u00a0]/g, (character) => {
    return escapes[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}
