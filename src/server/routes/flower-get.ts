import { FlowerState } from '../../contract/operations.js';
import { splitCredentials } from '../../contract/session.js';
import type { Route } from '../app.js';
import { flowerPath } from '../flower/rewrite.js';
import { json } from '../openapi.js';

const answerWithinMs = 3_000;

export const flowerGet: Route = (app, { flowerUrl }) => {
  app.get(
    '/api/flower',
    {
      schema: {
        summary: 'Where Celery Flower is shown, and whether it answers',
        operationId: 'getFlower',
        tags: ['operations'],
        response: { 200: json(FlowerState, 'Its address and path; null where none is set') },
      },
    },
    async (): Promise<FlowerState> => {
      if (flowerUrl === null) return { url: null, path: null, ok: false, detail: null };
      const { url, authorization } = splitCredentials(flowerUrl);
      const state = { url, path: `${flowerPath}/` };
      try {
        const headers: Record<string, string> = authorization === null ? {} : { authorization };
        const response = await fetch(`${url}/`, {
          headers,
          redirect: 'manual',
          signal: AbortSignal.timeout(answerWithinMs),
        });
        await response.body?.cancel();
        const ok = response.status < 400;
        return { ...state, ok, detail: ok ? null : `HTTP ${response.status}` };
      } catch (error) {
        const cause = error instanceof Error ? (error.cause ?? error) : error;
        return { ...state, ok: false, detail: cause instanceof Error ? cause.message || String(cause) : String(cause) };
      }
    },
  );
};
