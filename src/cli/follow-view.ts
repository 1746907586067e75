import type { FollowState } from './follow-state.js';

/** How a workflow is shown while it is followed: a frame on a terminal, plain lines elsewhere. */
export interface FollowView {
  show(state: FollowState): void;
  /** A line that stays. */
  note(text: string): void;
  close(): void;
}
