export { type FreeList, type FreeListOptions, freeList } from "./freelist.ts";
