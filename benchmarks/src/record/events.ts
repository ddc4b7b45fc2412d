/**
 * The events that benchmarks/native/record.c wrote, as the text of a trace.
 *
 *     │ old pointer, 8 │ new pointer, 8 │ size, 6 │ log2 align, 1 │ kind, 1 │   ──▶   a 0 40
 *                                                                                     r 0 80
 *                                                                                     f 0
 *
 * Pointers become ids, counted in the order of allocation. A block that came before the recorder, or was taken by a way that it does
 * not see, is unknown: its release is left out, and its resize becomes an allocation. Blocks that are live at the end are released.
 *
 * @module
 */
const BYTES = 24;
const RESIZE = 2;
const RELEASE = 3;
/** C's malloc aligns to it anyway. */
const MALLOC_ALIGN = 16;
const MOST_SIZE = 2 ** 32 - 1;

interface Counts {
  ids: number;
  ops: number;
  peak: number;
  maxlive: number;
}

/**
 * Returns the text of a trace.
 *
 * @param bytes - what the recorder wrote; a part of an event at the end is ignored
 * @param fields - further keys of the header: `name`, `program`
 * @param most - events to keep; those after them are left out. Default: all
 */
export function traceText(bytes: Uint8Array, fields: Readonly<Record<string, string>>, most = Infinity): string {
  const { lines, counts } = new Reader().read(bytes, most);
  const header = Object.entries({ ...fields, ...counts }).map(([key, value]) => `# ${key}: ${value}\n`);
  return `# alloctrace 1\n${header.join("")}${lines.join("")}`;
}

class Reader {
  readonly lines: string[] = [];
  readonly live = new Map<number, { readonly id: number; size: number }>();
  readonly counts: Counts = { ids: 0, ops: 0, peak: 0, maxlive: 0 };
  bytesLive = 0;

  read(bytes: Uint8Array, most: number): this {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + BYTES <= bytes.length && this.lines.length < most; at += BYTES) {
      const size = view.getUint32(at + 16, true) + view.getUint16(at + 20, true) * 2 ** 32;
      const align = 2 ** view.getUint8(at + 22);
      this.follow(view.getUint8(at + 23), pointer(view, at), pointer(view, at + 8), size, align);
    }
    for (const old of [...this.live.keys()]) this.release(old);
    this.counts.ops = this.lines.length;
    return this;
  }

  follow(kind: number, old: number, now: number, size: number, align: number): void {
    const isKnown = this.live.has(old);
    if (kind === RELEASE || size > MOST_SIZE) this.release(old);
    else if (kind === RESIZE && isKnown) this.resize(old, now, size);
    else this.allocate(kind === RESIZE ? "a" : "ac"[kind]!, now, size, align);
  }

  allocate(letter: string, now: number, size: number, align: number): void {
    this.release(now);
    const id = this.counts.ids++;
    this.live.set(now, { id, size });
    this.lines.push(`${letter} ${id} ${size}${align > MALLOC_ALIGN ? ` ${align}` : ""}\n`);
    this.grown(size);
  }

  resize(old: number, now: number, size: number): void {
    const block = this.live.get(old)!;
    this.live.delete(old);
    this.release(now);
    this.live.set(now, block);
    this.lines.push(`r ${block.id} ${size}\n`);
    const before = block.size;
    block.size = size;
    this.grown(size - before);
  }

  release(old: number): void {
    const block = this.live.get(old);
    if (block === undefined) return;
    this.live.delete(old);
    this.bytesLive -= block.size;
    this.lines.push(`f ${block.id}\n`);
  }

  grown(bytes: number): void {
    const { counts } = this;
    this.bytesLive += bytes;
    counts.peak = Math.max(counts.peak, this.bytesLive);
    counts.maxlive = Math.max(counts.maxlive, this.live.size);
  }
}

/** Returns a pointer: user space has less than 53 bits. */
function pointer(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}
