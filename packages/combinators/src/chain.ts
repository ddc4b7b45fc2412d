/**
 * Chain: combinators written from left to right.
 *
 *     chain(a).orElse(b).orElse(c)     fallback(a, fallback(b, c))
 *     ….pipe(limit, 2 ** 20)           limit(…, 2 ** 20)
 *     ….pipe(stats)                    stats(…)
 *
 * Steps written from left to right nest to the right, so a call reaches the first member directly. No combinator is created before
 * `build`. Until then the members belong to the chain and to all chains made from it, which are a family:
 *
 *     base = chain(a)      one = base.orElse(b)      two = base.orElse(c)
 *     two.build()          a and c belong to the result, b to the family still
 *     one.dispose()        disposes b; dispose of any chain of the family does the same
 *
 * So each member has one owner at any time, and a program that gives up half-way disposes any chain of the family.
 *
 * @module
 */
import { type Allocator, ArgumentError, type Can, type Disposable, MisuseError } from "@alloc/core";
import {
  disposeKey,
  hide,
  inspectKey,
  requireFunction,
  requireLive,
  rethrow,
  titleOf,
  uppersOf,
} from "@alloc/core/author";
import { discard, isAllocator, requireAllocator, shown } from "./composable.ts";
import { type Fallback, fallback } from "./pairs/fallback.ts";

/** Shown by the compiler if an allocator before `orElse` does not support `owns`. */
export interface NeedsOwns {
  /** Its name is the message of the compiler. */
  readonly "orElse needs owns(ptr) on every allocator before it": never;
}

/** The allocators of a chain, in the order they are asked. */
type Members = readonly [Allocator, ...Allocator[]];

/** The type that `build` returns for these members. */
export type Built<M extends readonly Allocator[]> = M extends readonly [infer A extends Allocator]
  ? A
  : M extends readonly [infer A extends Allocator, ...infer Rest extends readonly Allocator[]]
    ? Fallback<A, Built<Rest>>
    : never;

type Last<M extends readonly Allocator[]> = M extends readonly [...Allocator[], infer A] ? A : never;

/** Allocators asked one after the other. Each method returns a new chain. Of a chain and all that are made from it, one is built. */
export interface Chain<M extends Members> extends Disposable {
  /**
   * Appends an allocator, which is asked if those before it have no room. All of those must support `owns`.
   *
   * @throws `ArgumentError` for anything but an allocator; `MisuseError` with code `disposed` if it has ended, and as {@link build}
   */
  orElse<B extends Allocator>(next: Last<M> extends Can<"owns"> ? B : NeedsOwns): Chain<[...M, B]>;
  /**
   * Wraps the chain so far: `build` calls `wrap(inner, ...args)`. Allocators among the arguments become members of the chain.
   *
   * @param wrap - any function from an allocator to an allocator, such as `limit`, `aligned` or `stats`
   * @param args - its other arguments
   * @throws `ArgumentError` if `wrap` is not a function; `build` throws one if it does not return an allocator. `MisuseError` with code
   *   `disposed` if an argument is an allocator that has ended, and as {@link build}
   */
  pipe<P extends readonly unknown[], B extends Allocator>(
    wrap: (inner: Built<M>, ...args: P) => B,
    ...args: P
  ): Chain<[B]>;
  /**
   * Creates the allocator, which owns its members.
   *
   * @throws `MisuseError` with code `owned` if a chain of the family was built before or a member belongs to another combinator,
   *   `disposed` if one was disposed, `reentrant` while one is being built; and whatever the combinators throw. The members are as
   *   before then
   */
  build(): Built<M>;
  /**
   * Disposes the members of all chains of the family. Those of the chain that was built stay: they belong to its result. `using`
   * calls it.
   *
   * @throws `MisuseError` with code `reentrant` while a chain of the family is being built; errors of the members
   */
  dispose(): void;
}

/** What a chain shares with all chains made from it. */
interface Family {
  now: "open" | "building" | "built" | "disposed";
  /** The members that belong to no result. */
  readonly members: Set<Allocator>;
}

class Links {
  /** Each makes one of the allocators that are asked one after the other. */
  readonly links!: readonly (() => Allocator)[];
  /** All allocators that were passed in. */
  readonly members!: readonly Allocator[];
  readonly family!: Family;

