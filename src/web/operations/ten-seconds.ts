/** The time in milliseconds to the last ten seconds: charts are not drawn anew at every asking. */
export const tenSeconds = (): number => Math.floor(Date.now() / 10_000) * 10_000;
