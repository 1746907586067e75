/** The engine's `Store`, put together from one query module an operation. */
import type { Store } from '../engine/ports.js';
import { createWorkflowCounts } from './counts.js';
import { type Driver, toDatabaseError } from './driver.js';
import { createFleetStore, forgetFleet } from './fleet.js';
import { createOperationsStore, forgetOperations } from './operations.js';
import { admitWorkflows } from './queries/admit-workflows.js';
import { appendLogs, appendMetrics } from './queries/append.js';
import { cancelWorkflow } from './queries/cancel-workflow.js';
import { channels } from './queries/chain.js';
import { claimStep } from './queries/claim-step.js';
import { completeStep } from './queries/complete-step.js';
import { createWorkflow } from './queries/create-workflow.js';
import {
  deleteDataset,
  findDataset,
  findDatasetBySha256,
  insertDataset,
  listDatasets,
  readDataset,
} from './queries/datasets.js';
import { failStep } from './queries/fail-step.js';
import { figures } from './queries/figures.js';
import { listWorkflows } from './queries/list-workflows.js';
import { createLogReader, insertDeliveries } from './queries/log-reader.js';
import { dueOutbox, markPublished, republishAll, republishStale, returnOutbox, takeOutbox } from './queries/outbox.js';
import { findWorkflow } from './queries/read-workflows.js';
import { renewLease } from './queries/renew-lease.js';
import { requeueStep } from './queries/requeue-step.js';
import { calledWorkflow, createCalledWorkflow, rememberCall } from './queries/run-calls.js';
import { expiredSteps, stepsHeldBy } from './queries/running-steps.js';
import { saveCheckpoint } from './queries/save-checkpoint.js';
import { retryWorkflow, startWorkflow } from './queries/start-workflow.js';
import { waitingStep } from './queries/waiting.js';
import { endDelivery, listDeliveries, lostWorkers, takeDeliveries, tidyDeliveries } from './queries/webhooks.js';
import { findResult, listFiles, logsAfter, metricsAfter, unreferencedFiles } from './queries/workflow-details.js';
import { createWatchers } from './watch.js';

/** A page that follows a workflow looks live with this, and a training of many short epochs does not flood it. */
const gatherChangesMs = 20;

export function createStore(driver: Driver): Store {
  const changes = createWatchers(driver, channels.workflow, gatherChangesMs);
  const messages = createWatchers(driver, channels.outbox, 0);
  const counts = createWorkflowCounts(driver);
  return {
    insertDataset: (dataset, now) => insertDataset(driver, dataset, now),
    findDataset: (id) => findDataset(driver, id),
    readDataset: (id) => readDataset(driver, id),
    findDatasetBySha256: (sha256) => findDatasetBySha256(driver, sha256),
    listDatasets: (query) => listDatasets(driver, counts, query),
    deleteDataset: (id) => deleteDataset(driver, id),
    findWorkflow: (id) => findWorkflow(driver, id),
    listWorkflows: (query) => listWorkflows(driver, counts, query),
    metricsAfter: (id, epoch, limit) => metricsAfter(driver, id, epoch, limit),
    logsAfter: (id, logId, limit) => logsAfter(driver, id, logId, limit),
    findResult: (id) => findResult(driver, id),
    listFiles: (id) => listFiles(driver, id),
    createWorkflow: (workflow, now) => createWorkflow(driver, workflow, now),
    calledWorkflow: (taskId) => calledWorkflow(driver, taskId),
    rememberCall: (taskId, id, now) => rememberCall(driver, taskId, id, now),
    createCalledWorkflow: (taskId, workflow, now) => createCalledWorkflow(driver, taskId, workflow, now),
    startWorkflow: (id, now, held = false) => startWorkflow(driver, id, now, held),
    retryWorkflow: (id, now, held = false) => retryWorkflow(driver, id, now, held),
    cancelWorkflow: (id, now) => cancelWorkflow(driver, id, now),
    claimStep: (stepId, worker, leaseMs, now) => claimStep(driver, stepId, worker, leaseMs, now),
    renewLease: (fence, leaseMs, progress, now) => renewLease(driver, fence, leaseMs, progress, now),
    appendMetrics: (fence, metrics) => appendMetrics(driver, fence, metrics),
    appendLogs: (fence, entries) => appendLogs(driver, fence, entries),
    saveCheckpoint: (fence, file, epoch) => saveCheckpoint(driver, fence, file, epoch),
    completeStep: (fence, output, now, ending) => completeStep(driver, fence, output, now, ending),
    failStep: (fence, error, traceback, now) => failStep(driver, fence, error, traceback, now),
    requeueStep: (fence, error, retryAt, count, now, traceback = null) =>
      requeueStep(driver, fence, error, retryAt, count, now, traceback),
    dueOutbox: (limit, now) => dueOutbox(driver, limit, now),
    takeOutbox: (limit, until, now) => takeOutbox(driver, limit, until, now),
    returnOutbox: (ids, now) => returnOutbox(driver, ids, now),
    markPublished: (ids) => markPublished(driver, ids),
    admitWorkflows: (limits, now) => admitWorkflows(driver, limits, now),
    waitingStep: (stepId, silentAfterMs, now) => waitingStep(driver, stepId, silentAfterMs, now),
    expiredSteps: (now, limit) => expiredSteps(driver, now, limit),
    stepsHeldBy: (worker) => stepsHeldBy(driver, worker),
    republishStale: (silenceMs, now) => republishStale(driver, silenceMs, now),
    republishAll: (now) => republishAll(driver, now),
    ...createFleetStore(driver),
    ...createOperationsStore(driver),
    watch: (id, changed) => changes.watch(id === null ? null : String(id), changed),
    watchOutbox: (due) => messages.watch(null, due),
    unreferencedFiles: (files) => unreferencedFiles(driver, files),
    ...createLogReader(driver),
    figures: (reader, silentAfterMs, now) => figures(driver, reader, silentAfterMs, now),
    lostWorkers: (withinMs, silentAfterMs) => lostWorkers(driver, withinMs, silentAfterMs),
    insertDeliveries: (deliveries, now) => insertDeliveries(driver, deliveries, now),
    takeDeliveries: (url, limit, until, now) => takeDeliveries(driver, url, limit, until, now),
    endDelivery: (id, end) => endDelivery(driver, id, end),
    listDeliveries: (query) => listDeliveries(driver, query),
    tidyDeliveries: (ended, pending) => tidyDeliveries(driver, ended, pending),
    async maintain(tasksBefore = null) {
      await forgetFleet(driver);
      await forgetOperations(driver, tasksBefore);
      await driver.maintain();
    },
    async check() {
      try {
        return await driver.describe();
      } catch (thrown) {
        const error = toDatabaseError(thrown);
        return { ok: false, detail: error instanceof Error ? error.message : String(error) };
      }
    },
    close: () => driver.close(),
  };
}
