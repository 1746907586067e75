/** The dashboard and the alert rules ask for metrics that there are, by labels that they have. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { own, shared } from '../src/engine/metrics/catalogue.js';
import { readSettings } from '../src/main/settings.js';
import { deploy, documents, readDeployed, service, workload } from './support/deployment.js';
import { parseExpression } from './support/promql.js';

const families = [...Object.values(shared), ...Object.values(own)];

/** Every name under which Prometheus has a series, with its labels; those of a scrape are on all of them. */
const known = new Map<string, string[]>(
  families.flatMap(({ name, type, labels }) => {
    const all = [...labels, 'instance', 'job'];
    if (type !== 'histogram') return [[name, all] as const];
    return [
      [`${name}_bucket`, [...all, 'le']],
      [`${name}_sum`, all],
      [`${name}_count`, all],
    ] as const;
  }),
);

function expectKnown(text: string): string[] {
  const { metrics, labels } = parseExpression(text);
  expect([text, metrics.filter((name) => !known.has(name))]).toEqual([text, []]);
  const there = new Set(metrics.flatMap((name) => known.get(name) ?? []));
  expect([text, labels.filter((label) => !there.has(label))]).toEqual([text, []]);
  return metrics;
}

const Target = z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string().optional() });
const Place = z.object({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1), h: z.int().min(1) });
const Panel = z.object({
  id: z.int(),
  type: z.enum(['row', 'stat', 'timeseries']),
  title: z.string().min(1),
  gridPos: Place,
  targets: z.array(Target).default([]),
});
const Dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.int().min(36),
  panels: z.array(Panel),
  annotations: z.object({ list: z.array(z.object({ expr: z.string() })) }),
  templating: z.object({ list: z.array(z.object({ name: z.literal('datasource'), type: z.literal('datasource') })) }),
});

const Rules = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Zincir[A-Z]\w+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[smh]$/)
            .optional(),
          labels: z.object({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.object({ summary: z.string().min(1), description: z.string().min(1) }),
        }),
      ),
    }),
  ),
});

const rules = Rules.parse(documents('prometheus/zincir.rules.yml')[0]).groups.flatMap((group) => group.rules);

test('an expression that cannot be read, or a metric or label that there is not, is found', () => {
  expect(() => parseExpression('sum(rate(zincir_workers[5m])')).toThrow('cannot be read');
  expect(parseExpression('max by (le, step) (rate(a_bucket{outcome="x"}[$__rate_interval])) + b')).toEqual({
    metrics: ['a_bucket', 'b'],
    labels: ['le', 'step', 'outcome'],
  });
  expect(() => expectKnown('max(zincir_worker)')).toThrow();
  expect(() => expectKnown('max by (colour) (zincir_workers)')).toThrow();
});

describe('the dashboard', () => {
  const text = readDeployed('grafana/dashboard.json');
  const dashboard = Dashboard.parse(JSON.parse(text));

  test('asks for metrics that there are, by labels that they have, and shows labels that are left', () => {
    for (const { targets, title } of dashboard.panels) {
      for (const { expr, legendFormat = '' } of targets) {
        expectKnown(expr);
        const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
        const grouped = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? ['instance', 'job'];
        expect([title, shown.filter((label) => !grouped.includes(label ?? ''))]).toEqual([title, []]);
      }
    }
    for (const { expr } of dashboard.annotations.list) expectKnown(expr);
  });

  test('takes what every server shows alike once', () => {
    const names = new Set<string>(Object.values(shared).map(({ name }) => name));
    for (const { targets } of dashboard.panels) {
      for (const { expr } of targets) {
        const isShared = parseExpression(expr).metrics.some((name) =>
          names.has(name.replace(/_(bucket|sum|count)$/, '')),
        );
        if (isShared) expect(expr).toMatch(/^(max|histogram_quantile\([\d.]+, (sum by \(le, step\) \()?max) ?/);
      }
    }
  });

  test('has panels that do not overlap, each with an id of its own, and leaves the data source to be chosen', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const taken = new Set<string>();
    for (const { gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`)).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
    for (const [, uid] of text.matchAll(/"uid": "([^"]*)"/g)) expect(['$' + '{datasource}', 'zincir']).toContain(uid);
  });
});

describe('the alert rules', () => {
  test('ask for metrics that there are, by labels that they have', () => {
    for (const { expr } of rules) expectKnown(expr);
  });

  test('tell of lost workers, queues without a consumer, long waits, dead letters and failures', () => {
    const about = (name: string) => rules.filter(({ expr }) => expr.includes(name)).map(({ alert }) => alert);
    expect(about('zincir_workers{status="lost"}')).toEqual(['ZincirWorkerLost']);
    expect(about('zincir_queue_consumers')).toEqual(['ZincirNoConsumer']);
    expect(about('zincir_queue_workers')).toEqual(['ZincirNoConsumer']);
    expect(about('zincir_step_oldest_wait_seconds')).toEqual(['ZincirOldestWait']);
    expect(about('queue="zincir.dead"')).toEqual(['ZincirDeadLetters']);
    expect(about('outcome="failed"')).toEqual(['ZincirFailures']);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  test('name values only that their expressions leave', () => {
    for (const { alert, expr, annotations } of rules) {
      const shown = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? '');
      const grouped = /^\s*max by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? [];
      expect([alert, shown.filter((label) => !grouped.includes(label))]).toEqual([alert, []]);
    }
  });

  test('and the configuration that loads them scrape the port on which the server and its workers show metrics', () => {
    const config = z
      .object({ rule_files: z.array(z.string()), scrape_configs: z.array(z.looseObject({ job_name: z.string() })) })
      .parse(documents('prometheus/prometheus.yml')[0]);
    expect(config.rule_files).toEqual(['zincir.rules.yml']);
    const Scrape = z.object({ dns_sd_configs: z.tuple([z.object({ names: z.tuple([z.string()]), port: z.int() })]) });
    const targets = config.scrape_configs.map((scrape) => Scrape.parse(scrape).dns_sd_configs[0]);
    expect(targets).toMatchObject([
      { names: ['web'], port: readSettings({}).port },
      { names: ['worker'], port: Number(service('worker').environment.ZINCIR_METRICS_PORT) },
    ]);
    const { ports, env } = workload('Deployment', 'zincir-worker');
    const port = Number(env.find(({ name }) => name === 'ZINCIR_METRICS_PORT')?.value);
    expect(ports).toEqual([{ name: 'metrics', containerPort: port }]);
  });

  test.skipIf(spawnSync('promtool', ['--version']).status !== 0)('are what Prometheus takes (needs promtool)', () => {
    for (const words of [
      ['check', 'rules', 'zincir.rules.yml'],
      ['check', 'config', 'prometheus.yml'],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', words, {
        cwd: path.join(deploy, 'prometheus'),
        encoding: 'utf8',
      });
      expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
    }
  });
});
