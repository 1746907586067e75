import { CopyButton, Tooltip, UnstyledButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useTexts } from '../language/language.js';
import classes from './tasks.module.css';

/** The id of a task, which Celery's tools want whole. */
export function CopiedId({ id }: { id: string }) {
  const { t } = useTexts();
  const words = t.operations.tasks;
  return (
    <CopyButton value={id}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? words.copied : words.copy}>
          <UnstyledButton onClick={copy} className={classes.id} aria-label={`${words.copy}: ${id}`}>
            <span className="z-mono z-break">{id}</span>
            {copied ? <IconCheck size={14} aria-hidden="true" /> : <IconCopy size={14} aria-hidden="true" />}
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  );
}
