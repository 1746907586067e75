import { Progress, Text } from '@mantine/core';
import type { Progress as StepProgressValue } from '../../contract/entities.js';
import { useTexts } from '../language/language.js';
import classes from './operations.module.css';

/** How far something has come, as a bar and in words. */
export function StepProgress({ progress, label }: { progress: StepProgressValue | null; label: string }) {
  const text = useProgressText()(progress);
  if (progress === null || text === null) return <Progress value={100} size={4} mt={5} animated aria-label={label} />;
  return (
    <div>
      <Progress value={Math.min(100, (100 * progress.done) / progress.total)} size={4} mt={5} aria-label={text} />
      <Text size="xs" c="dimmed" mt={3} className={`z-figures ${classes.progressText}`}>
        {text}
      </Text>
    </div>
  );
}

/** Null where there is nothing to count yet. */
function useProgressText(): (progress: StepProgressValue | null) => string | null {
  const { t, fill, format } = useTexts();
  return (progress) => {
    if (progress === null || progress.total <= 0) return null;
    const { done, total, unit } = progress;
    const words = t.monitor.steps.progress;
    if (unit !== 'bytes') return fill(words[unit], { done, total });
    return fill(words.bytes, { done: format.bytes(done), total: format.bytes(total) });
  };
}
