/**
 * Home: validates the allocator of a new handle, and adopted blocks.
 *
 * @module
 */
import { type Allocator, can, MisuseError, type Ptr } from "@alloc/core";
import { bytesText, shown } from "@alloc/core/author";
import { OwnedError } from "../errors.ts";
import { requireType, type Type } from "../values/type.ts";
import { windowOf } from "../values/window.ts";

/**
 * Validates the arguments of a JavaScript caller and returns the allocator of a new handle. For `Global` returns the allocator
 * currently behind it: a handle releases its block there even after an override has ended.
 */
export function allocatorFor(caller: string, type: Type<unknown>, allocator: Allocator | undefined): Allocator {
  requireType(type, caller);
  if (typeof allocator?.allocate !== "function" || allocator.memory === undefined) {
    throw new OwnedError("allocator", `${caller} expects an allocator as its last argument, got ${shown(allocator)}`);
  }
  const home = allocator.children?.length === 1 && "@alloc/Global" in allocator ? allocator.children[0]! : allocator;
  windowOf(home.memory); // throws where there are no bytes
  return home;
}

/** Throws if a block to adopt cannot be from the allocator, as far as the allocator can tell. */
export function requireAdoptable(
  caller: string,
  ptr: Ptr,
  { size, align }: { readonly size: number; readonly align: number },
  allocator: Allocator,
): void {
  if (size === 0) return;
  allocator.memory.at(ptr, 0);
  allocator.memory.at(ptr, size);
  const from = `${caller} expects a block of ${bytesText(size)} at align ${align} from this allocator`;
  if (ptr % align !== 0) throw new MisuseError("misaligned", `${from}, got ${ptr}`);
  if (ptr === 0 || (can(allocator, "owns") && !allocator.owns(ptr))) {
    throw new MisuseError("foreign-pointer", `${from}, got ${ptr}, which it does not own`);
  }
  if (can(allocator, "sizeAt") && allocator.sizeAt(ptr) < size) {
    throw new MisuseError("wrong-layout", `${from}, got ${ptr}, a block of ${bytesText(allocator.sizeAt(ptr))}`);
  }
}
