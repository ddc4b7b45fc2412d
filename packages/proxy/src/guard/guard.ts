/**
 * Guard: an allocator that detects every observable misuse and reports the block concerned.
 *
 *     inner block   │▒ red zone ▒│          block          │▒ red zone ▒│
 *     live           fd fd fd fd  aa aa aa aa aa aa aa aa   fd fd fd fd     aa until the owner writes
 *     released       dd dd dd dd  dd dd dd dd dd dd dd dd   dd dd dd dd     in quarantine: not reused for a while
 *
 * A block is exactly as long as requested: `usableSize` is the size, and the next byte belongs to the red zone. So a layout
 * either fits a block or differs from its layout, and no write past the end hides in slack.
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
  type NameOption,
} from "@alloc/core";
import { requireAllocator, requireOptions, shown, type Wrapping, withCapabilities, withName } from "@alloc/core/author";
import { depthOf } from "../stack.ts";
import type { GuardSettings } from "./guard-blocks.ts";
import { GuardMachine } from "./guard-machine.ts";
import { ScopedGuardMachine, type Scopes } from "./guard-scopes.ts";

/** Options of {@link guard}. */
export interface GuardOptions extends NameOption {
  /**
   * Least bytes watched before and behind each block: an integer from 0.
   *
   * @defaultValue 16
   */
  readonly redZone?: number;
  /**
   * Bytes of released blocks held back: an integer from 0. 0 releases each block at once.
   *
   * @defaultValue 1 MiB
   */
  readonly quarantine?: number;
  /**
   * Stack frames kept per block: an integer from 0. 0 keeps none, which costs nothing.
   *
   * @defaultValue 10
   */
  readonly stackDepth?: number;
}

/** An allocator that detects misuse. It supports the capabilities of `A`, and `sizeAt` and `check`. */
export type Guarded<A extends Allocator> = Wrapping<A> &
  Can<CapabilitiesOf<A> | "sizeAt" | "check"> &
  GuardedScopes<A> & {
    /** Requested bytes of the live blocks. */
    readonly bytesLive: number;
  };

/** The scopes of a guarded region, which are guarded too. */
type GuardedScopes<A> = A extends { readonly isScoped: boolean; frame(): infer F extends Allocator }
  ? {
      readonly isScoped: boolean;
      frame(): Guarded<F>;
      scope<R>(body: (inner: Guarded<F>) => R): R;
    }
  : unknown;

/**
 * Puts a guard in front of an allocator, for tests and debugging: every observable misuse throws a `MisuseError` whose `block`
 * names the block, where it was allocated and where it was released ({@link GuardError}). A refused call has changed nothing.
 *
 * | code | detected |
 * |---|---|
 * | `double-free` | at once, also by a resize; while the block is among the last 4096 that ended, later as `foreign-pointer` |
 * | `interior-pointer`, `foreign-pointer`, `wrong-layout` | at once: sizes and aligns are exact, blocks of other guards named |
 * | `closed-scope`, `open-scope` | at once, in front of a region; its frames are guarded as well |
 * | `overflow` | at the next release or resize of the block, by `check`, `reset` and `dispose` |
 * | `write-after-free` | when the block leaves the quarantine, by `check`, `reset` and `dispose` |
 *
 * Reads are not detected, but fresh bytes are 0xaa and dead ones 0xdd. Writes into another live block, or into reused memory, are
 * not detected either: a larger `redZone` and `quarantine` make both rarer. Over a memory without bytes there are no red zones
 * and no fills; all other misuse is detected.
 *
 * An address is only a number. A block of another memory whose address and layout match a live block here is taken for that
 * block, which is dead then. Its owner gets an error with the stack of the wrong release from the next call with it, and the
 * memory is not reused before. Red zones of different lengths for different memories (16, 24, 40) make such matches rare.
 *
 * If the inner allocator returns NULL, the quarantine is released and the request repeated. A resize moves even if it need not,
 * so that uses of the old pointer are detected. The guard owns the inner allocator and disposes it with itself; lend that with
 * `byRef()` to keep it. Direct calls of the inner allocator are not seen.
 *
 * Cost: for debugging only. Half a microsecond per call, and some microseconds for its stack; 2 · `redZone` bytes per block,
 * where the zone in front is rounded up to the align; `quarantine` bytes; outside the memory some hundred bytes per live block
 * and per dead one that is in quarantine or among the last 4096, a kilobyte with stacks, not included in `footprint`; one write
 * of each byte on allocation and release, and one read when it leaves the quarantine.
 *
 * Source: AddressSanitizer; the DebugAllocator of Zig; the test allocator of BDE.
 *
 * @param inner - the allocator to guard
 * @param options - `redZone`, `quarantine`, `stackDepth` and `name`; see {@link GuardOptions}
 * @returns the guarded allocator
 * @throws `LayoutError` if an option is out of bounds
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
  requireAllocator("guard", inner, "guard(allocator)");
  requireOptions("guard(allocator, { redZone, quarantine, stackDepth })", options, [
    "redZone",
    "quarantine",
    "stackDepth",
    "name",
  ]);
  const redZone = bytesOf("a red zone", options.redZone ?? 16);
  const settings: GuardSettings = {
    // Without readable bytes a red zone detects nothing.
    redZone: inner.memory.hasBytes ? redZone : 0,
    quarantine: bytesOf("a quarantine", options.quarantine ?? 2 ** 20),
    stackDepth: depthOf(options.stackDepth),
  };
  const Base = "frame" in inner ? ScopedGuardMachine : GuardMachine;
  const Machine = withCapabilities(
    Base,
    (capability) => capability === "sizeAt" || capability === "check" || can(inner, capability),
  );
  const make = () => new Machine(inner as unknown as Can<Capability> & Scopes, settings);
  return withName(options, make) as unknown as Guarded<A>;
}

function bytesOf(name: string, bytes: number): number {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new LayoutError("size", `${name} must be an integer of at least 0 bytes, got ${shown(bytes)}`);
}
