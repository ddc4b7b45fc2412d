/**
 * measure: replays and times one trace through one chain.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type Allocator, can, type Footprint, type Layout, Memory, type Ptr, pages } from "@alloc/core";
import { parseTrace, printable, replay } from "@alloc/testkit";
import type { Chain } from "./chains.ts";
import { type Times, timeTrace } from "./timing.ts";

/** The most characters printed of a trace's description. */
const MOST_TEXT = 200;

/** The requests served by one member of a chain. */
export interface Share {
  readonly kind: string;
  readonly blocks: number;
  readonly bytes: number;
}

export interface Measurement {
  readonly trace: string;
  readonly program: string;
  readonly through: string;
  readonly align: number;
  readonly operations: number;
  /** ns per operation. */
  readonly time: Times;
  /** Most bytes, and most blocks, live at once. */
  readonly peakLive: number;
  readonly maxLive: number;
  readonly footprint: Footprint;
  readonly utilisation: number;
  readonly shares: readonly Share[];
  /** Blocks whose bytes were verified. */
  readonly verified: number;
  /** Blocks not released, and bytes not given back to the parent. */
  readonly leaks: number;
  readonly bytesKept: number;
}

export interface MeasureOptions {
  readonly align: number;
  readonly rounds: number;
  /** Called with the current step and the share done, from 0 to 1. */
  readonly onProgress?: (what: string, done: number) => void;
}

/**
 * Replays a trace with verification, then times it.
 *
 * @param path - a file in the trace format, plain or gzip
 * @throws `TraceError` or `ReplayError` of the testkit
 */
export async function measure(path: string, chain: Chain, options: MeasureOptions): Promise<Measurement> {
  const { align, rounds, onProgress } = options;
  const { size } = await stat(path);
  const memory = Memory.linear();
  const allocator = chain.make(memory);
  const members = allocator.children.length === 0 ? [allocator] : [...allocator.children];
  const shares = members.map((member) => ({ kind: member.describeSelf().kind, blocks: 0, bytes: 0 }));

  const report = await replay(createReadStream(path), allocator, {
    align,
    onProgress: (done, all) => onProgress?.("verifying", done / all),
    onServe: (ptr, layout) => count(members, shares, ptr, layout),
  });
  allocator.dispose();
  const bytesKept = pages(memory).footprint().held;

  const trace = await parseTrace(createReadStream(path), (read) => onProgress?.("reading", read / size));
  const time = timeTrace(trace, () => chain.make(memory), {
    align,
    rounds,
    onRound: (done) => onProgress?.("timing", done / rounds),
  });
  return {
    trace: printable(report.header.fields.name ?? path, MOST_TEXT),
    program: printable(report.header.fields.program ?? "", MOST_TEXT),
    through: chain.text,
    align,
    operations: report.operations,
    time,
    peakLive: report.peakLive,
    maxLive: report.header.maxlive,
    footprint: report.footprint,
    utilisation: report.utilisation,
    shares,
    verified: report.verified,
    leaks: report.leaks,
    bytesKept,
  };
}

function count(members: readonly Allocator[], shares: { blocks: number; bytes: number }[], ptr: Ptr, layout: Layout) {
  if (layout.size === 0) return;
  const server = members.findIndex((member) => can(member, "owns") && member.owns(ptr));
  shares[server]!.blocks++;
  shares[server]!.bytes += layout.size;
}
