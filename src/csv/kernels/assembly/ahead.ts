/**
 * Scanning ahead: a second thread runs this module over the same memory, and finds records while the host's thread
 * works on those found before. There is one scanner, and it goes through the text in order, so that it finds in the
 * same batches what a host that scans by itself would find: same records, same numbers, same faults.
 *
 * The host lays chunks of text into regions, in turn; batches come back in slots, in turn. Each counts what it has
 * done in words of its own, so neither ever waits for a lock:
 *   HERE      1: the thread has come
 *   GIVEN     chunks laid into regions
 *   MADE      batches laid into slots
 *   TAKEN     batches that the host is done with
 *   STOPPING  1: the thread ends
 *
 * A region has room for what the chunk before it left over, in front of its own bytes; the thread moves it there.
 * The host never has all regions filled, so the one that was left is still as it was.
 */
import { consumed, fault, faultFields, faultLine, line, scan, startAt } from './index';

// Offsets; ../scan-ahead.ts knows them too.
const HERE: usize = 0;
const GIVEN: usize = 64;
const MADE: usize = 128;
const TAKEN: usize = 192;
const STOPPING: usize = 256;
const REGIONS: usize = 384;
const REGION_AT: usize = 388;
const REGION_BYTES: usize = 392;
const ROOM: usize = 396;
const SLOTS: usize = 400;
const SLOT_AT: usize = 404;
const SLOT_BYTES: usize = 408;
const COLUMNS: usize = 412;
const MAX_ROWS: usize = 416;
const DELIMITER: usize = 420;
const QUOTE: usize = 424;
const DECIMAL: usize = 428;
const LIMIT: usize = 432;
const CARRY: usize = 436;
const PATIENCE: usize = 440;
const QUOTED: usize = 444;
const LINE: usize = 448;

// Of a region, before its text.
const LENGTH: usize = 0;
const FINAL: usize = 4;
const REGION_HEAD: usize = 16;

// Of a slot, before its arrays.
const ROWS: usize = 0;
const REGION: usize = 4;
const LAST: usize = 8;
const FAULT: usize = 12;
const FAULT_FIELDS: usize = 16;
const BEGIN: usize = 20;
const END: usize = 24;
const WAITED: usize = 28;
const FAULT_LINE: usize = 32;
const HERE_LINE: usize = 40;
const SLOT_HEAD: usize = 64;

/** Faults beside those of `scan`: a record longer than the limit. */
const TOO_LONG = 3;

/** Looks before a thread sleeps: some microseconds, about what waking takes. */
const spins = 4_000;
/** A wait looks up this often even if nobody wakes it, in nanoseconds. */
const nap: i64 = 10_000_000;

/** Waits until the word at `at` is more than `value`. @returns false when the thread is to end */
function waitAbove(ahead: usize, at: usize, value: i32): bool {
  let looks = 0;
  while (true) {
    const seen = atomic.load<i32>(ahead + at);
    if (seen > value) return true;
    if (atomic.load<i32>(ahead + STOPPING)) return false;
    if (++looks > spins) atomic.wait<i32>(ahead + at, seen, nap);
  }
}

/**
 * Scans what is given until the text ends, a fault is found, or more is left over than the next region has room for:
 * then the host goes on by itself. Only the first helper of several does it.
 */
export function serve(ahead: usize, thread: i32): void {
  if (thread != 1) return;
  atomic.store<i32>(ahead + HERE, 1);
  atomic.notify(ahead + HERE, -1);
  if (!waitAbove(ahead, GIVEN, 0)) return;
  const regions = load<i32>(ahead + REGIONS);
  const room = load<i32>(ahead + ROOM);
  const slots = load<i32>(ahead + SLOTS);
  const columns = load<i32>(ahead + COLUMNS);
  const maxRows = load<i32>(ahead + MAX_ROWS);
  const limit = load<i32>(ahead + LIMIT);
  const fields = <usize>maxRows * columns;
  let carry = load<i32>(ahead + CARRY);
  let patience = load<i32>(ahead + PATIENCE);
  let made = 0;
  let left: usize = 0;
  startAt(load<f64>(ahead + LINE));
  for (let chunk = 0; ; chunk++) {
    if (!waitAbove(ahead, GIVEN, chunk)) return;
    const region = chunk % regions;
    const head = <usize>load<i32>(ahead + REGION_AT) + <usize>region * load<i32>(ahead + REGION_BYTES);
    const text = head + REGION_HEAD;
    const final = load<i32>(head + FINAL) != 0;
    const end = room + load<i32>(head + LENGTH);
    let begin = room - carry;
    if (chunk > 0) memory.copy(text + begin, left, carry);
    let last = false;
    while (!last) {
      if (!waitAbove(ahead, TAKEN, made - slots)) return;
      const slot = <usize>load<i32>(ahead + SLOT_AT) + <usize>(made % slots) * load<i32>(ahead + SLOT_BYTES);
      const values = slot + SLOT_HEAD;
      const lines = values + fields * 8;
      const hardRows = lines + <usize>maxRows * 8;
      const starts = hardRows + fields * 4;
      const ends = starts + fields * 4;
      const hardCounts = ends + fields * 4;
      let rows = 0;
      let found = 0;
      if (final || end - begin >= patience) {
        rows = scan(
          text,
          begin,
          end,
          final,
          maxRows,
          columns,
          load<i32>(ahead + DELIMITER),
          load<i32>(ahead + QUOTE),
          load<i32>(ahead + DECIMAL),
          starts,
          ends,
          values,
          maxRows,
          hardRows,
          hardCounts,
          lines,
          <usize>load<i32>(ahead + QUOTED),
        );
        begin = consumed;
        found = fault;
        const waiting = end - begin;
        if (rows > 0) patience = 0;
        else if (found == 0) {
          patience = waiting < limit ? min(2 * waiting, limit) : 0;
          if (!final && waiting > limit) found = TOO_LONG;
        }
      }
      last = rows == 0 || found != 0;
      store<i32>(slot + ROWS, rows);
      store<i32>(slot + REGION, region);
      store<i32>(slot + LAST, last ? 1 : 0);
      store<i32>(slot + FAULT, found);
      store<i32>(slot + FAULT_FIELDS, faultFields);
      store<i32>(slot + BEGIN, begin);
      store<i32>(slot + END, end);
      store<i32>(slot + WAITED, patience);
      store<f64>(slot + FAULT_LINE, found == TOO_LONG ? line : faultLine);
      store<f64>(slot + HERE_LINE, line);
      made++;
      atomic.store<i32>(ahead + MADE, made);
      atomic.notify(ahead + MADE, 1);
      if (found != 0) return;
    }
    carry = end - begin;
    if (final || carry > room) return;
    left = text + begin;
  }
}
