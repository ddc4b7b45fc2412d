/**
 * The steps of a program on its handles, by the kind of handle.
 *
 * @module
 */
import type { Ptr } from "@alloc/core";
import { Box, type Columns, type Rc, type Vec, type Weak } from "@alloc/owned";
import type { Program } from "./prove-handles-program.ts";

export interface Value {
  id: number;
}
export interface Pair {
  a: Value;
  b: Value;
}

/** Where a value is: in a handle, with the program, or gone. */
export type Whereabouts = "offered" | "in" | "out" | "dropped";

export type Shared = { clone(): Shared; downgrade(): Weak<Shared>; readonly block?: Ptr } & Omit<
  Rc<Value>,
  "clone" | "downgrade"
>;

/** A handle, and how to read its values. */
export type Held =
  | { readonly kind: "box"; readonly it: Box<Value> }
  | { readonly kind: "pair"; readonly it: Box<Pair> }
  | { readonly kind: "list"; readonly it: Box<Value[]> }
  | { readonly kind: "vec"; readonly it: Vec<Value> }
  | { readonly kind: "columns"; readonly it: Columns<Value> }
  | { readonly kind: "rc"; readonly it: Shared }
  | { readonly kind: "weak"; readonly it: Weak<Shared> };

/** Returns the numbers of the values in a handle. */
export function idsOf({ kind, it }: Exclude<Held, { kind: "weak" }>): readonly number[] {
  if (kind === "vec") return Array.from({ length: it.length }, (_, index) => it.peek(index).id);
  if (kind === "columns") return Array.from(it, ({ id }) => id);
  if (kind === "pair") return [it.value.a.id, it.value.b.id];
  return kind === "list" ? Array.from(it.value, ({ id }) => id) : [it.value.id];
}

/** The error that callbacks throw. */
export class Boom extends Error {
  override readonly name = "Boom";
}

/** The errors a step may throw: those of callbacks, and refusals. */
export const ALLOWED: readonly (string | undefined)[] = [
  "disposed",
  "reentrant",
  "closed-scope",
  "open-scope",
  "alias",
  "borrowed",
];

/** The fault that was found. */
export class Fault extends Error {}

/** Levels of steps within callbacks. */
export const DEEPEST = 3;
/** A value holds its number twice, so that torn values are detected. */
export const MASK = 0x5a5a5a5a;
/** Most elements of a Vec: few, so that callbacks meet the elements they were called for. */
export const MOST_ELEMENTS = 9;

type Step<H> = (program: Program, it: H, held: Held) => void;

/** Picks one of several steps at random. */
const oneOf =
  <H>(...steps: readonly Step<H>[]): Step<H> =>
  (program, it, held) =>
    steps[program.pick(steps.length)]!(program, it, held);

/** Names a step, for the log. */
const named =
  <H>(name: string, step: Step<H>): Step<H> =>
  (program, it, held) => {
    program.note(name);
    step(program, it, held);
  };

