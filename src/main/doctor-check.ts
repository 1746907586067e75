/** One thing that `zincir doctor` looked at. */
export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  hint?: string;
}
