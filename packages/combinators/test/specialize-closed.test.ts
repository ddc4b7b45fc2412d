// @module-tag alone
import { expect, test, vi } from "vitest";

/** Each test loads the module anew, so that code run on load belongs to the test: see docs/mutation.md. */
async function isClosed(text: string, name = "m"): Promise<boolean> {
  vi.resetModules();
  const module = await import("../src/specialize/closed.ts");
  return module.isClosed(text, name);
}

const closed = [
  "m() {}",
  "m(a, b) { return a + b; }",
  "m (a)\n{\n return a\n}",
  "m(a){return/* move */a}",
  "m(a) { return a === 'move' + \"move\"; }",
  "m(a) { return this.inner.move(a?.size ?? 0, [...a], a.Layout); }",
  "m(a) { const b = a; }",
  "m(a) { var b, c; (b = (c = this.a).f) == null || b.call(c, a); }",
  "m(a) { const { inner } = this; return inner; }",
  "m(a) { const { inner: b, other } = this; return b + other; }",
  "m(a) { const { inner : b } = a; return b; }",
  "m(a) { const b = { c: a, f: a }, d = b; return d; }",
  "m(a) { const {inner:b,other:c}=this;let d=b.f(a,c),e=[d,c];return e}",
  "m(a) { for (const b of this.all) b.reset(); for (let i = 0; i < 9; i++) a += i; }",
  "m(a) { try { a(); } catch(error) { throw error; } }",
  "m(a) { try { a(); } catch (error) { throw error; } finally { this.x = false; } }",
  "m(a) { return { kind: a, options: {}, a }; }",
  "m(a) { return (a - this.base) / this.size / 2 + a[0] / 2; }",
  "m(a) { return 0x1F + 1e6 + 1.5e-7 + 2 ** 32 + Math.min(a, -1); }",
  'm(a) { return this.f("move(", \'"\', a) /* move // */ + 1; // move \n }',
  "m(a) { return this[`move`](a, `a\nmove`); }",
  "m(a) { if (a) { const c = a.f; a(c); } for (const d of a) { a(d); } for (const e of a) a(e); return a; }",
  "m(a) { if (a) { var c = a.f; } return c; }",
  "m(a) { return a === undefined || a === void 0 || a === null ? true : false; }",
];

const open = [
  // A name that is declared, but not in this block.
  "m(a) { if (a) { const c = 1; a(c); } return c; }",
  "m(a) { for (const c of a) void c; c--; }",
  "m(a) { for (const c of a) { void c; } return c; }",
  "m(a) { try { a(); } catch (c) { throw c; } return c; }",
  "m(a) { c++; if (a) { const c = 1; a(c); } }",
  // A name that is neither declared nor a global.
  "m(a) { return move(a); }",
  "m(a) { return a.f(NULL); }",
  "m(a) { return [...NULL, a]; }",
  "m(a) { return { NULL }; }",
  "m(a) { return { a: NULL }; }",
  "m(a) { return a ? NULL : a; }",
  "m(a) { NULL: for (;;) break NULL; }",
  "m(a) { __vi_import_0__.move(a); }",
  "m(a) { cov_1().f[0]++; return a; }",
  "m(a) { if (stryMutAct_9fa48(1)) return a; }",
  // Code that only looks like a declaration.
  "m(a) { const b = a.f(a, move, a); return move; }",
  "m(a) { const b = [a, move, a]; return move; }",
  "m(a) { const b = a\n a.f(), move = 2; return move; }",
  "m(a) { const b = a \n  a.f(), c = 2; return c; }",
  "m(a) { const b = a\na.f(), c = 2; return c; }",
  "m(a) { const b = (a)\n a = b; }",
  "m(a) { for (const b in a) a(b); }",
  "m(a) { const { b = move } = a; return b; }",
  "m(a) { const { move: b } = a; return move; }",
  "m(a) { const [b, move] = a; return move; }",
  "m(a) { for (const b of a.f(a, move, a)) move(b); }",
  // Features that a class gives its own methods, and a copy would lack.
  "m(a) { return super.m(a); }",
  "m(a) { return this.#x; }",
  "m() { return arguments[0]; }",
  "m(a) { return new Error(a); }",
  "m(a) { return eval(a); }",
  "m(a) { return import.meta; }",
  // Code in which the end of a literal is in doubt.
  ["m(a) { return `$", "{move}`; }"].join(""),
  "m(a) { return `\\u0061`; }",
  "m(a) { return /move/.test(a); }",
  "m(a) { return a.f(/'/, move, /'/); }",
  "m(a) { if (a) /'/.exec(a); move(a); /m'a/.exec(a); }",
  'm(a) { if (a)/a "/.f(move(a)); if (a)/a "a/.f(a); }',
  "m(a) { const b =/a/; return b; }",
  "m(a) { return  /a/; }",
  "m(a) { return  /a a/; }",
  "m(a) { return a <!--move\n; }",
  "m(a) { return \\u006dove; }",
  "m(a) { return é; }",
  // Not a plain method of that name.
  "get m() { return 1; }",
  "async m() {}",
  "*m() {}",
  "n() {}",
  "m(a = move) {}",
  "m({ a }) {}",
  "m(...a) {}",
  "[m]() {}",
  "(a) => a",
  "function m() {}",
  "class m { }",
  "m() { [native code] }",
];

test("closed: a longer name", async () => {
  expect(await isClosed("move(a) { return a; }", "move")).toBe(true);
});

test.each(closed)("closed: %s", async (text) => {
  expect(await isClosed(text)).toBe(true);
});

test.each(open)("not closed: %s", async (text) => {
  expect(await isClosed(text)).toBe(false);
});
