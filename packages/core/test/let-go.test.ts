import { Layout, Memory, pages } from "@alloc/core";
import { letGo } from "@alloc/core/author";
import { describe, expect, test } from "vitest";
import { Leaf, Pair } from "./support/members.ts";

describe("letting go of a chain", () => {
  test("calls no method of any of its members", () => {
    const log: string[] = [];
    class Noting extends Leaf {
      override settle() {
        log.push("settle");
      }
      override deallocate() {
        log.push("deallocate");
      }
      override dispose() {
        log.push("dispose");
      }
    }
    const root = new Noting("root", undefined, log);
    letGo(new Pair(new Noting("leaf", root, log), new Noting("leaf", root, log)), "was detached");
    expect(log).toEqual([]);
  });

  test("ends it and the children that it owns: each call says why", () => {
    const leaf = new Leaf("leaf");
    const chain = new Pair(new Pair(leaf));
    letGo(chain, "was detached; attach it again");
    const layout = Layout.of(8);
    expect(() => chain.allocate(layout)).toThrow("this pair was detached; attach it again");
    expect(() => leaf.allocate(layout)).toThrow("this leaf was detached; attach it again");
    expect([String(chain), leaf.disposed]).toEqual(["pair (disposed)", []]);
  });

  test("lets what it borrows and what it stands on live on", () => {
    const root = pages(Memory.over(new ArrayBuffer(65536)));
    const leaf = new Leaf("leaf", root);
    const chain = new Pair(leaf.byRef());
    letGo(chain, "was detached");
    expect(leaf.allocate(Layout.of(8))).toBe(64);
    expect(leaf.byRef().allocate(Layout.of(8))).toBe(64);
    expect(root.allocate(Layout.of(16))).not.toBe(0);
  });

  test("frees a lent child for another owner, and a parent from its tenants", () => {
    const root = new Leaf("root");
    const leaf = new Leaf("leaf", root);
    letGo(leaf, "was detached");
    const log = root.disposed;
    root.dispose();
    expect([log, leaf.disposed]).toEqual([["root"], []]);
  });

  test("changes the epoch of each member once, and of what borrows it", () => {
    const leaf = new Leaf("leaf");
    const borrower = new Pair(leaf.byRef());
    const before = borrower.epoch;
    letGo(leaf, "was detached");
    expect([leaf.epoch, borrower.epoch > before]).toEqual([1, true]);
  });

  test("happens once, and dispose does nothing afterwards", () => {
    const leaf = new Leaf("leaf");
    letGo(leaf, "was detached");
    const { epoch } = leaf;
    letGo(leaf, "was forgotten");
    leaf.dispose();
    leaf[Symbol.dispose]();
    expect([leaf.epoch, leaf.disposed]).toEqual([epoch, []]);
    expect(() => leaf.allocate(Layout.of(8))).toThrow("this leaf was detached");
  });
});
