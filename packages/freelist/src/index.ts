export { type FreeList, type FreeListOptions, freeList, freeListKind } from "./freelist.ts";
