/** What stands in place of a page that is on its way, or broken. */
import { Button, Center, Loader } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { ErrorNote } from '../design/error-note.js';
import { useTexts } from '../language/language.js';

export function PageLoading() {
  const { t } = useTexts();
  return (
    <Center mih="40vh">
      <Loader aria-label={t.shell.loading} />
    </Center>
  );
}

export function PageCrash({ error }: ErrorComponentProps) {
  const { t } = useTexts();
  return (
    <ErrorNote title={t.shell.crashed} error={error}>
      <Button variant="default" size="xs" onClick={() => window.location.reload()}>
        {t.shell.reload}
      </Button>
    </ErrorNote>
  );
}
