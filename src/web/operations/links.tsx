/** Names of tasks, workers and queues that lead to their pages. */
import { Anchor, type AnchorProps } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { TaskSummary } from '../../contract/operations.js';
import { useTexts } from '../language/language.js';
import classes from './operations.module.css';

type Look = AnchorProps & { 'aria-label'?: string };

export function WorkerLink({ name, ...look }: Look & { name: string }) {
  return (
    <Anchor
      inherit
      c="inherit"
      className={`z-mono ${classes.nameLink}`}
      title={name}
      {...look}
      renderRoot={(props) => <Link to="/workers/$name" params={{ name }} {...props} />}
    >
      {name}
    </Anchor>
  );
}

/** The worker of a task, if one has it or had it. */
export function MaybeWorker({ name }: { name: string | null }) {
  const { t } = useTexts();
  return name === null ? t.common.none : <WorkerLink name={name} />;
}

/** A task by the beginning of its id. */
export function TaskIdLink({ id }: { id: string }) {
  return (
    <Anchor
      inherit
      c="inherit"
      className="z-mono"
      title={id}
      renderRoot={(props) => <Link to="/tasks/$id" params={{ id }} {...props} />}
    >
      {id.slice(0, 8)}
    </Anchor>
  );
}

/** The step that a task is, leading to the task. */
export function TaskLink({ task, ...look }: Look & { task: TaskSummary }) {
  const { t, terms, fill } = useTexts();
  const step = terms.steps[task.step.name];
  return (
    <Anchor
      inherit
      fw={600}
      c="inherit"
      title={task.taskId}
      aria-label={fill(t.operations.tasks.taskOf, { step, id: task.taskId.slice(0, 8) })}
      {...look}
      renderRoot={(props) => <Link to="/tasks/$id" params={{ id: task.taskId }} {...props} />}
    >
      {step}
    </Anchor>
  );
}

export function WorkflowLink({ workflow, ...look }: Look & { workflow: { id: number; name: string } }) {
  return (
    <Anchor
      inherit
      c="inherit"
      className={classes.nameLink}
      title={workflow.name}
      {...look}
      renderRoot={(props) => <Link to="/workflows/$id" params={{ id: String(workflow.id) }} {...props} />}
    >
      <span className="z-figures">#{workflow.id}</span> {workflow.name}
    </Anchor>
  );
}
