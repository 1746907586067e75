/** The file: its size, how it is read, and what was noticed in it. */
import { Alert, Anchor, Badge, Button, Group, List, Text } from '@mantine/core';
import { IconArrowsExchange, IconInfoCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Dialect } from '../../contract/config.js';
import type { Dataset, DatasetProfile } from '../../contract/entities.js';
import { renderLog } from '../../contract/messages/render.js';
import { Panel } from '../design/panel.js';
import { type Texts, useTexts } from '../language/language.js';

const shownWarnings = 4;

export function DatasetPanel({ dataset, profile }: { dataset: Dataset; profile: DatasetProfile }) {
  const texts = useTexts();
  const { t, fill, format } = texts;
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
      <Group gap={6} align="center">
        <Text size="xs" c="dimmed" fw={550} mr={2}>
          {t.create.dataset.readAs}
        </Text>
        {readingWords(dataset.dialect, texts).map((word) => (
          <Badge key={word} variant="default" tt="none" fw={500} radius="sm">
            {word}
          </Badge>
        ))}
      </Group>
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

/** How a file is read, in words. */
function readingWords(dialect: Dialect, { t, fill }: Texts): string[] {
  const { encoding, delimiters, decimal } = t.create.dataset;
  const names: Record<string, string> = {
    ',': delimiters.comma,
    ';': delimiters.semicolon,
    '\t': delimiters.tab,
    '|': delimiters.pipe,
    ' ': delimiters.space,
  };
  return [
    dialect.bom ? `${encoding[dialect.encoding]} ${t.create.dataset.bom}` : encoding[dialect.encoding],
    fill(t.create.dataset.delimiter, { name: names[dialect.delimiter] ?? `“${dialect.delimiter}”` }),
    dialect.decimal === ',' ? decimal.comma : decimal.point,
    dialect.header ? t.create.dataset.header : t.create.dataset.noHeader,
  ];
}
