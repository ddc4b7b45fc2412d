import { freeList } from "@alloc/freelist";
import { describeAllocator } from "@alloc/testkit/vitest";

describeAllocator("a free list", () => freeList(64), { runs: 5 });
