/** A child that says it is ready, and ends before a step comes. */
process.send?.({ type: 'ready', rssBytes: 1, unfinished: [] }, () => process.exit(3));
