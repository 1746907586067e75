/** A child that says it is ready, and ends before a step comes. */
process.send?.({ type: 'ready' }, () => process.exit(3));
