/** Takes a pickle apart, for tests that look at what is written without a Python. */
import { opcode } from '../pickle-writer.js';

export interface Operation {
  readonly name: string;
  /** The operation's argument: a number, a text, or a byte string's length. */
  readonly argument: number | string | null;
  /** Where its opcode stands. */
  readonly at: number;
}

const names = new Map<number, string>(Object.entries(opcode).map(([name, code]) => [code, name]));

/** All operations up to and with STOP. @throws Error at an opcode that is none of ours, or at bytes after STOP */
export function disassemble(bytes: Uint8Array): Operation[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (start: number, length: number) => new TextDecoder().decode(bytes.subarray(start, start + length));
  const operations: Operation[] = [];
  for (let at = 0; at < bytes.length; ) {
    const name = names.get(view.getUint8(at));
    if (name === undefined) throw new Error(`no opcode of ours at ${at}: ${view.getUint8(at)}`);
    const [argument, size] = argumentOf(name, view, at + 1, text);
    operations.push({ name, argument, at });
    at += 1 + size;
    if (name === 'STOP' && at !== bytes.length) throw new Error(`bytes after STOP at ${at}`);
  }
  return operations;
}

function argumentOf(
  name: string,
  view: DataView,
  at: number,
  text: (start: number, length: number) => string,
): [argument: number | string | null, size: number] {
  switch (name) {
    case 'PROTO':
    case 'BINGET':
    case 'BININT1':
      return [view.getUint8(at), 1];
    case 'BININT2':
      return [view.getUint16(at, true), 2];
    case 'BININT':
      return [view.getInt32(at, true), 4];
    case 'LONG_BINGET':
      return [view.getUint32(at, true), 4];
    case 'LONG1':
      return [Number(view.getBigInt64(at + 1, true)), 9];
    case 'BINFLOAT':
      return [view.getFloat64(at), 8];
    case 'SHORT_BINUNICODE':
      return [text(at + 1, view.getUint8(at)), 1 + view.getUint8(at)];
    case 'BINUNICODE':
      return [text(at + 4, view.getUint32(at, true)), 4 + view.getUint32(at, true)];
    case 'SHORT_BINBYTES':
      return [view.getUint8(at), 1 + view.getUint8(at)];
    case 'BINBYTES':
      return [view.getUint32(at, true), 4 + view.getUint32(at, true)];
    case 'BINBYTES8':
      return [Number(view.getBigUint64(at, true)), 8 + Number(view.getBigUint64(at, true))];
    default:
      return [null, 0];
  }
}

/** The importable names that a pickle asks for, sorted, each once. */
export function globalsOf(operations: readonly Operation[]): string[] {
  const memo: (string | null)[] = [];
  const recent: string[] = [];
  const found = new Set<string>();
  for (const { name, argument } of operations) {
    if (name === 'SHORT_BINUNICODE' || name === 'BINUNICODE') recent.push(String(argument));
    else if (name === 'BINGET' || name === 'LONG_BINGET') recent.push(memo[Number(argument)] ?? '');
    else if (name === 'MEMOIZE') memo.push(recent.at(-1) ?? null);
    else if (name === 'STACK_GLOBAL') {
      const [module, member] = recent.splice(-2);
      found.add(`${module}.${member}`);
      recent.push(`${module}.${member}`);
    }
  }
  return [...found].sort();
}