export const STEPS: { readonly [K in Held["kind"]]: Step<never> } = {
  box: oneOf<Box<Value>>(
    named("box.set", (program, box) => box.set(program.fresh())),
    named("box.set onto itself", (_program, box) => box.set(box.get())),
    named("box.set of its view", (_program, box) => box.set(box.value)),
    named("box.clone", (program, box) => program.add({ kind: "box", it: box.clone() })),
    named("box.take", (program, box) => void program.out(box.take())),
    named("Box of its view", (program, box) =>
      program.add({ kind: "box", it: Box.new(program.Value, box.value, program.heap) }),
    ),
    named("box raw and back", (program, box) => {
      const { allocator } = box;
      program.add({ kind: "box", it: Box.fromRaw(program.Value, box.intoRaw(), allocator) });
    }),
    named("box.dispose", (_program, box) => box.dispose()),
  ),
  pair: oneOf<Box<Pair>>(
    named("pair.a =", (program, box) => {
      box.value.a = program.fresh();
    }),
    named("pair.b = pair.b", (_program, box) => {
      const { b } = box.value;
      box.value.b = b;
    }),
    named("pair.a = pair.b", (_program, box) => {
      box.value.a = box.value.b;
    }),
    named("pair.set", (program, box) => box.set({ a: program.fresh(), b: program.fresh() })),
    named("pair.clone", (program, box) => program.add({ kind: "pair", it: box.clone() })),
    named("pair.dispose", (_program, box) => box.dispose()),
  ),
  list: oneOf<Box<Value[]>>(
    named("list.value.set", (program, box) => {
      const { length } = box.value;
      if (length > 0) box.value.set(program.pick(length), program.fresh());
    }),
    named("list.clone", (program, box) => program.add({ kind: "list", it: box.clone() })),
    named("list.dispose", (_program, box) => box.dispose()),
  ),
  vec: oneOf<Vec<Value>>(
    named("vec.push", (program, vec) => {
      if (vec.length < MOST_ELEMENTS) vec.push(program.fresh());
    }),
    named("vec.push again", (program, vec) => {
      if (vec.length < MOST_ELEMENTS) vec.push(program.fresh());
    }),
    named("vec.insert", (program, vec) => {
      if (vec.length < MOST_ELEMENTS) vec.insert(program.pick(vec.length + 1), program.fresh());
    }),
    named("vec.extend", (program, vec) => {
      if (vec.length < MOST_ELEMENTS) vec.extend(program.several());
    }),
    named("vec.set", (program, vec) => {
      if (vec.length > 0) vec.set(program.pick(vec.length), program.fresh());
    }),
    named("vec.set of an element", (program, vec) => {
      if (vec.length > 0) vec.set(program.pick(vec.length), vec.at(program.pick(vec.length)));
    }),
    named("vec.push of an element", (program, vec) => {
      if (vec.length > 0) vec.push(vec.at(program.pick(vec.length)));
    }),
    named("vec.pop", (program, vec) => void program.out(vec.pop())),
    named("vec.remove", (program, vec) => {
      if (vec.length > 0) program.out(vec.remove(program.pick(vec.length)));
    }),
    named("vec.swapRemove", (program, vec) => {
      if (vec.length > 0) program.out(vec.swapRemove(program.pick(vec.length)));
    }),
    named("vec.truncate", (program, vec) => vec.truncate(program.pick(vec.length + 1))),
    named("vec.sort", (program, vec) =>
      vec.sort((a, b) => {
        program.mischief("comparison");
        return ((a.id * 7919) % 101) - ((b.id * 7919) % 101);
      }),
    ),
    named("vec.reserve", (program, vec) => vec.reserve(program.pick(8))),
    named("vec.shrinkToFit", (_program, vec) => vec.shrinkToFit()),
    named("vec loop", (program, vec) => {
      for (const element of vec) if (element.id > 0) program.mischief("loop");
    }),
    named("vec.clear", (_program, vec) => vec.clear()),
    named("vec.retain", (program, vec) =>
      vec.retain(({ id }) => {
        program.mischief("retain");
        return id % 3 !== 0;
      }),
    ),
    named("vec.splice", (program, vec) => {
      const [start, count] = [program.pick(vec.length + 1), program.pick(3)];
      const added = vec.length < MOST_ELEMENTS ? [...program.several()] : [];
      for (const value of vec.splice(start, count, ...added)) program.out(value);
    }),
    named("vec.drain", (program, vec) => {
      const start = program.pick(vec.length + 1);
      for (const value of vec.drain(start, start + program.pick(vec.length - start + 1))) program.out(value);
    }),
    // A value that is not needed would not be taken.
    named("vec.resize", (program, vec) => {
      if (vec.length < MOST_ELEMENTS) vec.resize(vec.length + 1 + program.pick(3), program.fresh());
    }),
    named("vec.fill", (program, vec) => {
      const start = program.pick(vec.length + 1);
      if (start < vec.length) vec.fill(program.fresh(), start);
    }),
    named("vec.slice", (program, vec) => program.add({ kind: "vec", it: vec.slice(program.pick(vec.length + 1)) })),
    named("vec.indexOf", (program, vec) => void vec.indexOf({ id: program.pick(9), copy: 0 } as never)),
    named("vec.intoBox", (program, vec) => program.add({ kind: "list", it: vec.intoBox() })),
    named("vec.dispose", (_program, vec) => vec.dispose()),
  ),
  columns: oneOf<Columns<Value>>(
    named("columns.push", (program, rows) => {
      if (rows.length < MOST_ELEMENTS) rows.push(program.fresh());
    }),
    named("columns.extend", (program, rows) => {
      if (rows.length < MOST_ELEMENTS) rows.extend(program.several());
    }),
    named("columns.set", (program, rows) => {
      if (rows.length > 0) rows.set(program.pick(rows.length), program.fresh());
    }),
    named("columns.set of a row", (program, rows) => {
      if (rows.length > 0) rows.set(program.pick(rows.length), rows.row(program.pick(rows.length)) as Value);
    }),
    named("columns.pop", (program, rows) => void program.out(rows.pop())),
    named("columns.swapRemove", (program, rows) => {
      if (rows.length > 0) program.out(rows.swapRemove(program.pick(rows.length)));
    }),
    named("columns.truncate", (program, rows) => rows.truncate(program.pick(rows.length + 1))),
    named("columns.clear", (_program, rows) => rows.clear()),
    named("columns.reserve", (program, rows) => rows.reserve(program.pick(8))),
    named("columns loop", (program, rows) => {
      for (const row of rows) if (row.id > 0) program.mischief("loop");
    }),
    named("columns.dispose", (_program, rows) => rows.dispose()),
  ),
  rc: oneOf<Shared>(
    named("rc.clone", (program, rc) => program.add({ kind: "rc", it: rc.clone() })),
    named("rc.downgrade", (program, rc) => program.add({ kind: "weak", it: rc.downgrade() })),
    named("rc.set", (program, rc) => rc.set?.(program.fresh())),
    named("rc.set onto itself", (_program, rc) => rc.set?.(rc.get())),
    named("rc.makeMut", (_program, rc) => void rc.makeMut().id),
    named("rc.getMut", (_program, rc) => void rc.getMut()?.id),
    named("rc.borrow", (program, rc) => rc.borrow?.(() => program.mischief("borrow"))),
    named("rc.borrowMut", (program, rc) => rc.borrowMut?.(() => program.mischief("borrowMut"))),
    named("rc.dispose", (_program, rc) => rc.dispose()),
  ),
  weak: oneOf<Weak<Shared>>(
    named("weak.upgrade", (program, weak) => {
      const rc = weak.upgrade();
      if (rc !== undefined) program.add({ kind: "rc", it: rc });
    }),
    named("weak.clone", (program, weak) => program.add({ kind: "weak", it: weak.clone() })),
    named("weak.dispose", (_program, weak) => weak.dispose()),
  ),
};
