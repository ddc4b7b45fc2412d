/**
 * Late members: children that a combinator takes in, and gives up, while several threads use it.
 *
 *     words    last serial │ serial  at  length │ serial  at  length │ 0  0  0         a record for each child behind the first
 *     text                              └──▶ [{"kind":"freeList","options":{…},"state":{"links":{"type":…,"at":…}},"parent":1},null]
 *
 * A child is an object in each thread. The thread that makes one writes its description into words, and the others make it again when they
 * catch up: what is in the records and not here is new, and what is here and no longer in the records has ended.
 *
 * What a child takes its chunks from is no part of the text: it is what the first child has in the same place, which every thread has.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { ArgumentError, shown } from "../base/errors.ts";
import type { Kind } from "../chain/attach-kind.ts";
import { announce } from "../chain/catch-up.ts";
import type { Member } from "../chain/graph.ts";
import { titleOf } from "../chain/kind.ts";
import { letGo } from "../chain/let-go.ts";
import type { Memory } from "../memory/memory.ts";
import { isGated, type Place, placeOf, recycle, wordsAt } from "../memory/places.ts";
import { attachDescription } from "./attach-description.ts";

/** The word of the serial that was given last. */
const LAST = 0;
const HEAD = 1;
/** Offsets in a record. A serial of 0 ends the records: later children are known to their thread alone. */
const SERIAL = 0;
const AT = 1;
const LENGTH = 2;
const RECORD = 3;
/** Places start at multiples of this many bytes. */
const UNIT = 8;

/** A member of a text: its words are places. `null` is what the first child has in its place. */
type Written = Omit<Member, "id" | "state" | "used"> & { readonly state: Readonly<Record<string, Place>> };
type Text = (Written | null)[];

/** The records of a combinator, and what this realm knows of them. For authors of combinators whose children change. */
export class LateMembers {
  /** The memory that the children work in. */
  readonly memory: Memory;
  /** The kinds of the children and their members. */
  readonly kinds: readonly Kind[];
  /** The records: part of the state of the combinator. */
  readonly words: Int32Array;
  /** The serials of the late children of this realm, 0 for one that is not published. */
  readonly serials: number[] = [];

  /** Returns the number of words for so many children, the first one counted. */
  static wordsFor(most: number): number {
    return HEAD + RECORD * most;
  }

  /**
   * @param kinds - of the children and their members
   * @param most - the most children, the first one counted
   * @param words - those of a combinator that is made again. Default: new ones
   */
  constructor(memory: Memory, kinds: readonly Kind[], most: number, words?: Int32Array) {
    this.memory = memory;
    this.kinds = kinds;
    this.words = words ?? memory.words(Int32Array, LateMembers.wordsFor(most));
  }

  /** Whether other threads can make all of them. */
  get isPublished(): boolean {
    return !this.serials.includes(0);
  }

  /** Bytes of words in use. */
  get bytes(): number {
    const texts = this.list().reduce((sum, _, index) => sum + this.words[record(index) + LENGTH]!, 0);
    return 4 * record(this.serials.length) + Uint16Array.BYTES_PER_ELEMENT * texts;
  }

  /**
   * Adds a child, behind the others. Other threads learn of it if there are any.
   *
   * @param first - the first child
   * @throws {@link ArgumentError} if other threads cannot make it, `RangeError` if there are no words left; nothing has changed then
   */
  add(first: Allocator, child: Allocator): void {
    if (isGated(this.memory)) this.write(this.serials.length, first, child);
    else this.serials.push(0);
  }

  /** Adds a child that was made again, behind the others: the words may have a record of it. */
  know(): void {
    this.serials.push(this.words[record(this.serials.length) + SERIAL]!);
  }

  /** Strikes a child off. Other threads let their objects go. */
  remove(index: number): void {
    const { words, serials } = this;
    announce(this.memory);
    this.forget(index);
    words.copyWithin(record(index), record(index + 1), record(serials.length));
    serials.splice(index, 1);
    words.fill(0, record(serials.length), record(serials.length + 1));
  }

  /** Writes the texts of all children that are not as the words say: none was written, or their words were replaced since. */
  publish([first, ...others]: readonly Allocator[]): void {
    for (const [index, child] of others.entries()) this.write(index, first!, child);
  }

  /**
   * Follows what other threads have changed.
   *
   * @param first - the first child
   * @param strike - strikes off the late child at an index and gives up its ownership; returns it
   * @param enter - takes a child in, behind the others
   */
  catchUp(first: Allocator, strike: (index: number) => Allocator, enter: (child: Allocator) => void): void {
    const { serials } = this;
    const there = this.list();
    for (let index = serials.length - 1; index >= 0; index--) {
      if (serials[index] === 0 || there.includes(serials[index]!)) continue;
      serials.splice(index, 1);
      letGo(strike(index), "was disposed of by another thread");
    }
    for (const [index, serial] of there.entries()) {
      if (index < serials.length) continue;
      enter(memberOf(this.textAt(index), first, this.memory, this.kinds));
      serials.push(serial);
    }
  }

