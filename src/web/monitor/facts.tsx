/** The workflow in a glance. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTexts } from '../language/language.js';
import { hasEnded, type LiveState, remainingMs } from '../live/live-state.js';
import { priorities } from '../new-workflow/form.js';
import classes from './monitor.module.css';

export function Facts({ state, now }: { state: LiveState; now: number }) {
  const { t, terms, fill, format } = useTexts();
  const { workflow, series } = state;
  const { facts } = t.monitor;
  const best = series.at(series.bestIndex);
  const last = series.at(series.length - 1);
  const ended = hasEnded(workflow.status);
  const accuracy = (value: number | null | undefined) =>
    value === null || value === undefined ? t.common.none : format.accuracy(value);
  const left = remainingMs(state, now);
  const training = workflow.steps.some(({ name, status }) => name === 'train' && status === 'RUNNING');
  const epoch = Math.max(series.lastEpoch, workflow.epoch);
  const passed = elapsed(workflow, now);
  return (
    <section className={classes.summary} aria-label={facts.title}>
      <dl className={classes.facts} data-large="true">
        <Fact name={facts.validationAccuracy}>
          {accuracy(workflow.result?.validationAccuracy ?? last?.validationAccuracy ?? workflow.validationAccuracy)}
        </Fact>
        <Fact name={facts.trainAccuracy}>
          {accuracy(workflow.result?.trainAccuracy ?? last?.trainAccuracy ?? workflow.trainAccuracy)}
        </Fact>
        <Fact name={facts.best} aside={best ? format.accuracy(best.validationAccuracy) : undefined}>
          {best ? format.count(best.epoch) : t.common.none}
        </Fact>
        <Fact name={facts.epochs}>{fill(facts.epochOf, { epoch, epochs: workflow.epochs })}</Fact>
        <Fact name={facts.elapsed}>{passed === null ? t.common.none : format.duration(passed)}</Fact>
        {training && !ended ? (
          <Fact name={facts.eta}>
            {left === null ? facts.etaUnknown : format.duration(Math.ceil(left / 1000) * 1000)}
          </Fact>
        ) : null}
      </dl>
      <dl className={classes.facts} data-large="false">
        <Fact name={facts.model}>{terms.models[workflow.model]}</Fact>
        <Fact name={facts.dataset}>
          <Link to="/" search={{ dataset: workflow.dataset.id }}>
            {workflow.dataset.name}
          </Link>
        </Fact>
        <Fact name={facts.target}>{workflow.config.target}</Fact>
        <Fact name={facts.started}>{format.moment(workflow.startedAt ?? workflow.createdAt)}</Fact>
        {workflow.completedAt === null ? null : <Fact name={facts.ended}>{format.moment(workflow.completedAt)}</Fact>}
        {workflow.owner === '' ? null : <Fact name={facts.owner}>{workflow.owner}</Fact>}
        {workflow.priority === priorities.normal ? null : <Fact name={facts.priority}>{workflow.priority}</Fact>}
        <Origin state={state} />
      </dl>
    </section>
  );
}

function Fact({ name, aside, children }: { name: string; aside?: string | undefined; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>
        {children}
        {aside === undefined ? null : <span className={classes.aside}>{aside}</span>}
      </dd>
    </div>
  );
}

function Origin({ state }: { state: LiveState }) {
  const { t, fill } = useTexts();
  const { origin } = state.workflow;
  if (origin === null) return null;
  if (origin.kind === 'restart') {
    return (
      <Fact name={t.monitor.facts.origin}>
        <Link to="/workflows/$id" params={{ id: String(origin.from) }}>
          {fill(t.monitor.facts.restarted, { from: String(origin.from) })}
        </Link>
      </Fact>
    );
  }
  const words = { datasetFrom: String(origin.datasetFrom), configFrom: String(origin.configFrom) };
  return <Fact name={t.monitor.facts.origin}>{fill(t.monitor.facts.composed, words)}</Fact>;
}

function elapsed(workflow: LiveState['workflow'], now: number): number | null {
  if (workflow.durationMs !== null) return workflow.durationMs;
  if (workflow.startedAt === null || hasEnded(workflow.status)) return null;
  return Math.max(0, Math.floor((now - Date.parse(workflow.startedAt)) / 1000) * 1000);
}
