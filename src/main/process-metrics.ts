/** What this process takes: processor time, memory, files, and how late its event loop runs. */
import { readdir } from 'node:fs/promises';
import { type EventLoopUtilization, type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { own } from '../engine/metrics/catalogue.js';
import type { MetricSource, Shown } from '../engine/metrics/family.js';

/** The loop is looked at this often; the time between two looks, less this, is its delay. */
const resolutionMs = 50;
const nanosecondsASecond = 1e9;

/** The loop is watched from the first scrape on: where nobody scrapes, it costs nothing. */
export function createProcessMetrics(version: string): MetricSource {
  let delays: IntervalHistogram | null = null;
  let lags: Shown[] = [];
  let utilisation: EventLoopUtilization = performance.eventLoopUtilization();

  return async () => {
    const { user, system } = process.cpuUsage();
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
    const shown: Shown[] = [
      one(own.buildInfo, 1, [version, process.versions.node]),
      one(own.cpu, (user + system) / 1e6),
      one(own.resident, rss),
      one(own.started, Math.round(performance.timeOrigin) / 1000),
      one(own.heapTotal, heapTotal),
      one(own.heapUsed, heapUsed),
      one(own.external, external),
    ];
    const openFiles = await countOpenFiles();
    if (openFiles !== null) shown.push(one(own.openFiles, openFiles));
    if (delays === null) {
      delays = monitorEventLoopDelay({ resolution: resolutionMs });
      delays.enable();
    } else if (delays.count > 0) {
      lags = [
        one(own.eventLoopLag, secondsLate(delays.mean)),
        one(own.eventLoopLagP99, secondsLate(delays.percentile(99))),
        one(own.eventLoopLagMax, secondsLate(delays.max)),
      ];
      delays.reset();
    }
    // Of two who scrape in the same moment, the second finds what the first did.
    shown.push(...lags);
    const now = performance.eventLoopUtilization();
    shown.push(one(own.eventLoopUtilisation, performance.eventLoopUtilization(now, utilisation).utilization));
    utilisation = now;
    return shown;
  };
}

const one = (family: Extract<Shown['family'], { type: 'counter' | 'gauge' }>, value: number, labels: string[] = []) =>
  ({ family, series: [[labels, value]] }) satisfies Shown;

const secondsLate = (nanoseconds: number): number =>
  Math.max(0, nanoseconds / nanosecondsASecond - resolutionMs / 1000);

/** Null where the system does not tell. */
async function countOpenFiles(): Promise<number | null> {
  try {
    return (await readdir('/proc/self/fd')).length;
  } catch {
    return null;
  }
}
