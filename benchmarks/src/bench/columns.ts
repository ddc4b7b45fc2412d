/**
 * Columns: a workload as every contender plays it, and the file by which it reaches contenders that are not JavaScript.
 *
 *     64 bytes    magic │ version │ events │ slots │ begin │ end │ peak (f64) │ 0 …
 *     4 bytes     of each event: slot, then of each: size, size before, align
 *     1 byte      of each event: kind
 *
 * A block is named by a slot: the lowest free one, as a program reuses a variable. So the table of pointers is as long as the most
 * blocks live at once. Each event holds its block's previous size, so no contender looks it up: C needs no size, and the others
 * read it.
 *
 * The events from `begin` to `end` are timed. Those before set up the heap, those after release what is left.
 *
 * @module
 */
import { ALLOCATE, ALLOCATE_ZEROED, RELEASE, RESIZE, type Trace } from "@alloc/testkit";

export { ALLOCATE, ALLOCATE_ZEROED, RELEASE, RESIZE };

/** The events of a workload, one in each row. */
export interface Columns {
  readonly length: number;
  /** Most blocks live at once, and so the length of a table of pointers. */
  readonly slots: number;
  /** The first timed event, and the one after the last. */
  readonly begin: number;
  readonly end: number;
  /** Most bytes live at once, as requested. */
  readonly peak: number;
  readonly kinds: Uint8Array;
  readonly slot: Uint32Array;
  /** New size in bytes; 0 for a release. */
  readonly size: Uint32Array;
  /** Previous size in bytes; 0 for an allocation. */
  readonly before: Uint32Array;
  /** In bytes; 0 where the workload names none. */
  readonly align: Uint32Array;
}

const MAGIC = 0x434f4c41;
const VERSION = 1;
const HEADER = 64;
const ROW = 17;

/** Returns the columns of a trace, all of it timed. */
export function columnsOf(trace: Trace): Columns {
  const columns = emptyColumns(trace.length, trace.header.maxlive, trace.header.peak);
  const slotOf = new Uint32Array(trace.header.ids);
  const sizeOf = new Uint32Array(trace.header.maxlive);
  const alignOf = new Uint32Array(trace.header.maxlive);
  const left: number[] = [];
  let used = 0;
  for (let index = 0; index < trace.length; index++) {
    const kind = trace.kinds[index]!;
    const id = trace.ids[index]!;
    const isNew = kind === ALLOCATE || kind === ALLOCATE_ZEROED;
    if (isNew) slotOf[id] = left.pop() ?? used++;
    const slot = slotOf[id]!;
    if (isNew) alignOf[slot] = trace.aligns[index]!;
    columns.kinds[index] = kind;
    columns.slot[index] = slot;
    columns.size[index] = trace.sizes[index]!;
    columns.before[index] = sizeOf[slot]!; // 0 in a free slot
    columns.align[index] = alignOf[slot]!;
    sizeOf[slot] = trace.sizes[index]!;
    if (kind === RELEASE) left.push(slot);
  }
  return columns;
}

/** Makes empty columns. By default all events are timed. */
export function emptyColumns(length: number, slots: number, peak: number, begin = 0, end = length): Columns {
  const words = () => new Uint32Array(length);
  const kinds = new Uint8Array(length);
  return { length, slots, begin, end, peak, kinds, slot: words(), size: words(), before: words(), align: words() };
}

/** Returns columns as the bytes of a file. */
export function encodeColumns(columns: Columns): Uint8Array {
  const { length, slots, begin, end, peak, kinds, slot, size, before, align } = columns;
  const bytes = new Uint8Array(HEADER + ROW * length);
  const header = new DataView(bytes.buffer);
  for (const [index, word] of [MAGIC, VERSION, length, slots, begin, end].entries()) {
    header.setUint32(4 * index, word, true);
  }
  header.setFloat64(24, peak, true);
  for (const [index, column] of [slot, size, before, align].entries()) {
    new Uint32Array(bytes.buffer, HEADER + 4 * length * index, length).set(column.subarray(0, length));
  }
  bytes.set(kinds.subarray(0, length), HEADER + 16 * length);
  return bytes;
}

/**
 * Returns the columns in a file's bytes, without copying them.
 *
 * @throws `Error` if the bytes are not columns of this version
 */
export function decodeColumns(bytes: Uint8Array): Columns {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const header = new DataView(buffer, byteOffset, byteLength);
  const word = (index: number) => (byteLength < HEADER ? 0 : header.getUint32(4 * index, true));
  const length = word(2);
  if (word(0) !== MAGIC || word(1) !== VERSION || byteLength !== HEADER + ROW * length) {
    throw new Error(
      `expected a file of columns, version ${VERSION}, got ${byteLength} bytes of something else: write the file again`,
    );
  }
  const column = (index: number) => new Uint32Array(buffer, byteOffset + HEADER + 4 * length * index, length);
  return {
    length,
    slots: word(3),
    begin: word(4),
    end: word(5),
    peak: header.getFloat64(24, true),
    slot: column(0),
    size: column(1),
    before: column(2),
    align: column(3),
    kinds: new Uint8Array(buffer, byteOffset + HEADER + 16 * length, length),
  };
}
