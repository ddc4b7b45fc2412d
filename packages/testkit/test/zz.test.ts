import { Memory, pages } from "@alloc/core";
import { checkAllocator, reportText } from "@alloc/testkit";
import { test } from "vitest";
import { Reference } from "./reference.ts";
test("ref", async () => {
  const parent = pages(Memory.linear({ maximum: 8 * 2 ** 20 }));
  const start = performance.now();
  const report = await checkAllocator((p) => new Reference(p), { parent, programs: 100, seed: 1 });
  console.log(reportText(report), performance.now() - start);
});
