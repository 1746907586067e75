/** What an operator should look at; nothing while all is well. */
import { Alert, Stack, Text, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { OperationsWarning } from '../../contract/operations.js';
import { Words } from '../design/words.js';
import { useTexts } from '../language/language.js';
import { distinctWarnings } from './distinct-warnings.js';

export function Warnings({ warnings }: { warnings: readonly OperationsWarning[] }) {
  const { t, fill } = useTexts();
  const distinct = distinctWarnings(warnings);
  return (
    <Stack
      gap="xs"
      data-testid="warnings"
      mb={distinct.length === 0 ? 'calc(-1 * var(--mantine-spacing-lg))' : undefined}
    >
      {/* Told when their number changes, not each time that one counts on. */}
      <VisuallyHidden role="status">
        {distinct.length === 0 ? '' : fill(t.operations.warnings, { count: distinct.length })}
      </VisuallyHidden>
      {distinct.map((warning, index) => (
        <Alert
          // biome-ignore lint/suspicious/noArrayIndexKey: its words change while it stays the same warning.
          key={`${warning.code}-${index}`}
          variant="light"
          color="yellow"
          icon={<IconAlertTriangle stroke={1.7} />}
          data-warning={warning.code}
        >
          <Text size="sm" fw={600} className="z-break">
            <Words text={warning.message} />
          </Text>
          <Text size="sm" className="z-break">
            <Words text={warning.hint} />
          </Text>
        </Alert>
      ))}
    </Stack>
  );
}
