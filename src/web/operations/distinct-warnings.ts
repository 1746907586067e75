import type { OperationsWarning } from '../../contract/operations.js';

/** Each warning once, in the order in which they came: a queue and the overview may tell the same. */
export function distinctWarnings(warnings: readonly OperationsWarning[]): OperationsWarning[] {
  const byContent = new Map<string, OperationsWarning>();
  for (const warning of warnings) {
    const key = `${warning.code} ${warning.message}`;
    if (!byContent.has(key)) byContent.set(key, warning);
  }
  return [...byContent.values()];
}
