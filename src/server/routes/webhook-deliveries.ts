import { WebhookDeliveryList, WebhookDeliveryQuery } from '../../contract/webhooks.js';
import type { Route } from '../app.js';
import { json, problems } from '../openapi.js';

export const webhookDeliveries: Route = (app, { engine }) => {
  app.get(
    '/api/webhooks/deliveries',
    {
      schema: {
        summary: 'Calls of webhooks: what is pending, delivered or given up',
        operationId: 'listWebhookDeliveries',
        tags: ['operations'],
        querystring: WebhookDeliveryQuery,
        response: { 200: json(WebhookDeliveryList, 'The last ones first'), ...problems('REQUEST_INVALID') },
      },
    },
    (request) => engine.webhooks.list(request.query),
  );
};
