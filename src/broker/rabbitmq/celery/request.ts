/**
 * A request of Celery's remote control, as it lies in a node's mailbox.
 *
 * Source: kombu.pidbox.Mailbox._publish, kombu.pidbox.Node.handle_message
 */
import { z } from 'zod';

const RemoteRequest = z.object({
  method: z.string(),
  arguments: z.record(z.string(), z.unknown()).nullish(),
  destination: z.array(z.string()).nullish(),
  pattern: z.string().nullish(),
  matcher: z.string().nullish(),
  ticket: z.string().nullish(),
  reply_to: z.object({ exchange: z.string(), routing_key: z.string() }).nullish(),
});
export type RemoteRequest = z.infer<typeof RemoteRequest>;

/** Null: no request, or one in a format that is not read here (Celery's own clients write JSON). */
export function readRequest(body: unknown): RemoteRequest | null {
  try {
    const json: unknown = JSON.parse(Buffer.isBuffer(body) ? body.toString('utf8') : String(body));
    const request = RemoteRequest.safeParse(json);
    return request.success ? request.data : null;
  } catch {
    return null;
  }
}

export function isMeantFor(node: string, { destination, pattern, matcher }: RemoteRequest): boolean {
  if (destination && destination.length > 0) return destination.includes(node);
  if (pattern && matcher) return matches(node, pattern, matcher);
  return true;
}

function matches(node: string, pattern: string, matcher: string): boolean {
  try {
    // `pcre` is Python's `re.match`, which begins at the start and may end before the end.
    const expression = matcher === 'glob' ? `^(?:${ofGlob(pattern)})$` : `^(?:${pattern})`;
    return new RegExp(expression, 's').test(node);
  } catch {
    return false;
  }
}

/** As Python's fnmatch: `*`, `?`, `[seq]`, `[!seq]`. */
function ofGlob(pattern: string): string {
  return pattern.replace(/\[!?[^\]]+\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
}
