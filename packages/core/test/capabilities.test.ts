import { Allocator, type Capability, can, Layout, type Memory, type Null, type Ptr, pages } from "@alloc/core";
import { withCapabilities } from "@alloc/core/author";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CAPABILITIES, memory } from "./support/stranger.ts";

/** Has every capability, like the class of a combinator. */
class Everything extends Allocator {
  override readonly memory: Memory = memory;
  readonly result: number;

  constructor(result = 1) {
    super();
    this.result = result;
  }
  override allocate(layout: Layout): Ptr | Null {
    return layout.dangling;
  }
  override deallocate(): void {}
  owns(): boolean {
    return this.result === 1;
  }
  reset(): void {}
  resizeInPlace(): boolean {
    return true;
  }
  defer(): void {}
  sizeAt(): number {
    return this.result;
  }
  check(): void {}
  trim(): void {}
  blocks(): void {}
}
class Other extends Everything {}
class Two extends Allocator {
  override readonly memory: Memory = memory;
  override allocate(layout: Layout): Ptr | Null {
    return layout.dangling;
  }
  override deallocate(): void {}
  owns(): boolean {
    return true;
  }
  sizeAt(): number {
    return 8;
  }
}

const capabilitiesOf = (allocator: Allocator) => CAPABILITIES.filter((capability) => can(allocator, capability));
const only = (capabilities: readonly Capability[]) => (capability: Capability) => capabilities.includes(capability);
const sets = fc.subarray([...CAPABILITIES]);

describe("can", () => {
  test("says for each capability whether it is present", () => {
    expect(capabilitiesOf(new Everything())).toEqual(CAPABILITIES);
    expect(capabilitiesOf(new Two())).toEqual(["owns", "sizeAt"]);
    expect(capabilitiesOf(pages())).toEqual(["owns", "resizeInPlace", "check"]);
  });
});

describe("withCapabilities", () => {
  test("makes instances with exactly the capabilities named, for every set of them", () => {
    fc.assert(
      fc.property(sets, (capabilities) => {
        const allocator = new (withCapabilities(Everything, only(capabilities)))();
        expect(capabilitiesOf(allocator)).toEqual(capabilities);
        for (const capability of CAPABILITIES)
          expect(allocator[capability] === undefined).toBe(!capabilities.includes(capability));
      }),
    );
  });

  test("returns the same class for the same set, and another one for another", () => {
    fc.assert(
      fc.property(sets, sets, (one, other) => {
        const same = withCapabilities(Everything, only(one)) === withCapabilities(Everything, only(other));
        expect(same).toBe(one.join() === other.join());
      }),
    );
  });

  test("returns the class itself if nothing is missing", () => {
    expect(withCapabilities(Everything, () => true)).toBe(Everything);
    expect(withCapabilities(Two, only(["owns", "sizeAt"]))).toBe(Two);
  });

  test("never adds a capability that the class lacks", () => {
    const allocator: Allocator = new (withCapabilities(Two, (capability) => capability !== "owns"))();
    expect(capabilitiesOf(allocator)).toEqual(["sizeAt"]);
  });

  test("keeps two classes apart, even if one extends the other", () => {
    const [one, other] = [withCapabilities(Everything, only([])), withCapabilities(Other, only([]))];
    expect(one).not.toBe(other);
    expect(new one()).not.toBeInstanceOf(Other);
    expect(new other()).toBeInstanceOf(Other);
  });

  test("keeps instanceof, the name, the constructor and all other methods", () => {
    class Fresh extends Everything {}
    const Variant = withCapabilities(Fresh, only(["sizeAt"]));
    const allocator = new Variant(7);
    expect(allocator).toBeInstanceOf(Fresh);
    expect(allocator).toBeInstanceOf(Allocator);
    expect(Variant.name).toBe("Fresh");
    expect([allocator.sizeAt(), allocator.allocate(Layout.of(0, 64))]).toEqual([7, 2 ** 32 - 64]);
  });

  test("changes nothing for instances of the class itself", () => {
    withCapabilities(Everything, only([]));
    expect(capabilitiesOf(new Everything())).toEqual(CAPABILITIES);
  });

  test("can be narrowed further", () => {
    const Narrow = withCapabilities(Everything, only(["owns", "reset"]));
    expect(capabilitiesOf(new (withCapabilities(Narrow, only(["owns"])))())).toEqual(["owns"]);
  });
});
