import { type Query, queryOptions } from '@tanstack/react-query';
import { Session } from '../../contract/session.js';
import { request } from '../api/client.js';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => request(Session, '/api/session', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Answers that belong to whoever is signed in. */
export const isNotSession = ({ queryKey }: Pick<Query, 'queryKey'>): boolean =>
  queryKey[0] !== sessionQuery.queryKey[0];
