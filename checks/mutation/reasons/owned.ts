import type { Reason } from "../judge.ts";

const source = (name: string) => `packages/owned/src/${name}.ts`;

export const OWNED: readonly Reason[] = [
  {
    file: source("vec/buffer"),
    mutants: [{ code: "bytes > 2 ** 32 - align", becomes: ["bytes >= 2 ** 32 - align"] }],
    why: "Twice the bytes never equal this size, because half of it is not a multiple of the align. A first block of this size is the size needed, so no more is requested.",
  },
  {
    file: source("vec/listed"),
    mutants: [
      { code: "name === undefined", becomes: ["true"] },
      { code: "name === type.Array!.name", becomes: ["false"] },
      { code: "true", becomes: ["false"], on: "name === type.Array" },
      { code: 'FRACTIONS.includes(type.Array!.name) && !name.startsWith("Big")', becomes: ["false"] },
      { code: '"Big"', becomes: ['""'] },
      {
        code: '{ const name: string | undefined = type.Array && nameOf.call(values); if (name === undefined) return false; if (name === type.Array!.name) return true; return FRACTIONS.includes(type.Array!.name) && !name.startsWith("Big"); }',
        becomes: ["{}"],
      },
      {
        code: "{ return values.buffer === memory.u8.buffer ? values.slice() : values; }",
        becomes: ["{}"],
      },
    ],
    why: "Speed alone: the values of a typed array are read one by one, like those of any list.",
  },
  {
    file: source("vec/listed"),
    mutants: [{ code: "values.buffer === memory.u8.buffer", becomes: ["true"] }],
    why: "Speed alone: it also copies values that lie outside the memory.",
  },
  {
    file: source("vec/listed"),
    mutants: [
      { code: "type.Array !== undefined && length > 0", becomes: ["false"] },
      { code: "length > 0", becomes: ["true", "length >= 0", "length <= 0"] },
      {
        code: "{ window.memory.view<ArrayView>(type.Array, at, length).set(list as unknown as ArrayLike<never>); return; }",
        becomes: ["{}"],
      },
    ],
    why: "Speed alone: elements are written one by one, and no elements in one step.",
  },
  {
    file: source("vec/raw-vec"),
    mutants: [{ code: "{ return 0; }", becomes: ["{}"] }],
    why: "The value is the number of dropped elements, and 0 is not less than undefined, so none is dropped.",
  },
  {
    file: source("vec/sort"),
    mutants: [{ code: "index < one.length", becomes: ["index <= one.length"] }],
    why: "After the end both are undefined, and so equal.",
  },
  {
    file: source("vec/sort"),
    mutants: [
      { code: "a < b", becomes: ["a <= b"] },
      { code: "a > b", becomes: ["true", "false", "a >= b", "a <= b"] },
    ],
    why: "The engine's sort only checks whether it is less than 0, and equal booleans and texts have the same bytes.",
  },
  {
    file: source("vec/vec-machine"),
    mutants: [{ code: "this.length >= this.capacity", becomes: ["true"] }],
    why: "Speed alone: the growth finds that there is room.",
  },
  {
    file: source("vec/vec-machine"),
    mutants: [{ code: "type.hasParts", becomes: ["true"] }],
    why: "Speed alone: a value without parts is read and written, which its own `set` does in one step.",
  },
  {
    file: source("vec/vec-machine"),
    mutants: [{ code: "index !== this.length", becomes: ["true"] }],
    why: "Speed alone: the last element is copied onto itself.",
  },
  {
    file: source("vec/vec-machine"),
    mutants: [{ code: "count <= 0", becomes: ["count < 0"] }],
    why: "Speed alone: it retires no elements, and drops none.",
  },
  {
    file: source("handles/box-machine"),
    mutants: [{ code: "type.hasParts", becomes: ["true"], on: "if (type.hasParts) {" }],
    why: "Speed alone: a value without parts is read and written, which its own `set` does in one step.",
  },
  {
    file: source("handles/counted"),
    mutants: [
      {
        code: "post ?? (hasScope(allocator) ? enter(allocator, this) : undefined)",
        becomes: ["post && (hasScope(allocator) ? enter(allocator, this) : undefined)"],
      },
    ],
    why: "The one value that ends there is copied out before its drop runs. Only if a hundred drops surround it is it queued, and could its scope end first.",
  },
  {
    file: source("handles/counts"),
    mutants: [
      { code: "strong === 0", becomes: ["false"] },
      { code: "false", becomes: ["true"], on: "strong === 0" },
    ],
    why: "`upgrade` has looked before: only another thread can drop the value in between.",
  },
  {
    file: source("handles/counts"),
    mutants: [{ code: "strong < 0", becomes: ["strong <= 0"] }],
    why: "0 has returned before.",
  },
  {
    file: source("handles/counts"),
    mutants: [
      { code: "(block >>> 2) + word", becomes: ["(block >>> 2) - word"], on: "!== from" },
      { code: "(block >>> 2) + word", becomes: ["(block >>> 2) - word"], on: "= to" },
      { code: "first + STRONG", becomes: ["first - STRONG"] },
    ],
    why: "The word is 0 wherever this is called.",
  },
  {
    file: source("handles/counts"),
    mutants: [{ code: "window.i32[(block >>> 2) + STATE] === undefined", becomes: ["true"] }],
    why: "Speed alone: the window is renewed each time.",
  },
  {
    file: source("handles/dropping"),
    mutants: [
      { code: "of.type.drop === undefined", becomes: ["false"] },
      { code: "{ post?.leave(); of.releaseAt(start); return; }", becomes: ["{}"] },
    ],
    why: "Speed alone: values without a drop function end like the others, and nothing is called for them.",
  },
  {
    file: source("handles/leaks"),
    mutants: [{ code: '""', becomes: ['"Stryker was here!"'] }],
    why: "Every engine that runs the tests has stacks.",
  },
  {
    file: source("handles/owner"),
    mutants: [{ code: '"failure"', becomes: ['""'] }],
    why: "No caller ever gets a handle that could not be made.",
  },
  {
    file: source("handles/owner"),
    mutants: [{ code: "type.drop !== undefined", becomes: ["true"] }],
    why: "Speed alone: values without a drop function end like the others, and nothing is called for them.",
  },
  {
    file: source("handles/owner"),
    mutants: [{ code: "this.type.isFlat", becomes: ["false"], on: "return this[BASE]" }],
    why: "Speed alone: the view gets a window of its own, which ends with it.",
  },
  {
    file: source("handles/owner"),
    mutants: [
      { code: "this.spentBy !== undefined && this.spentBy !== MOVING && this.spentBy !== STALE", becomes: ["false"] },
    ],
    why: "A handle that was spent has left its scope, or what ends its values has taken its place there.",
  },
  {
    file: source("handles/scope"),
    mutants: [{ code: "errors.length > 0", becomes: ["true", "errors.length >= 0"] }],
    why: "Without an error the closure was deferred, which is asked next.",
  },
  {
    file: source("handles/scope"),
    mutants: [{ code: "false", becomes: ["true"], on: "isDeferred = false;" }],
    why: "It is set before it is read.",
  },
  {
    file: source("handles/scope"),
    mutants: [
      {
        code: '!("drops" in allocator) && allocator.children.length === 1',
        becomes: ['!("drops" in allocator) || allocator.children.length === 1'],
      },
      { code: '"drops"', becomes: ['""'] },
      { code: "allocator.children.length === 1", becomes: ["true"] },
    ],
    why: "A region has no children, and what has several has no `defer`: each condition says the same of every allocator of ours.",
  },
  {
    file: source("handles/scope"),
    mutants: [{ code: "[]", becomes: ['["Stryker was here"]'], on: "runs: []" }],
    why: "Only the last run is looked at, and that text is on top of nothing.",
  },
  {
    file: source("values/place"),
    mutants: [{ code: "{ grave.leave(); throw error; }", becomes: ["{}"] }],
    why: "The value that was taken fits, so writing it fails only if the engine's stack overflows.",
  },
];
