const { Layout, orThrow } = require("@alloc/core");
const { system } = require("@alloc/global");

const heap = system();
const layout = Layout.of(100);
heap.deallocate(orThrow(heap.allocate(layout), layout), layout);
heap.dispose();
console.log("ok");
