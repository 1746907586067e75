/** The pages, for those who may see them: signing in comes first where the server asks for it. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { ApiError } from '../api/client.js';
import { LoginPage } from './login-page.js';
import { sessionQuery } from './session-query.js';

export function SessionGate({ children }: { children: ReactNode }) {
  const { data } = useQuery(sessionQuery);
  useSessionEnd();
  if (data?.required && data.user === null) return <LoginPage />;
  // A server that is away is told of by the pages themselves, which try again.
  return children;
}

/** An answer that nobody is signed in (the session ran out, the password changed) leads back to signing in. */
function useSessionEnd(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const check = (error: unknown) => {
      if (error instanceof ApiError && error.code === 'LOGIN_REQUIRED') {
        void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
      }
    };
    const stops = [
      queries.getQueryCache().subscribe(({ query }) => check(query.state.error)),
      queries.getMutationCache().subscribe(({ mutation }) => check(mutation?.state.error)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [queries]);
}
