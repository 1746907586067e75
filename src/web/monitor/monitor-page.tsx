/** One workflow, live. */
import { Button, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { workflowQuery } from '../api/queries.js';
import { ErrorNote } from '../design/error-note.js';
import { useTexts, useTitle } from '../language/language.js';
import { Monitor } from './monitor.js';

const route = getRouteApi('/workflows/$id');

export function MonitorPage() {
  const { t, fill } = useTexts();
  const { id } = route.useParams();
  // A workflow that ran when this page was left is asked for anew when it is opened again.
  const { data, error, refetch } = useQuery({ ...workflowQuery(Number(id)), refetchOnMount: 'always' });
  useTitle(data ? data.name : fill(t.monitor.title, { id }));
  if (data) return <Monitor key={data.id} workflow={data} onRetried={() => refetch()} />;
  if (error) {
    return (
      <ErrorNote title={fill(t.monitor.notFound, { id })} error={error}>
        <Button variant="default" size="xs" renderRoot={(props) => <Link to="/workflows" {...props} />}>
          {t.monitor.back}
        </Button>
      </ErrorNote>
    );
  }
  return (
    <Stack gap="md" aria-busy="true" aria-label={t.shell.loading}>
      <Skeleton height={44} width={320} />
      <Skeleton height={110} radius="lg" />
      <Skeleton height={180} radius="lg" />
      <Skeleton height={320} radius="lg" />
    </Stack>
  );
}
