/**
 * Guard: an allocator that detects every misuse that can be seen, and tells whose block it was.
 *
 *     inner block   │▒ red zone ▒│          block          │▒ red zone ▒│
 *     live           fd fd fd fd  aa aa aa aa aa aa aa aa   fd fd fd fd     aa until the owner writes
 *     released       dd dd dd dd  dd dd dd dd dd dd dd dd   dd dd dd dd     in quarantine: nobody gets it for a while
 *
 * A block is exactly as long as was asked: `usableSize` is the size, and the next byte is red zone already. So a layout fits a
 * block or is another one, and no write behind the end is lost in slack.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  LayoutError,
  withCapabilities,
} from "@alloc/core";
import { printable } from "../printable.ts";
import { depthOf } from "../stack.ts";
import type { GuardSettings } from "./custody.ts";
import { GuardMachine } from "./guard-machine.ts";
import { ScopedGuardMachine, type Scopes } from "./guard-scopes.ts";

export interface GuardOptions {
  /** Bytes that are watched before and behind each block, at least: an integer from 0. Default: 16. */
  readonly redZone?: number;
  /** Bytes of released blocks that are held back: an integer from 0. Default: 1 MiB. 0 gives each back at once. */
  readonly quarantine?: number;
  /** Frames of the stacks that are kept with a block: an integer from 0. Default: 10. 0 keeps none, which costs nothing. */
  readonly stackDepth?: number;
}

/** An allocator that detects misuse. It can all that `A` can, and also `sizeAt` and `check`. */
export type Guarded<A extends Allocator> = Can<CapabilitiesOf<A> | "sizeAt" | "check"> &
  GuardedScopes<A> & {
    readonly inner: A;
    /** Bytes that are live now, as they were last asked for. */
    readonly bytesLive: number;
  };

/** The scopes of a guarded region are guarded too. */
type GuardedScopes<A> = A extends { readonly isScoped: boolean; frame(): infer F extends Allocator }
  ? {
      readonly isScoped: boolean;
      frame(): Guarded<F>;
      scope<R>(body: (inner: Guarded<F>) => R): R;
    }
  : unknown;

/**
 * Puts a guard before an allocator, for tests and for the hunt: every misuse that can be seen is a `MisuseError` whose
 * `block` names the block, where it was allocated and where it was released ({@link GuardError}). A call that is refused has
 * changed nothing.
 *
 * | code | seen |
 * |---|---|
 * | `double-free` | at once, also by a resize; as such while the block is among the last 4096 that ended, then as foreign |
 * | `interior-pointer`, `foreign-pointer`, `wrong-layout` | at once: a block has exactly its size and its align. A block of another guard is named |
 * | `closed-scope`, `open-scope` | at once, before a region; its frames are guarded as well |
 * | `overflow` | when the block is next released or resized, by `check`, `reset` and `dispose` |
 * | `write-after-free` | when the block leaves the quarantine, by `check`, `reset` and `dispose` |
 *
 * What a program reads is not seen, but fresh bytes are 0xaa and dead ones 0xdd. A write that hits another live block is not
 * seen, nor one into a place that was handed out again: more `redZone` and more `quarantine` make both rarer. Over a memory
 * without bytes there are no zones and no fills; all else is seen.
 *
 * An address is a number. A block of another memory whose number and layout are those of a live block here is taken for that block,
 * which is dead then: its owner is told by the next call with it, with the stack of the wrong release, and nobody gets its place
 * before. Red zones of different lengths for different memories (16, 24, 40) make such numbers few.
 *
 * Where the inner allocator answers NULL the quarantine is given back, and it is asked again. A resize moves also where it
 * need not, so that who kept the old pointer is seen. The guard owns the inner allocator and disposes it with itself; lend
 * that with `byRef()` to keep it. What is asked of the inner allocator directly is not seen.
 *
 * Cost: this is for debugging. Some microseconds a call for the stack; 2 · `redZone` bytes for each block, before as many as
 * its align is if that is more; `quarantine` bytes; outside of the memory some hundred bytes for each live block and for each
 * of 4096 dead ones, which `footprint` leaves out; one write of each byte that comes or goes, and one read when it leaves the
 * quarantine.
 *
 * Source: AddressSanitizer; the DebugAllocator of Zig; the test allocator of BDE.
 *
 * @param inner - the allocator to guard
 * @throws `LayoutError` if an option cannot be
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 * import { type GuardError, guard } from "@alloc/proxy";
 *
 * using heap = guard(system());
 * const layout = Layout.of(24);
 * const parse = () => orThrow(heap.allocate(layout), layout);
 * const ptr = parse();
 * heap.memory.u8[ptr + 24] = 0x41; // one byte too far
 * let error: GuardError | undefined;
 * try {
 *   heap.deallocate(ptr, layout);
 * } catch (caught) {
 *   error = caught as GuardError;
 * }
 * error?.code; // => "overflow"
 * error?.block?.size; // => 24
 * error?.block?.stack.includes("parse"); // => true
 * ```
 */
export function guard<A extends Allocator>(inner: A, options: GuardOptions = {}): Guarded<A> {
  const redZone = bytesOf("a red zone", options.redZone ?? 16);
  const settings: GuardSettings = {
    // Where nobody can read it there is nothing to be seen.
    redZone: inner.memory.hasBytes ? redZone : 0,
    quarantine: bytesOf("a quarantine", options.quarantine ?? 2 ** 20),
    stackDepth: depthOf(options.stackDepth),
  };
  const Base = "frame" in inner ? ScopedGuardMachine : GuardMachine;
  const Machine = withCapabilities(
    Base,
    (capability) => capability === "sizeAt" || capability === "check" || can(inner, capability),
  );
  return new Machine(inner as unknown as Can<Capability> & Scopes, settings) as unknown as Guarded<A>;
}

function bytesOf(name: string, bytes: number): number {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new LayoutError("size", `${name} must be an integer from 0 bytes on, got ${printable(String(bytes), 40)}`);
}
