import { Allocator, can, Layout, type Memory, type Null, type Power, type Ptr, pages, withPowers } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memory, POWERS } from "./support/stranger.ts";

/** Has every power, like the class of a combinator. */
class Everything extends Allocator {
  override readonly memory: Memory = memory;
  readonly answer: number;

  constructor(answer = 1) {
    super();
    this.answer = answer;
  }
  override allocate(layout: Layout): Ptr | Null {
    return layout.dangling;
  }
  override deallocate(): void {}
  owns(): boolean {
    return this.answer === 1;
  }
  reset(): void {}
  resizeInPlace(): boolean {
    return true;
  }
  defer(): void {}
  sizeAt(): number {
    return this.answer;
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

const powersOf = (allocator: Allocator) => POWERS.filter((power) => can(allocator, power));
const only = (powers: readonly Power[]) => (power: Power) => powers.includes(power);
const sets = fc.subarray([...POWERS]);

describe("can", () => {
  test("tells for each power whether it is there", () => {
    expect(powersOf(new Everything())).toEqual(POWERS);
    expect(powersOf(new Two())).toEqual(["owns", "sizeAt"]);
    expect(powersOf(pages())).toEqual(["owns", "resizeInPlace"]);
  });
});

describe("withPowers", () => {
  test("makes instances with exactly the powers named, for every set of them", () => {
    fc.assert(
      fc.property(sets, (powers) => {
        const allocator = new (withPowers(Everything, only(powers)))();
        expect(powersOf(allocator)).toEqual(powers);
        for (const power of POWERS) expect(allocator[power] === undefined).toBe(!powers.includes(power));
      }),
    );
  });

  test("answers the same class for the same set, and another one for another", () => {
    fc.assert(
      fc.property(sets, sets, (one, other) => {
        const same = withPowers(Everything, only(one)) === withPowers(Everything, only(other));
        expect(same).toBe(one.join() === other.join());
      }),
    );
  });

  test("answers the class itself if nothing is missing", () => {
    expect(withPowers(Everything, () => true)).toBe(Everything);
    expect(withPowers(Two, only(["owns", "sizeAt"]))).toBe(Two);
  });

  test("never adds a power that the class has not", () => {
    const allocator: Allocator = new (withPowers(Two, (power) => power !== "owns"))();
    expect(powersOf(allocator)).toEqual(["sizeAt"]);
  });

  test("keeps two classes apart, though one extends the other", () => {
    const [one, other] = [withPowers(Everything, only([])), withPowers(Other, only([]))];
    expect(one).not.toBe(other);
    expect(new one()).not.toBeInstanceOf(Other);
    expect(new other()).toBeInstanceOf(Other);
  });

  test("leaves instanceof, the name, the constructor and what is no power as they are", () => {
    class Fresh extends Everything {}
    const Variant = withPowers(Fresh, only(["sizeAt"]));
    const allocator = new Variant(7);
    expect(allocator).toBeInstanceOf(Fresh);
    expect(allocator).toBeInstanceOf(Allocator);
    expect(Variant.name).toBe("Fresh");
    expect([allocator.sizeAt(), allocator.allocate(Layout.of(0, 64))]).toEqual([7, 2 ** 32 - 64]);
  });

  test("changes nothing for instances of the class itself", () => {
    withPowers(Everything, only([]));
    expect(powersOf(new Everything())).toEqual(POWERS);
  });

  test("can be narrowed further", () => {
    const Narrow = withPowers(Everything, only(["owns", "reset"]));
    expect(powersOf(new (withPowers(Narrow, only(["owns"])))())).toEqual(["owns"]);
  });
});
