/**
 * Who may talk to the server. It listens on a person's own machine, without accounts, so a page of any web site
 * could otherwise reach it through that person's browser: by a host name that is made to resolve to this machine
 * (DNS rebinding; the Host header gives it away), or by a form or script of another origin (the Origin header does).
 */
import type { FastifyRequest } from 'fastify';
import { AppError } from '../contract/errors.js';

const ownNames: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];
const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Checks the Host and Origin headers of requests. */
export interface Gate {
  /** @throws AppError `FORBIDDEN_HOST` */
  checkHost(request: FastifyRequest): void;
  /** @throws AppError `FORBIDDEN_ORIGIN` when a page of another origin sends the request */
  checkOrigin(request: FastifyRequest): void;
}

/**
 * `allowedHosts` are names (or addresses) without port under which the server may be reached beside those of this
 * machine; `*` lets every name pass. Pages of an allowed host may also send requests when a proxy changed the Host.
 */
export function createGate(allowedHosts: readonly string[]): Gate {
  const configured = new Set(allowedHosts.map((host) => nameOf(host)).filter((name) => !ownNames.includes(name)));
  const allowed = new Set([...ownNames, ...configured]);
  const any = allowedHosts.includes('*');
  return {
    checkHost(request) {
      const host = request.headers.host ?? '';
      if (!any && !allowed.has(nameOf(host))) throw new AppError('FORBIDDEN_HOST', { host: printable(host) });
    },
    checkOrigin(request) {
      const { origin, host } = request.headers;
      if (origin === undefined) return;
      const page = parseUrl(origin);
      if (page?.protocol === 'http:' || page?.protocol === 'https:') {
        if (parseUrl(`${page.protocol}//${host ?? ''}`)?.host === page.host) return;
        if (configured.has(nameOf(page.host))) return;
      }
      throw new AppError('FORBIDDEN_ORIGIN', { origin: printable(origin) });
    },
  };
}

/** Requests that change something; the others are harmless, because no other origin can read their answers. */
export const changesState = (request: FastifyRequest): boolean => !safeMethods.includes(request.method);

/** `localhost:8000` → `localhost`, `[::1]:8000` → `[::1]`; a bare `::1` is written as a host. */
function nameOf(host: string): string {
  const lower = host.trim().toLowerCase();
  if (/^[0-9a-f:]+$/.test(lower) && lower.split(':').length > 2) return `[${lower}]`;
  return lower.replace(/:\d*$/, '').replace(/\.$/, '');
}

const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);
const printable = (header: string): string => header.slice(0, 200);
