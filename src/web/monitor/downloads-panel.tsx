import { Button, Group, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { Workflow } from '../../contract/entities.js';
import { artifactUrl } from '../api/queries.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';

export function DownloadsPanel({ workflow }: { workflow: Workflow }) {
  const { t, fill, format } = useTexts();
  const { id, artifacts } = workflow;
  return (
    <Panel title={t.monitor.downloads.title}>
      <Stack gap="md">
        {artifacts.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t.monitor.downloads.none}
          </Text>
        ) : null}
        {artifacts.map(({ name, sizeBytes }) => (
          <div key={name}>
            <Button
              component="a"
              href={artifactUrl(id, name)}
              download
              fullWidth
              variant={name === 'model.joblib' ? 'filled' : 'default'}
              justify="space-between"
              data-testid={`download-${name}`}
              aria-label={fill(t.monitor.downloads.download, { name })}
              rightSection={<IconDownload size={16} stroke={1.7} />}
            >
              <Group gap="xs" component="span">
                <span className="z-mono">{name}</span>
                <Text span size="xs" opacity={0.8} className="z-figures">
                  {format.bytes(sizeBytes)}
                </Text>
              </Group>
            </Button>
            <Text size="xs" c="dimmed" mt={4}>
              {t.monitor.downloads.about[name]}
            </Text>
          </div>
        ))}
      </Stack>
    </Panel>
  );
}
