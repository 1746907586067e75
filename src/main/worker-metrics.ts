/** What the worker of this process has to do. */
import { own } from '../engine/metrics/catalogue.js';
import type { MetricSource } from '../engine/metrics/family.js';
import type { Worker } from '../worker/worker.js';

export const workerMetrics =
  (worker: Worker | null): MetricSource =>
  () => {
    const seen = worker?.snapshot();
    if (seen === undefined) return [];
    return [
      { family: own.workerNodeSlots, series: [[[], seen.slots]] },
      { family: own.workerNodeActive, series: [[[], seen.active.length]] },
    ];
  };
