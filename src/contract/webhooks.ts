/** What a webhook is sent, and what became of it. Times are ISO 8601 in UTC. */
import { z } from 'zod';
import { ErrorInfo, StepName, WorkflowSummary } from './entities.js';

const Time = z.iso.datetime();

export const webhookEventTypes = ['workflow.completed', 'workflow.failed', 'worker.lost'] as const;
export const WebhookEventType = z.enum(webhookEventTypes);
export type WebhookEventType = z.infer<typeof WebhookEventType>;

const common = {
  /** The same for every call about the same event: who may be called twice compares it. */
  id: z.string(),
  /** When it happened. */
  at: Time,
};

/** The workflow as the event left it. */
const WebhookWorkflow = WorkflowSummary.omit({ steps: true });

/** The body of a call. More events and more fields may come: leave aside what you do not know. */
export const WebhookEvent = z.discriminatedUnion('type', [
  z.object({ ...common, type: z.literal('workflow.completed'), workflow: WebhookWorkflow }),
  z.object({
    ...common,
    type: z.literal('workflow.failed'),
    workflow: WebhookWorkflow,
    step: StepName.nullable(),
    error: ErrorInfo,
  }),
  z.object({
    ...common,
    type: z.literal('worker.lost'),
    worker: z.object({
      name: z.string(),
      host: z.string(),
      pid: z.int(),
      version: z.string(),
      /** Steps that it ran when it was last heard of; they run again elsewhere. */
      active: z.int(),
      startedAt: Time,
      heartbeatAt: Time,
    }),
  }),
]);
export type WebhookEvent = z.infer<typeof WebhookEvent>;

const WebhookDeliveryStatus = z.enum(['pending', 'delivered', 'given_up']);

export const WebhookDelivery = z.object({
  id: z.int(),
  event: WebhookEventType,
  /** Only its scheme and host: the rest of an address is often a secret. */
  url: z.string(),
  status: WebhookDeliveryStatus,
  /** The event's `id`. */
  eventId: z.string(),
  createdAt: Time,
  attempts: z.int(),
  /** When it is tried next. */
  dueAt: Time.nullable(),
  deliveredAt: Time.nullable(),
  /** Status of the last answer; null where there was none. */
  lastStatus: z.int().nullable(),
  lastError: z.string().nullable(),
});
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

export const WebhookDeliveryQuery = z.object({
  status: WebhookDeliveryStatus.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional(),
});
export type WebhookDeliveryQuery = z.infer<typeof WebhookDeliveryQuery>;
export const WebhookDeliveryList = z.object({ items: z.array(WebhookDelivery), nextCursor: z.string().nullable() });
export type WebhookDeliveryList = z.infer<typeof WebhookDeliveryList>;
