/**
 * replay: runs a recorded program against an allocator and verifies every byte of every block.
 *
 * Each block is filled with its own pattern when handed out, and verified when resized or released, so foreign writes are found.
 * The trace is streamed: only live blocks are kept.
 *
 * @module
 */
import { type Allocator, type Footprint, Layout, NULL, type Null, type Ptr } from "@alloc/core";
import { bytesText, requireAllocator, requireFlag, requireOptions } from "@alloc/core/author";
import { readingOf, requireCallback } from "../arguments.ts";
import { describeDamage, fillPattern, findDamage } from "../pattern.ts";
import { printable } from "../printable.ts";
import { withText } from "../with-text.ts";
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

/** Options of {@link replay}. */
export interface ReplayOptions extends ReadOptions {
  /**
   * Minimum align of every request, in bytes. A larger align in the trace takes precedence.
   *
   * @defaultValue 8
   */
  readonly align?: number;
  /**
   * Whether blocks are filled and verified. Always false over a memory without bytes.
   *
   * @defaultValue true
   */
  readonly verify?: boolean;
  /** Called every few thousand events with the number of events done and the total. */
  readonly onProgress?: (done: number, all: number) => void;
  /** Called for every block handed out, including by a resize. */
  readonly onServe?: (ptr: Ptr, layout: Layout) => void;
}

/** Result of {@link replay}. */
export interface ReplayReport {
  /** What the trace says of itself. */
  readonly header: TraceHeader;
  /** Events replayed. */
  readonly operations: number;
  /** Maximum requested bytes live at once. */
  readonly peakLive: number;
  /** Number of blocks verified when resized or released; 0 without `verify`. */
  readonly verified: number;
  /** Number of blocks of the trace that were not released. */
  readonly leaks: number;
  /** Footprint of the allocator at the end. */
  readonly footprint: Footprint;
  /** peakLive / footprint.peak. */
  readonly utilisation: number;
  /** Returns the measurements in a line. */
  toString(): string;
}

/** Thrown if an allocator fails a replay. Its message names the line of the trace, and is one line of bounded length. */
export class ReplayError extends Error {
  /** Always `"ReplayError"`. */
  override readonly name: "ReplayError";
  /** Always `"replay"`. */
  readonly code: "replay";
  /** Line of the trace, from 1. */
  readonly line: number;

  constructor(line: number, reason: string, cause?: unknown) {
    super(`trace line ${line}: ${printable(reason)}`, { cause });
    this.name = "ReplayError";
    this.code = "replay";
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
 * @param source - the bytes of the trace, optionally gzip, or a trace in memory
 * @param allocator - the allocator to test; it is not disposed
 * @param options - see {@link ReplayOptions}
 * @returns the measurements
 * @throws `TraceError` if the trace is not in the format, {@link ReplayError} if the allocator has no room, damages a block or
 *   throws
 * @example
 * ```ts
 * import { system } from "@alloc/global";
 * import { replay } from "@alloc/testkit";
 *
 * const text = "# ids: 1\n# ops: 3\n# peak: 80\n# maxlive: 1\na 0 40\nr 0 80\nf 0\n";
 * const report = await replay(new TextEncoder().encode(text), system());
 * report.peakLive; // => 80
 * report.leaks; // => 0
 * `${report}`.split(":")[0]; // => "3 operations"
 * ```
 */
export async function replay(
  source: TraceSource,
  allocator: Allocator,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  requireAllocator("replay", allocator, "replay(trace, allocator)");
  requireOptions("replay(trace, allocator, { align, verify })", options, [
    "align",
    "verify",
    "maxBytes",
    "onProgress",
    "onServe",
  ]);
  requireFlag("replay(trace, allocator, { verify: false })", "verify", options.verify);
  requireCallback("replay(trace, allocator, { onProgress: (done) => { … } })", options.onProgress);
  requireCallback("replay(trace, allocator, { onServe: (ptr, layout) => { … } })", options.onServe);
  Layout.of(0, options.align);
  const player = new Player(allocator, options);
  let header: TraceHeader | undefined;
  for await (const batch of readTrace(source, readingOf(options))) {
    header = batch.header;
    player.play(batch);
    options.onProgress?.(player.operations, header.ops);
  }
  const footprint = allocator.footprint();
  const report = {
    header: header!,
    operations: player.operations,
    peakLive: player.peakLive,
    verified: player.verified,
    leaks: player.live.size,
    footprint,
    utilisation: player.peakLive / footprint.peak,
  };
  return withText(report, textOf);
}

function textOf(report: Omit<ReplayReport, "toString">): string {
  const { operations, peakLive, footprint, utilisation, leaks } = report;
  const used = `${peakLive} of ${footprint.peak} bytes (${(100 * utilisation).toFixed(1)} %) used at the peak`;
  return `${operations} operations: ${used}, ${leaks} blocks not released`;
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
    if (ptr === NULL) throw new Error(`no room for block ${id}, ${layout}, with ${bytesText(this.bytes)} live`);
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
    if (damage !== undefined) throw new Error(`block ${id} of ${bytesText(size)} at ${ptr}: ${describeDamage(damage)}`);
  }

  expectZeros(id: number, ptr: Ptr, size: number): void {
    if (!this.verify || size === 0) return;
    const offset = this.allocator.memory.view(Uint8Array, ptr, size).findIndex((byte) => byte !== 0);
    if (offset >= 0) throw new Error(`block ${id} of ${bytesText(size)} at ${ptr}: byte ${offset} is not 0`);
  }
}

/** Formats whatever was thrown: maybe not an error, or several. */
function messageOf(error: unknown): string {
  const { errors = [error] } = Object(error) as { errors?: readonly unknown[] };
  const messages = errors.map((each) => printable((Object(each) as { message?: unknown }).message ?? each));
  return printable([...new Set(messages)].join("; "));
}
