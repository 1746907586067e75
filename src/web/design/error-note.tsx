import { Alert, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ErrorInfo } from '../../contract/entities.js';
import { renderError } from '../../contract/messages/render.js';
import { describeError } from '../api/client.js';
import { useTexts } from '../language/language.js';
import { Words } from './words.js';

interface Props {
  title?: string;
  /** Whatever was thrown. */
  error: unknown;
  /** Lets the reader put it away. */
  onClose?: () => void;
  children?: ReactNode;
}

/** An error as a person needs it: what happened, what to do, and the code to ask about. */
export function ErrorNote({ title, error, onClose, children }: Props) {
  const { language } = useTexts();
  return (
    <Note title={title} onClose={onClose} {...describeError(language, error)}>
      {children}
    </Note>
  );
}

/** An error that the server keeps, in the language of the page. */
export function StoredErrorNote({
  title,
  error,
  children,
}: {
  title?: string;
  error: Pick<ErrorInfo, 'code' | 'params'> & Partial<ErrorInfo>;
  children?: ReactNode;
}) {
  const { language } = useTexts();
  return (
    <Note title={title} {...renderError(language, error)}>
      {children}
    </Note>
  );
}

function Note(props: {
  title?: string | undefined;
  message: string;
  hint: string;
  code: string;
  onClose?: (() => void) | undefined;
  children?: ReactNode;
}) {
  const { t, fill } = useTexts();
  const { title, message, hint, code, onClose, children } = props;
  const closing = onClose === undefined ? {} : { withCloseButton: true, closeButtonLabel: t.common.close, onClose };
  return (
    <Alert
      variant="light"
      color="red"
      icon={<IconAlertTriangle stroke={1.7} />}
      title={title}
      role="alert"
      {...closing}
    >
      <Stack gap={6}>
        <Text size="sm" fw={title === undefined ? 600 : 500} className="z-break">
          <Words text={message} />
        </Text>
        <Text size="sm" className="z-break">
          <Words text={hint} />
        </Text>
        <Group justify="space-between" gap="sm">
          <Text size="xs" c="dimmed" className="z-mono">
            {fill(t.common.code, { code })}
          </Text>
          {children}
        </Group>
      </Stack>
    </Alert>
  );
}
