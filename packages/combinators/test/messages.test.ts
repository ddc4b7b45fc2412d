import { expect, test } from "vitest";
import { messages } from "../../../checks/support/compile.ts";

const IMPORTS = `
import { chain, fallback } from "@alloc/combinators";
import type { Allocator } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
declare const plain: Allocator;
void [chain, fallback, freeList, system, plain];
`;

/** Returns the errors of a line that does not compile. */
function shown(line: string): string {
  return messages("packages/combinators/test/written-by-a-user.ts", `${IMPORTS}${line}`).join("\n");
}

test("orElse after an allocator without owns says so in a sentence", () => {
  expect(shown("chain(plain).orElse(system());")).toBe(
    `Argument of type 'SystemHeap' is not assignable to parameter of type 'NeedsOwns'.
  Property '"orElse needs owns(ptr) on every allocator before it"' is missing in type 'SystemHeap' but required in type 'NeedsOwns'.`,
  );
});

test("fallback over an allocator without owns names the missing method", () => {
  expect(shown("fallback(plain, system());")).toContain("Property 'owns' is missing in type 'Allocator'");
});

test("a built chain has the type of the one written by hand", () => {
  expect(shown("export const heap: never = chain(freeList(64)).orElse(freeList(256)).orElse(system()).build();")).toBe(
    "Type 'Fallback<FreeList, Fallback<FreeList, SystemHeap>>' is not assignable to type 'never'.",
  );
});
