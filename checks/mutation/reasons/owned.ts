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
    file: source("values/place"),
    mutants: [{ code: "{ grave.leave(); throw error; }", becomes: ["{}"] }],
    why: "The value that was taken fits, so writing it fails only if the engine's stack overflows.",
  },
];
