/** Consumers say by their tag which process they live in: `zincir-<pid>@<host>/<anything>`. */
export function processOfTag(tag: string): { host: string | null; pid: number | null } {
  const [, pid, host] = /^zincir-(\d{1,10})@([^/]+)\//.exec(tag) ?? [];
  return { host: host ?? null, pid: pid === undefined ? null : Number(pid) };
}

export const tagOf = (pid: number, host: string, rest: string): string => `zincir-${pid}@${host}/${rest}`;
