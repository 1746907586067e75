/** Flower, where there is one, through our own server; else where to find what it shows. */
import { Alert, Anchor, Button, Code, Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle, IconFlower } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { flowerQuery } from '../api/operations.js';
import { EmptyState } from '../design/empty-state.js';
import { ErrorNote } from '../design/error-note.js';
import { useTexts, useTitle } from '../language/language.js';
import { PageLoading } from '../shell/page-states.js';
import classes from './flower.module.css';

export function FlowerPage() {
  const { t } = useTexts();
  const words = t.operations.flower;
  useTitle(words.title);
  const { data, error, refetch } = useQuery(flowerQuery);
  if (error && !data) {
    return (
      <ErrorNote title={words.failed} error={error}>
        <Button variant="default" size="xs" onClick={() => void refetch()}>
          {t.common.tryAgain}
        </Button>
      </ErrorNote>
    );
  }
  if (!data) return <PageLoading />;
  if (data.path === null) return <NotSet />;
  return (
    <>
      <VisuallyHidden component="h1">{words.title}</VisuallyHidden>
      {error ? <ErrorNote error={error} /> : null}
      {data.ok ? null : <Silent url={data.url ?? ''} detail={data.detail ?? ''} onRetry={() => void refetch()} />}
      <Frame path={data.path} url={data.url ?? ''} ok={data.ok && !error} />
    </>
  );
}

/** Stays while Flower or our server is away, unseen, and is read anew at its place once both are back. */
function Frame({ path, url, ok }: { path: string; url: string; ok: boolean }) {
  const { t } = useTexts();
  const words = t.operations.flower;
  const frame = useRef<HTMLIFrameElement>(null);
  const [began, begin] = useState(ok);
  const wasOk = useRef(ok);
  useEffect(() => {
    if (ok && !wasOk.current) frame.current?.contentWindow?.location.reload();
    if (ok) begin(true);
    wasOk.current = ok;
  }, [ok]);
  if (!began) return null;
  return (
    <div className={classes.page} hidden={!ok}>
      <Group justify="space-between" wrap="nowrap" className={classes.bar}>
        <Text size="sm" c="dimmed" className="z-clip">
          {url}
        </Text>
        <Anchor size="sm" href={path} target="_blank" rel="noreferrer" style={{ flex: 'none' }}>
          {words.alone}
        </Anchor>
      </Group>
      <iframe ref={frame} className={classes.frame} src={path} title={words.title} data-testid="flower-frame" />
    </div>
  );
}

function NotSet() {
  const { t } = useTexts();
  const words = t.operations.flower;
  const [before, after] = words.notSet.split('{setting}');
  return (
    <EmptyState icon={IconFlower} title={words.notSetTitle} wholePage>
      <Text c="dimmed" size="sm" maw={520} data-testid="flower-not-set">
        {before}
        <Code>ZINCIR_FLOWER_URL</Code>
        {after}
      </Text>
      <Text c="dimmed" size="sm" maw={520}>
        {words.instead}
      </Text>
      <OwnPages />
    </EmptyState>
  );
}

function Silent({ url, detail, onRetry }: { url: string; detail: string; onRetry: () => void }) {
  const { t, fill } = useTexts();
  const words = t.operations.flower;
  return (
    <Alert variant="light" color="yellow" icon={<IconAlertTriangle stroke={1.7} />} data-testid="flower-silent">
      <Stack gap="sm">
        <Text size="sm" fw={600} className="z-break">
          {fill(words.silent, { url, detail })}
        </Text>
        <Text size="sm">{words.silentHint}</Text>
        <Group gap="xs">
          <Button size="xs" onClick={onRetry}>
            {t.common.tryAgain}
          </Button>
          <OwnPages size="xs" />
        </Group>
      </Stack>
    </Alert>
  );
}

const ownPages = [
  { to: '/workers', name: 'workers' },
  { to: '/tasks', name: 'tasks' },
  { to: '/queue', name: 'queue' },
] as const;

function OwnPages({ size }: { size?: 'xs' }) {
  const { t } = useTexts();
  return (
    <Group gap="xs" justify="center">
      {ownPages.map(({ to, name }) => (
        <Button
          key={to}
          variant="default"
          {...(size === undefined ? {} : { size })}
          renderRoot={(props) => <Link to={to} {...props} />}
        >
          {t.shell[name]}
        </Button>
      ))}
    </Group>
  );
}