  constructor(links: Links["links"], members: Links["members"], family: Family) {
    // The key here, because bundlers keep a class that computes the name of a method.
    hide(this, { links, members, family, [disposeKey]: this.dispose, [inspectKey]: this.toString });
    for (const member of members) family.members.add(member);
  }

  orElse(next: Allocator): Links {
    requireMember("orElse", next, "orElse(allocator)");
    this.requireOpen();
    return new Links([...this.links, () => next], [...this.members, next], this.family);
  }

  pipe(wrap: (inner: Allocator, ...args: unknown[]) => Allocator, ...args: unknown[]): Links {
    requireFunction("pipe(limit, 2 ** 20)", wrap);
    const given = args.filter(isAllocator);
    for (const each of given) requireLive(each);
    this.requireOpen();
    const make = () => {
      const made: unknown = wrap(this.nested(), ...args);
      if (isAllocator(made)) return made;
      throw new ArgumentError(`pipe expects a function that returns an allocator, and it returned ${shown(made)}`);
    };
    return new Links([make], [...this.members, ...given], this.family);
  }

  build(): Allocator {
    const { family, members } = this;
    this.requireOpen();
    for (const member of members) requireLive(member);
    const before = this.uppers();
    family.now = "building";
    try {
      const built = this.nested();
      family.now = "built";
      for (const member of members) family.members.delete(member);
      return built;
    } catch (error) {
      family.now = "open";
      // Combinators that no caller has are built on the members.
      for (const [index, uppers] of this.uppers().entries()) {
        for (const upper of uppers) if (!before[index]!.includes(upper)) upper.abandon(members[index]!);
      }
      throw error;
    }
  }

  dispose(): void {
    const { family } = this;
    if (family.now === "building") throw building();
    if (family.now === "open") family.now = "disposed";
    const left = [...family.members];
    family.members.clear();
    const errors: unknown[] = [];
    discard(errors, left);
    rethrow(errors);
  }

  toString(): string {
    const shown = this.members.slice(0, MOST_SHOWN).map(titleOf).join(", ");
    const more = this.members.length > MOST_SHOWN ? `, and ${this.members.length - MOST_SHOWN} more` : "";
    return `chain of ${shown}${more} (${SAYS[this.family.now]})`;
  }

  toJSON(): object {
    return { kind: "chain", members: this.members.slice(0, MOST_SHOWN).map(titleOf), state: SAYS[this.family.now] };
  }

  nested(): Allocator {
    return this.links
      .map((make) => make())
      .reduceRight((rest, member): Allocator => fallback(member as Can<"owns">, rest));
  }

  /** Returns, for each member, the combinators that are built on it. */
  uppers(): (readonly Allocator[])[] {
    return this.members.map((member) => uppersOf(member).map(([upper]) => upper));
  }

  requireOpen(): void {
    const { now } = this.family;
    if (now === "building") throw building();
    if (now === "built") {
      throw new MisuseError("owned", "this chain was already built, and the result owns its members; start a new one");
    }
    if (now === "disposed") {
      throw new MisuseError("disposed", "this chain was disposed, and its members with it; start a new one");
    }
  }
}

/** The most members that a text names. */
const MOST_SHOWN = 8;
const SAYS = { open: "not built", building: "being built", built: "built", disposed: "disposed" } as const;

function building(): MisuseError {
  return new MisuseError("reentrant", "this chain is being built: do not use it in a function that was passed to pipe");
}

/** Throws unless a value is an allocator that has not ended. */
function requireMember(name: string, value: Allocator, example: string): void {
  requireAllocator(name, value, example);
  requireLive(value);
}

/**
 * Starts a chain: combinators written from left to right.
 *
 * The chain owns what it is given until `build`, which passes it to the result. `using` disposes a chain that is never built.
 *
 * @param first - the allocator that is asked first
 * @throws `ArgumentError` for anything but an allocator; `MisuseError` with code `disposed` if it has ended
 * @example
 * ```ts
 * import { aligned, chain, limit } from "@alloc/combinators";
 * import { Layout } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { system } from "@alloc/global";
 *
 * using heap = chain(freeList(64)).orElse(freeList(256)).orElse(system()).pipe(limit, 2 ** 20).pipe(aligned, 16).build();
 * heap.usableSize(Layout.of(200)); // => 208
 * ```
 */
export function chain<A extends Allocator>(first: A): Chain<[A]> {
  requireMember("chain", first, "chain(allocator)");
  return new Links([() => first], [first], { now: "open", members: new Set() }) as unknown as Chain<[A]>;
}
