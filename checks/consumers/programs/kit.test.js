import { freeList } from "@alloc/freelist";
import { describeAllocator } from "@alloc/testkit/vitest";

describeAllocator("a free list", (parent) => freeList(64, { parent }), { programs: 5 });
