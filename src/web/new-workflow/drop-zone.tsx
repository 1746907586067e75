/** Takes a CSV by drop, click or keyboard, and shows how far its upload is. */
import { Button, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconFileTypeCsv, IconX } from '@tabler/icons-react';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import type { Dataset } from '../../contract/entities.js';
import { type Upload, uploadDataset } from '../api/upload.js';
import { ErrorNote } from '../design/error-note.js';
import { useTexts } from '../language/language.js';
import classes from './drop-zone.module.css';

type State =
  | { kind: 'waiting'; note?: string; refused?: { name: string; error: unknown } }
  | { kind: 'sending'; file: File; share: number; upload: Upload };

export function DropZone({ onUploaded }: { onUploaded: (dataset: Dataset) => void }) {
  const { t, fill } = useTexts();
  const [state, setState] = useState<State>({ kind: 'waiting' });
  const running = useRef<Upload | null>(null);
  useEffect(() => () => running.current?.cancel(), []);
  useFilesStayOnThePage();

  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (!file) return;
    if (files.length > 1) {
      notifications.show({ message: fill(t.create.drop.several, { count: files.length }), color: 'gray' });
    }
    const upload = uploadDataset(file, (share) =>
      setState((now) => (now.kind === 'sending' && now.upload === upload ? { ...now, share } : now)),
    );
    running.current = upload;
    setState({ kind: 'sending', file, share: 0, upload });
    upload.done.then(
      (dataset) => {
        running.current = null;
        onUploaded(dataset);
      },
      (error: unknown) => {
        if (running.current !== upload) return;
        running.current = null;
        const stopped = error instanceof DOMException && error.name === 'AbortError';
        if (stopped) setState({ kind: 'waiting', note: t.create.drop.cancelled });
        else setState({ kind: 'waiting', refused: { name: file.name, error } });
      },
    );
  };

  const note = state.kind === 'waiting' ? state.note : undefined;
  return (
    <Stack gap="md">
      {state.kind === 'waiting' && state.refused ? (
        <ErrorNote title={fill(t.create.drop.failed, { name: state.refused.name })} error={state.refused.error} />
      ) : null}
      {state.kind === 'sending' ? <Sending {...state} /> : <Target onFiles={take} />}
      <Text size="sm" c="dimmed" role="status" ta="center" hidden={note === undefined}>
        {note === undefined ? '' : fill(note)}
      </Text>
    </Stack>
  );
}

function Target({ onFiles }: { onFiles: (files: FileList | null) => void }) {
  const { t } = useTexts();
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles(event.dataTransfer.files);
  };
  return (
    // The whole field is the label of the input, so click, keyboard and screen reader work without script.
    <label
      className={classes.zone}
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input
        type="file"
        accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain"
        className={classes.input}
        data-testid="drop-file"
        onChange={(event) => {
          onFiles(event.currentTarget.files);
          // The same file may be chosen again after it was mended.
          event.currentTarget.value = '';
        }}
      />
      <IconFileTypeCsv size={44} stroke={1.3} className={classes.icon} aria-hidden="true" />
      <Title order={2} component="span">
        {over ? t.create.drop.over : t.create.drop.title}
      </Title>
      <Text size="sm" c="dimmed" component="span">
        {t.create.drop.or}
      </Text>
      <Button component="span" className={classes.button}>
        {t.create.drop.browse}
      </Button>
      <Text size="sm" c="dimmed" component="span" maw={460}>
        {t.create.drop.hint}
      </Text>
    </label>
  );
}

function Sending({ file, share, upload }: { file: File; share: number; upload: Upload }) {
  const { t, fill, format } = useTexts();
  const read = share >= 1;
  const text = fill(read ? t.create.drop.reading : t.create.drop.uploading, { name: file.name });
  return (
    <Paper className={classes.sending} radius="lg">
      <Stack gap="sm" maw={520} mx="auto" w="100%">
        <Text fw={600} className="z-break" role="status">
          {text}
        </Text>
        <Progress value={share * 100} animated={read} size="lg" aria-label={text} />
        <Group justify="space-between">
          <Text size="sm" c="dimmed" className="z-figures">
            {fill(t.create.drop.sent, { sent: format.bytes(file.size * share), total: format.bytes(file.size) })}
          </Text>
          <Button variant="default" size="xs" leftSection={<IconX size={14} />} onClick={() => upload.cancel()}>
            {t.create.drop.cancel}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

/** A file that misses the field must not replace the page. */
function useFilesStayOnThePage(): void {
  useEffect(() => {
    const keep = (event: Event) => event.preventDefault();
    window.addEventListener('dragover', keep);
    window.addEventListener('drop', keep);
    return () => {
      window.removeEventListener('dragover', keep);
      window.removeEventListener('drop', keep);
    };
  }, []);
}
