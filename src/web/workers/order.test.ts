import { describe, expect, it } from 'vitest';
import { WorkerInfo } from '../../contract/operations.js';
import { orderWorkers, queuesLeftAlone } from './order.js';

const time = '2026-03-04T05:06:07.000Z';
const worker = (name: string, status: WorkerInfo['status'], queues = ['zincir.train']): WorkerInfo =>
  WorkerInfo.parse({
    name,
    status,
    queues,
    version: '1.0.0',
    host: 'host',
    pid: 1,
    slots: 1,
    active: [],
    processed: 0,
    failed: 0,
    retried: 0,
    load: null,
    memoryBytes: null,
    childrenBytes: null,
    startedAt: time,
    heartbeatAt: time,
    stoppedAt: null,
    clockDriftMs: null,
    warnings: [],
  });

describe('the order of workers', () => {
  it('lost ones come first, those that signed off last, and one that drains keeps its place', () => {
    const workers = [
      worker('w@10', 'online'),
      worker('w@1', 'offline'),
      worker('w@9', 'draining'),
      worker('w@2', 'online'),
      worker('z@1', 'lost'),
    ];
    expect(orderWorkers(workers).map(({ name }) => name)).toEqual(['z@1', 'w@2', 'w@9', 'w@10', 'w@1']);
  });

  it('the last worker that takes from a queue is known as such', () => {
    const both = worker('a', 'online', ['zincir.upload', 'zincir.train']);
    const all = [both, worker('b', 'online', ['zincir.train']), worker('c', 'draining', ['zincir.upload'])];
    expect(queuesLeftAlone(both, all)).toEqual(['zincir.upload']);
    expect(queuesLeftAlone(all[1] ?? both, all)).toEqual([]);
  });
});
