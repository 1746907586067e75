/** Workers of the store as the contract shows them. */
import type { Messages } from '../../contract/messages/en/index.js';
import { fill, type Language, messagesOf, type Values } from '../../contract/messages/translate.js';
import type {
  OperationsWarning,
  TaskSummary,
  WorkerCommand,
  WorkerInfo,
  WorkerSample,
  WorkerStatus,
} from '../../contract/operations.js';
import type { CommandRow, SampleRow, WorkerRow } from '../ports.js';
import { iso } from '../render.js';
import { silentAfterMs } from '../silence.js';

/** Clocks of machines that keep time differ by less. Leases are longer, so that no step is lost by this much. */
const driftWarningMs = 5_000;

export function statusOf({ online, silentMs, draining }: WorkerRow): WorkerStatus {
  if (!online) return 'offline';
  if (silentMs > silentAfterMs) return 'lost';
  return draining ? 'draining' : 'online';
}

export function workerEntity(row: WorkerRow, active: TaskSummary[], language: Language): WorkerInfo {
  const { name, version, host, pid, queues, slots, processed, failed, retried, load, clockDriftMs } = row;
  return {
    name,
    status: statusOf(row),
    version,
    host,
    pid,
    queues,
    slots,
    active,
    processed,
    failed,
    retried,
    load,
    memoryBytes: row.memoryBytes,
    childrenBytes: row.childrenBytes,
    startedAt: row.startedAt.toISOString(),
    heartbeatAt: row.heartbeatAt.toISOString(),
    stoppedAt: iso(row.stoppedAt),
    clockDriftMs,
    warnings: warningsOf(row, language),
  };
}

type WarningCode = keyof Messages['workers']['warnings'];

function warningsOf(row: WorkerRow, language: Language): OperationsWarning[] {
  const { name, host, pid, rival, clockDriftMs, silentMs } = row;
  const warnings: OperationsWarning[] = [];
  const warn = (code: WarningCode, params: OperationsWarning['params']) => {
    const { message, hint } = messagesOf(language).workers.warnings[code];
    warnings.push({ code, params, message: fill(language, message, params), hint: fill(language, hint, params) });
  };
  const status = statusOf(row);
  if (status === 'offline') return [];
  if (status === 'lost') warn('WORKER_SILENT', { name, host, seconds: Math.round(silentMs / 1000) });
  if (rival !== null) warn('WORKER_NAME_TWICE', { name, host, pid, otherHost: rival.host, otherPid: rival.pid });
  if (isForeign(name, host)) warn('WORKER_NAME_FOREIGN', { name, host });
  if (clockDriftMs !== null && Math.abs(clockDriftMs) >= driftWarningMs) {
    const seconds = Math.round(Math.abs(clockDriftMs) / 1000);
    warn(clockDriftMs > 0 ? 'WORKER_CLOCK_AHEAD' : 'WORKER_CLOCK_BEHIND', { name, seconds });
  }
  return warnings;
}

/** `name@machine`, where the machine is not its own: neither its full nor its short name, whatever follows a hyphen. */
function isForeign(name: string, host: string): boolean {
  const machine = name.slice(name.indexOf('@') + 1).toLowerCase();
  const own = [host.toLowerCase(), host.toLowerCase().split('.', 1)[0] ?? ''];
  return !own.some((known) => machine === known || machine.startsWith(`${known}-`) || machine.startsWith(`${known}.`));
}

export function sampleEntity({ at, ...sample }: SampleRow): WorkerSample {
  return { at: at.toISOString(), ...sample };
}

export function commandEntity(command: CommandRow, language: Language): WorkerCommand {
  const { id, action, params, askedAt, answeredAt, ok, answer } = command;
  return {
    id,
    action,
    params,
    askedAt: askedAt.toISOString(),
    answeredAt: iso(answeredAt),
    ok,
    answer: answer === null ? null : answerInWords(answer, params, language),
  };
}

/** An answer that this version does not know (a newer worker's) shows as its code. */
function answerInWords(code: string, params: Values, language: Language): string {
  const texts: Record<string, string> = messagesOf(language).workers.answers;
  return fill(language, texts[code] ?? code, params);
}
