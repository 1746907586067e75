/** The web app: files of the build, and its one page for every address that is a page. */
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './app.js';
import { pathOf, routeNotFound, sendProblem } from './problems.js';

/** Serves `webRoot`; without one, every path outside the API is a problem document. */
export async function serveWeb(app: App, webRoot: string | null): Promise<void> {
  if (webRoot !== null) {
    const assets = join(webRoot, 'assets');
    await app.register(fastifyStatic, {
      root: webRoot,
      index: false,
      cacheControl: false,
      // The build leaves `.gz` files beside scripts and styles.
      preCompressed: true,
      dotfiles: 'ignore',
      setHeaders: (reply: FastifyReply, file: string) => {
        // Files under assets/ have a hash of their content in their name.
        const hashed = file.startsWith(assets);
        reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
    app.get('/', { schema: { hide: true } }, (_request, reply) => sendPage(reply));
  }
  app.setNotFoundHandler((request, reply) => {
    if (webRoot !== null && isPage(request)) return sendPage(reply);
    return sendProblem(routeNotFound(request), request, reply);
  });
}

const sendPage = (reply: FastifyReply): FastifyReply => reply.sendFile('index.html');

/** Where programs ask: one that finds nothing there must not take a page for its answer. */
const machinePath = /^\/(api|healthz?|livez|readyz|metrics|debug|\.well-known)(\/|$)/;

/** Pages about things whose names have dots: queues, workers, tasks. */
const namedPage = /^\/(queue|tasks|workers)\/[^/]+$/;

/** The app finds its own way from the address, so each one that does not name a file gets the app. */
function isPage(request: FastifyRequest): boolean {
  const path = pathOf(request.url);
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const namesFile = /\.[^/]*$/.test(path) && !namedPage.test(path);
  return reads && !machinePath.test(path) && !namesFile && takesHtml(request.headers.accept);
}

const takesHtml = (accept: string | undefined): boolean =>
  accept === undefined || /text\/(html|\*)|\*\/\*/i.test(accept);