  /** Gives all words back. */
  close(): void {
    for (const index of this.list().keys()) this.forget(index);
    recycle(this.memory, this.words);
  }

  /** Returns the serials in the words. */
  list(): number[] {
    const found: number[] = [];
    for (let at = record(0); at < this.words.length && this.words[at] !== 0; at += RECORD) found.push(this.words[at]!);
    return found;
  }

  /** Writes the text of a child, unless it is there. The serial is written last: without one, a text is no record. */
  write(index: number, first: Allocator, child: Allocator): void {
    const { memory, words } = this;
    const serial = this.serials[index] ?? 0;
    const text = textOf(first, child, memory);
    if (serial !== 0 && this.textAt(index) === text) return;
    const units = memory.words(Uint16Array, text.length);
    for (let at = 0; at < text.length; at++) units[at] = text.charCodeAt(at);
    const place = placeOf(memory, units);
    announce(memory);
    this.forget(index);
    const at = record(index);
    words[at + AT] = place.at / UNIT;
    words[at + LENGTH] = text.length;
    this.serials[index] = serial || ++words[LAST]!;
    words[at + SERIAL] = this.serials[index]!;
  }

  /** Returns the text of a record. */
  textAt(index: number): string {
    return Array.from(this.unitsAt(index), (unit) => String.fromCharCode(unit)).join("");
  }

  /** Returns the words of the text of a record: a UTF-16 unit each. */
  unitsAt(index: number): Uint16Array {
    const at = record(index);
    const place = { type: "Uint16Array", at: UNIT * this.words[at + AT]!, length: this.words[at + LENGTH]! };
    return wordsAt(this.memory, place) as Uint16Array;
  }

  /** Gives the text of a record back. */
  forget(index: number): void {
    const at = record(index);
    if (this.words[at + SERIAL] !== 0) recycle(this.memory, this.unitsAt(index));
    this.words[at + SERIAL] = 0;
  }
}

/** Returns the word at which a record starts. */
function record(index: number): number {
  return HEAD + RECORD * index;
}

/**
 * Returns the text of a child.
 *
 * @param first - has what the child takes chunks from, in the same place
 * @throws {@link ArgumentError} if it has not, or words of the child lie elsewhere
 */
function textOf(first: Allocator, child: Allocator, memory: Memory): string {
  const { nodes, root } = child.describe();
  const text: Text = [];
  const ids = new Map<number, number>();
  const visit = (id: number, its: Allocator, one: Allocator | undefined, isPart: boolean): number => {
    const known = ids.get(id);
    if (known !== undefined) return known;
    const at = text.push(null) - 1;
    ids.set(id, at);
    if (its === one) return at;
    const { kind, options, state, children, parent } = nodes[id]!;
    // A memory has one root, which no words are needed for.
    if (kind === "pages") text[at] = { kind, options: {}, state: {}, children: [] };
    else if (!isPart || its.isLent) throw notThere(its);
    else {
      const places = Object.entries(state).map(([name, words]) => [name, placeOf(memory, words)] as const);
      text[at] = {
        kind,
        options,
        state: Object.fromEntries(places),
        children: children.map((child, index) => visit(child, its.children[index]!, one?.children[index], true)),
        ...(parent !== undefined && { parent: visit(parent, its.parent!, one?.parent, false) }),
      };
    }
    return at;
  };
  visit(root, child, first, true);
  return JSON.stringify(text);
}

/** Makes the child of a text. */
function memberOf(json: string, first: Allocator, memory: Memory, kinds: readonly Kind[]): Allocator {
  const text = parse(json);
  const there = new Map<number, Allocator>();
  const seen = new Set<number>();
  /** Finds what the first child has, in the order in which the text was written. */
  const visit = (at: number, one: Allocator | undefined): void => {
    if (seen.has(at)) return;
    seen.add(at);
    const { children = [], parent } = text[at] ?? {};
    if (text[at] === null && one !== undefined) there.set(at, one);
    for (const [index, child] of children.entries()) visit(child, one?.children[index]);
    if (parent !== undefined) visit(parent, one?.parent);
  };
  visit(0, first);
  const nodes = text.map((node, id): Member => {
    if (node === null) return { id, kind: "", options: {}, state: {}, children: [] };
    const words = Object.entries(node.state).map(([name, place]) => [name, wordsAt(memory, place)] as const);
    return { ...node, id, state: Object.fromEntries(words) };
  });
  return attachDescription(memory, { nodes, root: 0 }, kinds, there);
}

/** @throws {@link ArgumentError} if it is none */
function parse(json: string): Text {
  try {
    const text: unknown = JSON.parse(json);
    if (Array.isArray(text)) return text as Text;
  } catch {
    // What is no JSON is no text either.
  }
  throw new ArgumentError(`the words of a child that another thread made are damaged, got ${shown(json)}`);
}

function notThere(allocator: Allocator): ArgumentError {
  const what = titleOf(allocator);
  return new ArgumentError(
    `children that threads share take their chunks from what the first one takes them from, or from pages(memory), got one over another ${what}: make all of them over the same allocator`,
  );
}
