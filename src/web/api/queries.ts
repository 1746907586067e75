/** What the pages ask of the server, each with the key under which its answer is kept. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { DatasetList, Health, LogList, MetricList, WorkflowList } from '../../contract/api.js';
import type { Dialect } from '../../contract/config.js';
import { Dataset, DatasetPreview, DatasetProfile, Workflow } from '../../contract/entities.js';
import { ask, queryString, request } from './client.js';

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => ask(Health, '/healthz', signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const datasetsQuery = (search: string, limit: number) =>
  queryOptions({
    queryKey: ['datasets', search, limit],
    queryFn: ({ signal }) => request(DatasetList, `/api/datasets${queryString({ search, limit })}`, { signal }),
    placeholderData: keepPreviousData,
  });

export const datasetQuery = (id: number) =>
  queryOptions({
    queryKey: ['dataset', id],
    queryFn: ({ signal }) => request(Dataset, `/api/datasets/${id}`, { signal }),
  });

export const profileQuery = (id: number, reading: Partial<Dialect> = {}) =>
  queryOptions({
    queryKey: ['dataset', id, 'profile', reading],
    queryFn: ({ signal }) => request(DatasetProfile, `/api/datasets/${id}/profile${queryString(reading)}`, { signal }),
  });

export const previewQuery = (id: number, reading: Partial<Dialect> = {}) =>
  queryOptions({
    queryKey: ['dataset', id, 'preview', reading],
    queryFn: ({ signal }) => request(DatasetPreview, `/api/datasets/${id}/preview${queryString(reading)}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const workflowQuery = (id: number) =>
  queryOptions({
    queryKey: ['workflow', id],
    queryFn: ({ signal }) => fetchWorkflow(id, signal),
  });

export const fetchWorkflow = (id: number, signal: AbortSignal) => ask(Workflow, `/api/workflows/${id}`, signal);

/** The filters of the list, as its route and the API spell them. */
export interface WorkflowFilters {
  model?: string | undefined;
  status?: string | undefined;
  search?: string | undefined;
  sort?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
}

export const workflowsQuery = (filters: WorkflowFilters) =>
  queryOptions({
    queryKey: ['workflows', filters],
    queryFn: ({ signal }) => ask(WorkflowList, `/api/workflows${queryString({ ...filters })}`, signal),
    placeholderData: keepPreviousData,
  });

export const fetchMetrics = (id: number, after: number, signal: AbortSignal) =>
  ask(MetricList, `/api/workflows/${id}/metrics${queryString({ after })}`, signal);

export const fetchLogs = (id: number, after: number, signal: AbortSignal) =>
  ask(LogList, `/api/workflows/${id}/logs${queryString({ after })}`, signal);

/** What every request that makes or changes a workflow is read for. */
const Touched = z.object({ id: z.int().positive() });

/** Sends a command; answers the id of the workflow that it is about. */
export async function command(path: string, body?: unknown): Promise<number> {
  const { id } = await request(Touched, path, body === undefined ? { method: 'POST' } : { method: 'POST', body });
  return id;
}

export const artifactUrl = (id: number, name: string) => `/api/workflows/${id}/artifacts/${encodeURIComponent(name)}`;
