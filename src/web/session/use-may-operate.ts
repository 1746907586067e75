import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from './session-query.js';

/** Whether whoever is here may steer queues, tasks and workers. The server decides; the page only does not offer in vain. */
export function useMayOperate(): boolean {
  const { data } = useQuery(sessionQuery);
  return data !== undefined && (!data.required || data.user?.role === 'operator');
}
