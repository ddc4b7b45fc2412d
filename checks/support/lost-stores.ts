/**
 * Stores that are lost if the memory grows in the middle of them: JavaScript reads the view first, then the index, then the value.
 *
 *     memory.u32[ptr >> 2] = make();      1. the view   2. make() grows: the view is detached   3. the store goes nowhere
 *     memory.store(Uint32Array, ptr, make());           the view is read after the value
 *
 * @module
 */
import ts from "typescript";

const VIEWS = ["u8", "i8", "u16", "i16", "u32", "i32", "f32", "f64", "u64", "i64"];

/** Returns the stores of a program that are lost if a call in them makes the memory grow. */
export function lostStores(code: string): string[] {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isStore(node) && (mayCall(node.left.argumentExpression) || mayCall(node.right))) found.push(node.getText());
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Returns whether a node assigns to an element of a view of a memory. */
function isStore(node: ts.Node): node is ts.BinaryExpression & { left: ts.ElementAccessExpression } {
  if (!ts.isBinaryExpression(node) || !ts.isElementAccessExpression(node.left)) return false;
  const { kind } = node.operatorToken;
  if (kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) return false;
  const view = node.left.expression;
  return VIEWS.includes(ts.isPropertyAccessExpression(view) ? view.name.text : view.getText());
}

/** Returns whether an expression may run other code: any call except those of `Math`. */
function mayCall(node: ts.Node): boolean {
  if (ts.isAwaitExpression(node) || ts.isYieldExpression(node) || ts.isNewExpression(node)) return true;
  if (ts.isCallExpression(node) && !node.expression.getText().startsWith("Math.")) return true;
  return ts.forEachChild(node, (child) => mayCall(child) || undefined) ?? false;
}
