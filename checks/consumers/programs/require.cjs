const { specialized } = require("@alloc/combinators/specialize");
const { Layout, orThrow } = require("@alloc/core");
const { requireLayout } = require("@alloc/core/author");
const { toFiveFunctions } = require("@alloc/core/compat");
const { system } = require("@alloc/global");
const { alloc, dealloc } = require("@alloc/global/compat");

const heap = specialized(() => system());
const layout = Layout.of(100);
heap.deallocate(orThrow(heap.allocate(layout), layout), layout);
requireLayout(layout, "allocate");
const five = toFiveFunctions(heap);
five.deallocate(five.allocate(100, 8), 100, 8);
heap.dispose();
dealloc(orThrow(alloc(layout), layout), layout);
console.log("ok");
