import { useCallback, useMemo, useState } from 'react';
import type { TaskSummary } from '../../contract/operations.js';
import type { Selection } from '../operations/task-table.js';

/** The tasks of the page that are chosen; those that left the page are chosen no more. */
export function useSelection(items: readonly TaskSummary[]): {
  selection: Selection;
  chosen: TaskSummary[];
  clear: () => void;
} {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const chosen = useMemo(() => items.filter(({ taskId }) => ids.has(taskId)), [items, ids]);
  const clear = useCallback(() => setIds(new Set()), []);
  const selection: Selection = {
    chosen: ids,
    onToggle: (taskId) => {
      const next = new Set(ids);
      if (!next.delete(taskId)) next.add(taskId);
      setIds(next);
    },
    onToggleAll: () => {
      setIds(chosen.length === items.length ? new Set() : new Set(items.map(({ taskId }) => taskId)));
    },
  };
  return { selection, chosen, clear };
}
