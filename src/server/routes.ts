/** Every route of the API. */
import fastifyMultipart from '@fastify/multipart';
import type { App, Route, RouteContext } from './app.js';
import { datasetCreate } from './routes/dataset-create.js';
import { datasetGet } from './routes/dataset-get.js';
import { datasetList } from './routes/dataset-list.js';
import { datasetPreview } from './routes/dataset-preview.js';
import { datasetProfile } from './routes/dataset-profile.js';
import { datasetRemove } from './routes/dataset-remove.js';
import { flowerGet } from './routes/flower-get.js';
import { healthz } from './routes/healthz.js';
import { metrics } from './routes/metrics.js';
import { queueGet } from './routes/queue-get.js';
import { queueList } from './routes/queue-list.js';
import { queueMove } from './routes/queue-move.js';
import { queuePurge } from './routes/queue-purge.js';
import { readyz } from './routes/readyz.js';
import { sessionCreate } from './routes/session-create.js';
import { sessionGet } from './routes/session-get.js';
import { sessionRemove } from './routes/session-remove.js';
import { taskBulk } from './routes/task-bulk.js';
import { taskErrors } from './routes/task-errors.js';
import { taskGet } from './routes/task-get.js';
import { taskList } from './routes/task-list.js';
import { taskRetry } from './routes/task-retry.js';
import { taskRevoke } from './routes/task-revoke.js';
import { webhookDeliveries } from './routes/webhook-deliveries.js';
import { workerCommands } from './routes/worker-commands.js';
import { workerGet } from './routes/worker-get.js';
import { workerHistory } from './routes/worker-history.js';
import { workerList } from './routes/worker-list.js';
import { workflowArtifact } from './routes/workflow-artifact.js';
import { workflowCancel } from './routes/workflow-cancel.js';
import { workflowCompose } from './routes/workflow-compose.js';
import { workflowCreate } from './routes/workflow-create.js';
import { workflowEvents } from './routes/workflow-events.js';
import { workflowGet } from './routes/workflow-get.js';
import { workflowList } from './routes/workflow-list.js';
import { workflowLogs } from './routes/workflow-logs.js';
import { workflowMetrics } from './routes/workflow-metrics.js';
import { workflowRestart } from './routes/workflow-restart.js';
import { workflowResult } from './routes/workflow-result.js';
import { workflowRetry } from './routes/workflow-retry.js';
import { workflowRun } from './routes/workflow-run.js';
import { workflowSteps } from './routes/workflow-steps.js';

const routes: readonly Route[] = [
  datasetList,
  datasetGet,
  datasetProfile,
  datasetPreview,
  datasetRemove,
  workflowList,
  workflowCreate,
  workflowCompose,
  workflowGet,
  workflowSteps,
  workflowMetrics,
  workflowLogs,
  workflowResult,
  workflowEvents,
  workflowRun,
  workflowRestart,
  workflowRetry,
  workflowCancel,
  workflowArtifact,
  queueList,
  queueGet,
  queuePurge,
  queueMove,
  taskList,
  taskErrors,
  taskBulk,
  taskGet,
  taskRevoke,
  taskRetry,
  flowerGet,
  workerList,
  workerHistory,
  workerGet,
  workerCommands,
  sessionGet,
  sessionCreate,
  sessionRemove,
  webhookDeliveries,
  healthz,
  readyz,
  metrics,
];

export async function addRoutes(app: App, context: RouteContext): Promise<void> {
  app.removeContentTypeParser('text/plain');
  acceptEmptyJson(app);
  // Forms are taken by the upload alone; anywhere else they are an unsupported media type, and so is JSON there.
  await app.register(async (uploads) => {
    uploads.removeAllContentTypeParsers();
    await uploads.register(fastifyMultipart, { throwFileSizeLimit: false });
    datasetCreate(uploads.withTypeProvider(), context);
  });
  for (const route of routes) route(app, context);
}

/** Many clients name JSON as their media type on a POST that has no body. */
function acceptEmptyJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, String(body), done);
  });
}
