import { type Allocator, type Can, type Capability, can, Memory, pages } from "@alloc/core";
import { withCapabilities } from "@alloc/core/author";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { type AllocRequest, failing } from "@alloc/testkit";
import { describeAllocator } from "@alloc/testkit/vitest";
import { Witness } from "../../src/faults/witness.ts";

/** The allocator of a sweep, which serves every request except each fifth. */
function witness(allocator: Allocator): Allocator {
  const requests: AllocRequest[] = [];
  const inner = failing(allocator, (request) => requests.push(request) % 5 === 0);
  const Machine = withCapabilities(Witness, (capability) => capability !== "resizeInPlace" && can(inner, capability));
  return new Machine(inner as unknown as Can<Capability>, requests);
}

const parent = pages(Memory.linear({ maximum: 2 ** 22 }));
const shared = pages(Memory.linear({ maximum: 2 ** 22, shared: true }));
const virtual = pages(Memory.virtual(2 ** 22));
const heap = () => system({ parent });
const few = { programs: 60 };
/** A rule that counts the room is meaningless if requests fail by number. */
const byNumber = { ...few, skip: { "4.3": "how much room there is, the policy decides" } };

describeAllocator("failing(system(), { every: 3 })", () => failing(heap(), { every: 3 }), byNumber);
describeAllocator("failing(system(), a coin)", () => failing(heap(), { probability: 0.3, seed: 1 }), {
  ...few,
  skip: Object.fromEntries(["3.3", "4.3", "11.2"].map((rule) => [rule, "how much room there is, the coin decides"])),
});
describeAllocator(
  "failing(freeList(64), { largerThan: 40 }) in a shared memory",
  () => failing(freeList(64, { parent: shared }), { largerThan: 40 }),
  few,
);
describeAllocator(
  "failing(freeList(64), { every: 2 }) in a memory without bytes",
  () => failing(freeList(64, { parent: virtual }), { every: 2 }),
  byNumber,
);
describeAllocator("the witness of a sweep", () => witness(heap()), byNumber);
