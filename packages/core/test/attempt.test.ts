import { Layout } from "@alloc/core";
import { attempt, resetAll, rethrow, undoing } from "@alloc/core/author";
import { describe, expect, test } from "vitest";
import { Leaf, Pair } from "./support/members.ts";
import { thrownBy } from "./support/thrown.ts";

describe("attempt and rethrow", () => {
  const fail = (error: unknown) => () => {
    throw error;
  };

  test("run every step, and throw nothing if none throws", () => {
    const errors: unknown[] = [];
    const done: number[] = [];
    for (const n of [1, 2, 3]) attempt(errors, () => done.push(n));
    expect([done, errors]).toEqual([[1, 2, 3], []]);
    expect(() => rethrow(errors)).not.toThrow();
  });

  test("throw a single error unchanged, whatever it is", () => {
    for (const error of [new Error("one"), "a text", undefined, null, 0, new AggregateError([1, 2])]) {
      const errors: unknown[] = [];
      attempt(errors, fail(error));
      let thrown: unknown = "nothing";
      attempt([], () => {
        try {
          rethrow(errors);
        } catch (caught) {
          thrown = caught;
        }
      });
      expect(thrown).toBe(error);
    }
  });

  test("throw several as one AggregateError, in order", () => {
    const errors: unknown[] = [];
    for (const n of [1, 2, 3]) attempt(errors, fail(n));
    const thrown = thrownBy(() => rethrow(errors)) as AggregateError;
    expect(thrown).toBeInstanceOf(AggregateError);
    expect(thrown.errors).toEqual([1, 2, 3]);
    expect(thrown.message).toBe("3 errors were thrown: see errors");
  });

  test("list the errors of several levels in one, but leave other AggregateErrors whole", () => {
    const theirs = new AggregateError(["x", "y"]);
    const inner: unknown[] = ["a", "b"];
    const outer: unknown[] = [];
    attempt(outer, () => rethrow(inner));
    attempt(outer, fail(theirs));
    const thrown = thrownBy(() => rethrow(outer)) as AggregateError;
    expect(thrown.errors).toEqual(["a", "b", theirs]);
    expect(Object.keys(thrown)).toEqual([]);
  });
});

describe("undoing", () => {
  test("undoes nothing if the step does not throw", () => {
    const done: string[] = [];
    undoing(
      () => done.push("step"),
      () => done.push("undo"),
    );
    expect(done).toEqual(["step"]);
  });

  test("undoes, and throws the error of the step; both errors if undoing throws too", () => {
    const [first, second] = [new Error("step"), new Error("undo")];
    const fail = (error: Error) => () => {
      throw error;
    };
    expect(thrownBy(() => undoing(fail(first), () => {}))).toBe(first);
    expect(thrownBy(() => undoing(fail(first), fail(second)))).toMatchObject({ errors: [first, second] });
  });
});

describe("resetAll", () => {
  class Scope extends Leaf {
    readonly error: Error | undefined;
    constructor(name: string, log: string[], error?: Error) {
      super(name, undefined, log);
      this.error = error;
    }
    reset(): void {
      this.disposed.push(`${this.name} reset`);
      if (this.error !== undefined) throw this.error;
    }
  }

  test("ends the tenants of the combinator, resets all children, first to last, and throws all errors", () => {
    const log: string[] = [];
    const [one, two] = [new Error("one"), new Error("two")];
    const pair = new Pair(new Scope("a", log, one), new Scope("b", log), new Scope("c", log, two), new Leaf("d"));
    new Leaf("tenant", pair, log);
    const { epoch } = pair;
    expect(thrownBy(() => resetAll(pair))).toMatchObject({ errors: [one, two] });
    expect(log).toEqual(["tenant", "a reset", "b reset", "c reset"]);
    expect(pair.epoch).not.toBe(epoch);
    expect(pair.allocate(Layout.of(8))).toBe(64);
  });
});
