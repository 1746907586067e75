import { Skeleton, Stack } from '@mantine/core';
import { useTexts } from '../language/language.js';

export function DetailsLoading() {
  const { t } = useTexts();
  return (
    <Stack gap="lg" aria-busy="true" aria-label={t.shell.loading}>
      <Skeleton height={64} width={320} />
      <Skeleton height={130} radius="lg" />
      <Skeleton height={260} radius="lg" />
      <Skeleton height={240} radius="lg" />
    </Stack>
  );
}
