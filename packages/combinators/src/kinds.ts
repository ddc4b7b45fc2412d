/**
 * Kinds: how the allocators of this package are made again on words that exist.
 *
 *     attach(handle, [...combinatorKinds, quantizeKind(round), cascadeKind(make), …])
 *                        └ all that need no function
 *
 * @module
 */
import type { Kind } from "@alloc/core/author";
import { nullAllocatorKind } from "./null.ts";
import { fallbackKind } from "./pairs/fallback.ts";
import { segregateKind } from "./pairs/segregate.ts";
import { freeTreeKind } from "./regions/free-tree-kind.ts";
import { bucketizeKind } from "./sets/bucketize.ts";
import { affixKind } from "./wrappers/affix.ts";
import { alignedKind } from "./wrappers/aligned.ts";
import { limitKind } from "./wrappers/limit-kind.ts";
import { stepKind } from "./wrappers/quantize.ts";

/** The kinds of all allocators of this package that are not made by a function: those are made again by `quantizeKind` and `cascadeKind`. */
export const combinatorKinds: readonly Kind[] = [
  nullAllocatorKind,
  fallbackKind,
  segregateKind,
  bucketizeKind,
  limitKind,
  stepKind,
  alignedKind,
  affixKind,
  freeTreeKind,
];
