/** Asks before something is done that cannot be taken back. */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ErrorNote } from '../design/error-note.js';
import { useTexts } from '../language/language.js';

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** The word on the button that does it. */
  action: string;
  danger?: boolean;
  /** What has to be typed before it is done. */
  typed?: string | undefined;
  error: unknown;
  loading: boolean;
  onConfirm: (typed: string) => void;
}

export function Confirm({ opened, onClose, title, ...question }: Props) {
  const { t } = useTexts();
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered closeButtonProps={{ 'aria-label': t.common.close }}>
      <Question onClose={onClose} {...question} />
    </Modal>
  );
}

/** Begins anew each time that it is asked. */
function Question({
  onClose,
  children,
  action,
  danger,
  typed,
  error,
  loading,
  onConfirm,
}: Omit<Props, 'opened' | 'title'>) {
  const { t, fill } = useTexts();
  const [text, setText] = useState('');
  const sure = typed === undefined || text.trim() === typed;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (sure && !loading) onConfirm(text.trim());
      }}
    >
      <Stack>
        {typeof children === 'string' ? <Text size="sm">{children}</Text> : children}
        {typed === undefined ? null : (
          <TextInput
            label={fill(t.operations.confirm.type, { name: typed })}
            value={text}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            data-testid="confirm-text"
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
        {error === null || error === undefined ? null : <ErrorNote error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t.operations.confirm.keep}
          </Button>
          <Button
            type="submit"
            color={danger === true ? 'red.8' : undefined}
            disabled={!sure}
            loading={loading}
            data-testid="confirm"
          >
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
