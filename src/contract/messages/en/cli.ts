/** Texts of the cli. */
export const cli = {};
