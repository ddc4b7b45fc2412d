/**
 * Owner: what the handles have in common. A handle is live until it is disposed of, or what it owns is given away.
 *
 *     live ── dispose ──────────────────────────▶ spent        the value is dropped, and then its memory
 *          └─ intoRaw · take · leak · intoBox ──▶ spent        nothing is dropped
 *
 * Every use of a spent handle throws, but `dispose`, which does nothing. In an allocator that can `defer` a handle is disposed
 * of when the scope ends, unless it is spent by then.
 *
 * @module
 */
import { type Allocator, can, disposeKey, MisuseError, type Ptr } from "@alloc/core";
import { atOnce } from "./dropping.ts";
import { OwnedError, shown } from "./errors.ts";
import { forget, watch } from "./leaks.ts";
import { requireType, type Type, type View } from "./type.ts";
import { Window, windowOf } from "./window.ts";

export abstract class Owner<T> {
  readonly type: Type<T>;
  readonly allocator: Allocator;
  /** Where the value lies. */
  address: Ptr;
  /** What the handle itself looks through: never closed. */
  readonly base: Window;
  /** What spent it; undefined while it is live. */
  spentBy: string | undefined;
  /** What `value` shows, once it was asked. */
  shown: View<T> | undefined;
  /** Of all that was shown; undefined until then. */
  window: Window | undefined;

  constructor(type: Type<T>, allocator: Allocator, address: Ptr) {
    this.type = type;
    this.allocator = allocator;
    this.address = address;
    this.base = windowOf(allocator.memory);
    this.spentBy = undefined;
    this.shown = undefined;
    this.window = undefined;
    if (can(allocator, "defer")) allocator.defer(() => atOnce(() => this.dispose()));
    watch(this);
  }

  /** The kind of handle, for messages: `"Box"`. */
  abstract readonly kind: string;

  abstract dispose(): void;

  [disposeKey](): void {
    this.dispose();
  }

  /** Throws unless it is live. */
  requireLive(): void {
    if (this.spentBy === undefined) return;
    throw new MisuseError("disposed", `this ${this.kind} was spent by ${this.spentBy}(); it owns nothing any more`);
  }

  /** Shows the value. */
  show(): View<T> {
    const { type, base, address } = this;
    if (!type.hasParts) return type.get(base, address);
    this.window ??= new Window(base.memory, 0, 0, base);
    this.shown ??= type.get(this.window, address);
    return this.shown;
  }

  /** Ends what was shown so far: its block dies or moves. */
  hide(): void {
    this.window?.close();
    this.window = undefined;
    this.shown = undefined;
  }

  /** Makes it spent. */
  spend(by: string): void {
    this.requireLive();
    this.spentBy = by;
    this.hide();
    forget(this);
  }
}

/** Answers the allocator of a new handle, or throws: before anything is taken of it. For those whom no compiler told. */
export function allocatorFor(who: string, type: Type<unknown>, allocator: Allocator | undefined): Allocator {
  requireType(type, who);
  if (typeof allocator?.allocate !== "function" || allocator.memory === undefined) {
    throw new OwnedError("allocator", `${who} needs an allocator as its last argument, came ${shown(allocator)}`);
  }
  windowOf(allocator.memory); // throws where there are no bytes
  return allocator;
}

/** Throws where a block that is to be adopted cannot be one of the allocator, as far as that can see it. */
export function requireAdoptable(
  who: string,
  ptr: Ptr,
  { size, align }: { readonly size: number; readonly align: number },
  allocator: Allocator,
): void {
  if (size === 0) return;
  allocator.memory.at(ptr, 0);
  allocator.memory.at(ptr, size);
  const from = `${who} needs a block of ${size} bytes at align ${align} that this allocator handed out`;
  if (ptr % align !== 0) throw new MisuseError("misaligned", `${from}, came ${ptr}`);
  if (ptr === 0 || (can(allocator, "owns") && !allocator.owns(ptr))) {
    throw new MisuseError("foreign-pointer", `${from}, came ${ptr}, which it does not own`);
  }
  if (can(allocator, "sizeAt") && allocator.sizeAt(ptr) < size) {
    throw new MisuseError("wrong-layout", `${from}, came ${ptr}, a block of ${allocator.sizeAt(ptr)} bytes`);
  }
}
