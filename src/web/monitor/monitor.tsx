import { SimpleGrid, Stack } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import type { Workflow } from '../../contract/entities.js';
import { StoredErrorNote } from '../design/error-note.js';
import { hasEnded } from '../live/live-state.js';
import { useLiveWorkflow } from '../live/use-live-workflow.js';
import { useNow } from '../live/use-now.js';
import { ChartsPanel } from './charts-panel.js';
import { ConfigPanel } from './config-panel.js';
import { DownloadsPanel } from './downloads-panel.js';
import { EpochsPanel } from './epochs-panel.js';
import { Facts } from './facts.js';
import { Headline } from './headline.js';
import { LogPanel } from './log-panel.js';
import classes from './monitor.module.css';
import { ResultPanel } from './result-panel.js';
import { StepsPanel } from './steps-panel.js';

const ComposeDialog = lazy(() => import('./compose-dialog.js').then((module) => ({ default: module.ComposeDialog })));

export function Monitor({ workflow: first, onRetried }: { workflow: Workflow; onRetried: () => Promise<unknown> }) {
  const [run, setRun] = useState(0);
  const [composing, setComposing] = useState(false);
  const state = useLiveWorkflow(first, run);
  const { workflow, series, logs } = state;
  const ended = hasEnded(workflow.status);
  const read = state.link === 'ended';
  const now = useNow(!ended);
  const failedStep = workflow.steps.find(({ status }) => status === 'FAILED');
  return (
    <Stack gap="lg">
      <Headline
        workflow={workflow}
        link={state.link}
        onCompose={() => setComposing(true)}
        // The following starts anew once the workflow is known to run again.
        onRetried={() => void onRetried().then(() => setRun((before) => before + 1))}
      />
      {workflow.error && !failedStep ? <StoredErrorNote error={workflow.error} /> : null}
      <Facts state={state} now={now} />
      <StepsPanel steps={workflow.steps} now={now} ended={ended} />
      <ChartsPanel series={series} revision={state.revision} epochs={workflow.epochs} ended={ended} read={read} />
      {workflow.result ? (
        <div className={classes.result}>
          <ResultPanel result={workflow.result} />
          <DownloadsPanel workflow={workflow} />
        </div>
      ) : null}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <EpochsPanel series={series} revision={state.revision} ended={ended} read={read} />
        <ConfigPanel workflow={workflow} />
      </SimpleGrid>
      <LogPanel logs={logs} />
      {composing ? (
        <Suspense>
          <ComposeDialog workflow={workflow} onClose={() => setComposing(false)} />
        </Suspense>
      ) : null}
    </Stack>
  );
}
