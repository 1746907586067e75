import { Button } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../design/empty-state.js';
import { useTexts, useTitle } from '../language/language.js';

export function NotFound() {
  const { t } = useTexts();
  useTitle(t.shell.notFound);
  return (
    <EmptyState icon={IconMapOff} title={t.shell.notFound} text={t.shell.notFoundHint} wholePage>
      <Button renderRoot={(props) => <Link to="/" {...props} />}>{t.shell.toStart}</Button>
    </EmptyState>
  );
}
