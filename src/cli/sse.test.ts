import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSseParser } from './sse.js';

const stream =
  '\uFEFF: hello\nretry: 1500\n\nevent: status\nid: 1.0.0\ndata: {"a":1}\n\r\nevent:metrics\r\ndata: one\r\ndata: two ğ\r\nid: 2.5.0\r\n\r\ndata\rid: 9\r\rid: 10\n\nevent: log\ndata: x\n\n';
const expected = [
  { event: 'status', data: '{"a":1}', id: '1.0.0' },
  { event: 'metrics', data: 'one\ntwo ğ', id: '2.5.0' },
  { event: 'message', data: '', id: '9' },
  { event: 'log', data: 'x', id: '10' },
];

describe('server-sent events', () => {
  it('are read whole, with each kind of line end', () => {
    const parser = createSseParser();
    expect(parser.push(stream)).toEqual(expected);
    expect(parser.retryMs).toBe(1500);
  });

  it('are the same however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 40 }), (cuts) => {
        const parser = createSseParser();
        const edges = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const pieces = edges.slice(1).map((edge, index) => stream.slice(edges[index], edge));
        expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(expected);
      }),
    );
  });

  it('that are cut off before their blank line are not told', () => {
    expect(createSseParser().push('event: status\ndata: 1\n')).toEqual([]);
  });

  it('with an id that holds a zero byte keep the id before', () => {
    expect(createSseParser().push('id: a\nid: b\0\ndata: 1\n\n')).toEqual([{ event: 'message', data: '1', id: 'a' }]);
  });
});
