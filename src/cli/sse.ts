/** Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */

interface SseMessage {
  event: string;
  data: string;
  /** The id that a client sends as Last-Event-ID to go on after this message. */
  id: string;
}

export interface SseParser {
  /** Takes any piece of the stream; answers the messages that it completes. */
  push(piece: string): SseMessage[];
  /** How long to wait before connecting again, where the server has said so, in ms. */
  readonly retryMs: number | null;
}

export function createSseParser(): SseParser {
  let rest = '';
  let started = false;
  let id = '';
  let event = '';
  let data: string[] = [];
  let retryMs: number | null = null;

  const take = (line: string): SseMessage | null => {
    if (line === '') {
      const message = data.length > 0 ? { event: event || 'message', data: data.join('\n'), id } : null;
      event = '';
      data = [];
      return message;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
    return null;
  };

  return {
    get retryMs() {
      return retryMs;
    },
    push(piece) {
      rest += piece;
      if (!started && rest !== '') {
        started = true;
        rest = rest.replace(/^\uFEFF/, '');
      }
      const messages: SseMessage[] = [];
      for (;;) {
        // A \r at the very end may be the first half of \r\n, so it waits for what follows.
        const end = /\r\n|\n|\r(?!$)/.exec(rest);
        if (!end) return messages;
        const message = take(rest.slice(0, end.index));
        rest = rest.slice(end.index + end[0].length);
        if (message) messages.push(message);
      }
    },
  };
}
