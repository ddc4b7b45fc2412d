/**
 * replay: a recorded program run against an allocator, with every byte of every block verified.
 *
 * Each block is filled with a pattern of its own when it is handed out, and read when it is resized or released: what another
 * block, or the allocator, wrote into it shows. The trace streams: only what is live is remembered.
 *
 * @module
 */
import { type Allocator, type Footprint, Layout, NULL, type Null, type Ptr } from "@alloc/core";
import { describeDamage, fillPattern, findDamage } from "../pattern.ts";
import { printable } from "../printable.ts";
import {
  ALLOCATE,
  ALLOCATE_ZEROED,
  type Batch,
  RELEASE,
  type ReadOptions,
  type TraceHeader,
  type TraceSource,
} from "./format.ts";
import { readTrace } from "./read.ts";

export interface ReplayOptions extends ReadOptions {
  /** The least align of every request, in bytes: 8 unless said. A larger one in the trace counts. */
  readonly align?: number;
  /** Whether blocks are filled and verified: true unless said, and false over a memory without bytes. */
  readonly verify?: boolean;
  /** Told how many of the events are done, every few thousand of them. */
  readonly onProgress?: (done: number, all: number) => void;
  /** Told of every block that was handed out, also by a resize. */
  readonly onServe?: (ptr: Ptr, layout: Layout) => void;
}

export interface ReplayReport {
  readonly header: TraceHeader;
  readonly operations: number;
  /** The most bytes asked for and live at once. */
  readonly peakLive: number;
  /** Blocks that were verified when they were resized or released; 0 if that was not asked for. */
  readonly verified: number;
  /** Blocks of the trace that were not released. */
  readonly leaks: number;
  /** Of the allocator when all was done. */
  readonly footprint: Footprint;
  /** peakLive / footprint.peak. */
  readonly utilisation: number;
}

/** Thrown where an allocator fails a replay. Its message names the line of the trace, and is one line of bounded length. */
export class ReplayError extends Error {
  override readonly name: "ReplayError";
  /** Line of the trace, from 1. */
  readonly line: number;

  constructor(line: number, reason: string, cause?: unknown) {
    super(`trace line ${line}: ${printable(reason)}`, { cause });
    this.name = "ReplayError";
    this.line = line;
  }
}

interface Block {
  readonly ptr: Ptr;
  readonly layout: Layout;
}

/**
 * Replays a trace through an allocator.
 *
 * @param source - the bytes of the trace, gzip or not, or a trace in memory
 * @returns what was seen; the allocator is not disposed
 * @throws `TraceError` if the trace is not in the format, {@link ReplayError} if the allocator has no room, damages a block
 *   or throws
 * @example
 * ```ts
 * import { system } from "@alloc/global";
 * import { replay } from "@alloc/testkit";
 *
 * const text = "# ids: 1\n# ops: 3\n# peak: 80\n# maxlive: 1\na 0 40\nr 0 80\nf 0\n";
 * const report = await replay(new TextEncoder().encode(text), system());
 * report.peakLive; // => 80
 * report.leaks; // => 0
 * ```
 */
export async function replay(
  source: TraceSource,
  allocator: Allocator,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const player = new Player(allocator, options);
  let header: TraceHeader | undefined;
  for await (const batch of readTrace(source, options)) {
    header = batch.header;
    player.play(batch);
    options.onProgress?.(player.operations, header.ops);
  }
  const footprint = allocator.footprint();
  return {
    header: header!,
    operations: player.operations,
    peakLive: player.peakLive,
    verified: player.verified,
    leaks: player.live.size,
    footprint,
    utilisation: player.peakLive / footprint.peak,
  };
}

class Player {
  readonly allocator: Allocator;
  readonly align: number;
  readonly verify: boolean;
  readonly onServe: ((ptr: Ptr, layout: Layout) => void) | undefined;
  readonly live = new Map<number, Block>();
  operations = 0;
  bytes = 0;
  peakLive = 0;
  verified = 0;

  constructor(allocator: Allocator, { align = 8, verify = true, onServe }: ReplayOptions) {
    this.allocator = allocator;
    this.align = align;
    this.verify = verify && allocator.memory.hasBytes;
    this.onServe = onServe;
  }

  play({ length, kinds, ids, sizes, aligns, line }: Batch): void {
    for (let index = 0; index < length; index++) {
      try {
        this.event(kinds[index]!, ids[index]!, sizes[index]!, aligns[index]!);
      } catch (error) {
        throw new ReplayError(line + index, messageOf(error), error);
      }
      this.operations++;
    }
  }

  event(kind: number, id: number, size: number, align: number): void {
    const old = this.live.get(id);
    if (kind === RELEASE) this.release(id, old!);
    else if (kind === ALLOCATE || kind === ALLOCATE_ZEROED) {
      const layout = Layout.of(size, Math.max(this.align, align));
      const zeroed = kind === ALLOCATE_ZEROED;
      const ptr = zeroed ? this.allocator.allocateZeroed(layout) : this.allocator.allocate(layout);
      this.serve(id, ptr, layout);
      if (zeroed) this.expectZeros(id, ptr as Ptr, size);
      this.fill(id, ptr as Ptr, size);
    } else this.resize(id, old!, Layout.of(size, old!.layout.align));
  }

  resize(id: number, { ptr, layout }: Block, to: Layout): void {
    this.expectPattern(id, ptr, layout.size);
    const larger = to.size >= layout.size;
    const next = larger ? this.allocator.grow(ptr, layout, to) : this.allocator.shrink(ptr, layout, to);
    this.bytes -= layout.size;
    this.serve(id, next, to);
    this.expectPattern(id, next as Ptr, Math.min(layout.size, to.size));
    this.verified += this.verify ? 1 : 0;
    this.fill(id, next as Ptr, to.size);
  }

  release(id: number, { ptr, layout }: Block): void {
    this.expectPattern(id, ptr, layout.size);
    this.verified += this.verify ? 1 : 0;
    this.allocator.deallocate(ptr, layout);
    this.live.delete(id);
    this.bytes -= layout.size;
  }

  serve(id: number, ptr: Ptr | Null, layout: Layout): void {
    if (ptr === NULL) throw new Error(`no room for block ${id}, ${layout}, with ${this.bytes} bytes live`);
    this.live.set(id, { ptr, layout });
    this.bytes += layout.size;
    this.peakLive = Math.max(this.peakLive, this.bytes);
    this.onServe?.(ptr, layout);
  }

  fill(id: number, ptr: Ptr, size: number): void {
    if (this.verify && size > 0) fillPattern(this.allocator.memory, ptr, size, id);
  }

  expectPattern(id: number, ptr: Ptr, size: number): void {
    if (!this.verify || size === 0) return;
    const damage = findDamage(this.allocator.memory, ptr, size, id);
    if (damage !== undefined) throw new Error(`block ${id} of ${size} bytes at ${ptr}: ${describeDamage(damage)}`);
  }

  expectZeros(id: number, ptr: Ptr, size: number): void {
    if (!this.verify || size === 0) return;
    const offset = this.allocator.memory.view(Uint8Array, ptr, size).findIndex((byte) => byte !== 0);
    if (offset >= 0) throw new Error(`block ${id} of ${size} bytes at ${ptr}: byte ${offset} is not 0`);
  }
}

/** What was thrown need not be an error, and may be several. */
function messageOf(error: unknown): string {
  const { errors = [error] } = Object(error) as { errors?: readonly unknown[] };
  const messages = errors.map((each) => printable((Object(each) as { message?: unknown }).message ?? each));
  return printable([...new Set(messages)].join("; "));
}
