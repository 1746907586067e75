/**
 * A promise that a test awaits after something else. A rejection that comes before counts where it is awaited; without
 * this it would be one that nobody handles, which ends the whole run and which no second try of the test forgives.
 */
export function later<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
