/** The last workflows, each with its chain and how far the running step has come. */
import { Text } from '@mantine/core';
import type { QueueOverview } from '../../contract/operations.js';
import { StatusBadge } from '../design/status-badge.js';
import { useTexts } from '../language/language.js';
import { WorkflowLink } from '../operations/links.js';
import { StepProgress } from '../operations/step-progress.js';
import classes from './queue.module.css';

type RecentWorkflow = QueueOverview['recentWorkflows'][number];

export function RecentWorkflows({ workflows }: { workflows: readonly RecentWorkflow[] }) {
  const { t } = useTexts();
  const { queue } = t.operations;
  if (workflows.length === 0) {
    return (
      <Text size="sm" c="dimmed" px={20} pb={16}>
        {queue.noWorkflows}
      </Text>
    );
  }
  return (
    <ul className={classes.workflows} aria-label={queue.lastWorkflows}>
      {workflows.map((workflow) => (
        <li key={workflow.id} className={classes.workflow} data-testid={`recent-${workflow.id}`}>
          <div style={{ minWidth: 0, fontWeight: 600 }}>
            <WorkflowLink workflow={workflow} />
          </div>
          <div>
            <StatusBadge of="workflow" status={workflow.status} />
          </div>
          <ol className={classes.steps}>
            {workflow.steps.map((step) => (
              <Step key={step.name} step={step} />
            ))}
          </ol>
        </li>
      ))}
    </ul>
  );
}

function Step({ step }: { step: RecentWorkflow['steps'][number] }) {
  const { terms } = useTexts();
  const name = terms.steps[step.name];
  return (
    <li className={classes.step} data-status={step.status}>
      <Text size="xs" component="div" className="z-clip">
        {name}
        <Text span size="xs" c="dimmed" className={classes.stepStatus}>
          {' '}
          · {terms.stepStatus[step.status]}
        </Text>
      </Text>
      {step.status === 'RUNNING' ? (
        <StepProgress progress={step.progress} label={name} />
      ) : (
        <div className={classes.line} aria-hidden="true" />
      )}
    </li>
  );
}
