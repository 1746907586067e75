/** The file: its size, how it is read, and what was noticed in it. */
import { Alert, Anchor, Button, List, Stack, Text } from '@mantine/core';
import { IconArrowsExchange, IconInfoCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Dataset, DatasetProfile } from '../../contract/entities.js';
import { renderLog } from '../../contract/messages/render.js';
import { ErrorNote } from '../design/error-note.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import type { Reading } from './form.js';
import { ReadingControls } from './reading-controls.js';

const shownWarnings = 4;

interface Props {
  dataset: Dataset;
  profile: DatasetProfile;
  reading: Reading;
  onReading: (reading: Reading) => void;
  /** Why it cannot be read as chosen. */
  unreadable: unknown;
}

export function DatasetPanel({ dataset, profile, reading, onReading, unreadable }: Props) {
  const { t, fill, format } = useTexts();
  const shape = fill(t.create.dataset.shape, { rows: profile.rows, columns: profile.columns.length });
  return (
    <Panel
      title={dataset.name}
      lead={`${dataset.fileName} · ${format.bytes(dataset.sizeBytes)} · ${profile.complete ? shape : `≥ ${shape}`}`}
      aside={
        <Button
          variant="default"
          size="xs"
          leftSection={<IconArrowsExchange size={15} />}
          renderRoot={(props) => <Link to="/" {...props} />}
        >
          {t.create.dataset.change}
        </Button>
      }
    >
      <ReadingControls detected={dataset.dialect} reading={reading} onChange={onReading} />
      {unreadable ? (
        <Stack mt="sm">
          <ErrorNote title={t.create.dataset.unreadable} error={unreadable} />
        </Stack>
      ) : null}
      {profile.complete ? null : (
        <Text size="sm" c="dimmed" mt="sm">
          {fill(t.create.dataset.partial, { rows: profile.rows })}
        </Text>
      )}
      <Warnings profile={profile} />
    </Panel>
  );
}

function Warnings({ profile }: { profile: DatasetProfile }) {
  const { t, fill, language } = useTexts();
  const [all, setAll] = useState(false);
  if (profile.warnings.length === 0) return null;
  const warnings = all ? profile.warnings.slice(0, 200) : profile.warnings.slice(0, shownWarnings);
  const more = profile.warnings.length - warnings.length;
  return (
    <Alert
      variant="light"
      color="yellow"
      mt="md"
      icon={<IconInfoCircle stroke={1.7} />}
      title={t.create.dataset.warnings}
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
    >
      <List size="sm" spacing={2}>
        {warnings.map(({ code, params }) => (
          <List.Item key={`${code} ${JSON.stringify(params)}`} className="z-break">
            {renderLog(language, code, params)}
          </List.Item>
        ))}
      </List>
      {more > 0 && !all ? (
        <Anchor component="button" type="button" size="sm" onClick={() => setAll(true)}>
          {fill(t.create.dataset.moreWarnings, { count: more })}
        </Anchor>
      ) : null}
    </Alert>
  );
}
