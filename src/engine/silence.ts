/**
 * A worker that has said nothing for this long is not there. It says something every two seconds, so that a lost one
 * is known within ten, and one on a machine that is busy for a moment is not taken for lost.
 */
export const silentAfterMs = 8_000;
