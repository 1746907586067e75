/** What the steps said, newest at the bottom; it follows until it is scrolled up. */
import { Button, NativeSelect, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { type LogLine, stepNames } from '../../contract/entities.js';
import { renderLog } from '../../contract/messages/render.js';
import { Panel } from '../design/panel.js';
import { useTexts } from '../language/language.js';
import classes from './monitor.module.css';

const shownAtFirst = 200;

interface Props {
  logs: readonly LogLine[];
  /** All lines are of one step, so there is none to choose. */
  ofOneStep?: boolean;
}

export function LogPanel({ logs, ofOneStep = false }: Props) {
  const { t, terms, fill } = useTexts();
  const [step, setStep] = useState('');
  const [shown, setShown] = useState(shownAtFirst);
  const matching = step === '' ? logs : logs.filter((line) => line.step === step);
  const lines = matching.slice(-shown);
  const frame = useFollowing(lines.at(-1)?.id);
  const earlier = matching.length - lines.length;
  return (
    <Panel
      title={t.monitor.log.title}
      flush
      aside={
        ofOneStep ? null : (
          <NativeSelect
            size="xs"
            aria-label={t.monitor.log.step}
            value={step}
            data={[
              { value: '', label: t.monitor.log.all },
              ...stepNames.map((name) => ({ value: name, label: terms.steps[name] })),
            ]}
            onChange={(event) => setStep(event.currentTarget.value)}
          />
        )
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section ref={frame} className={classes.log} tabIndex={0} aria-label={t.monitor.log.title}>
        {earlier > 0 ? (
          <Button variant="subtle" size="compact-xs" ml={12} onClick={() => setShown(shown + 1000)}>
            {fill(t.monitor.log.earlier, { count: Math.min(1000, earlier) })}
          </Button>
        ) : null}
        {lines.length === 0 ? (
          <Text size="sm" c="dimmed" px={20} py={6}>
            {t.monitor.log.empty}
          </Text>
        ) : null}
        <ol>
          {lines.map((line) => (
            <Line key={line.id} line={line} />
          ))}
        </ol>
      </section>
    </Panel>
  );
}

function Line({ line }: { line: LogLine }) {
  const { language, t, terms, format } = useTexts();
  return (
    <li className={classes.line} data-level={line.level}>
      <time dateTime={line.at} title={format.moment(line.at)}>
        {format.clock(line.at)}
      </time>
      <span className={classes.lineStep}>{line.step === null ? '' : terms.steps[line.step]}</span>
      <span className={classes.words}>
        {line.level === 'warning' || line.level === 'error' ? `${t.monitor.log.levels[line.level]}: ` : ''}
        {renderLog(language, line.code, readable(line.params))}
      </span>
    </li>
  );
}

/** Measured values to four digits: a log is read, not computed with. */
function readable(params: LogLine['params']): LogLine['params'] {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
    ]),
  );
}

/** Keeps the end in sight as lines come, unless the reader went up. */
function useFollowing(lastId: number | undefined) {
  const frame = useRef<HTMLElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const watch = () => {
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
    };
    element.addEventListener('scroll', watch, { passive: true });
    return () => element.removeEventListener('scroll', watch);
  }, []);
  useEffect(() => {
    if (lastId !== undefined && atEnd.current && frame.current) frame.current.scrollTop = frame.current.scrollHeight;
  }, [lastId]);
  return frame;
}
