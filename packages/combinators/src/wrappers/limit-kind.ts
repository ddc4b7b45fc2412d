/**
 * The kind of limits. Limits that share a budget, made again, share its words.
 *
 * @module
 */
import { childrenIn, type Kind, requireOptions, wordsIn } from "@alloc/core/author";
import { BudgetMachine, checkLimits, type LimitOptions } from "./budget.ts";
import { limitOf } from "./limit.ts";

/** The kind of `limit`, with its budget if it has one. */
export const limitKind: Kind = {
  kind: "limit",
  attach(node) {
    const options = node.options as LimitOptions;
    const live = wordsIn(node, "live", Float64Array, 2);
    const [inner] = childrenIn(node, 1);
    if (options.budget === undefined && node.state.budget === undefined) return limitOf(inner!, options, live);
    requireOptions("budget({ bytes, count })", options.budget, ["bytes", "count"]);
    checkLimits(options.budget!);
    const budget = new BudgetMachine(options.budget!, wordsIn(node, "budget", Float64Array, 2));
    return limitOf(inner!, { ...options, budget }, live);
  },
};
