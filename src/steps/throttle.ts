/** Calls through at most every `everyMs`; what comes in between is let go. */
export function throttle<Value>(call: (value: Value) => void, everyMs = 250): (value: Value) => void {
  let next = 0;
  return (value) => {
    const now = performance.now();
    if (now < next) return;
    next = now + everyMs;
    call(value);
  };
}
