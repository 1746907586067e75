/** Headers that keep pages of the server to themselves: our web app and the API's page need nothing from elsewhere. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyHelmetOptions } from '@fastify/helmet';

/** Options of helmet; scripts that stand inside the web app's `index.html` are allowed by their hash. */
export async function contentSecurity(webRoot: string | null): Promise<FastifyHelmetOptions> {
  const inline = webRoot === null ? [] : await inlineScripts(join(webRoot, 'index.html'));
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'", ...inline],
        // The component library and the API's page set styles from script.
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'font-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'object-src': ["'none'"],
        'base-uri': ["'self'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // Served over plain HTTP on this machine; a proxy that adds TLS adds its own.
    strictTransportSecurity: false,
    // Without TLS these two only make the browser complain.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xFrameOptions: { action: 'deny' },
  };
}

async function inlineScripts(file: string): Promise<string[]> {
  const html = await readFile(file, 'utf8').catch(() => '');
  const scripts = html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi);
  return [...scripts].map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
}
