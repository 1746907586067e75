/** Texts of the web. */
export const web = {};
