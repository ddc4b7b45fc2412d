import { fallback } from "@alloc/combinators";
import { Layout } from "@alloc/core";
import { system } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import { describeChains, describeLeaf, describePlaced } from "../../../checks/support/placements.ts";
import { inRegions } from "./support.ts";

describeLeaf("scoped(200_003)", (parent) => scoped(200_003, { parent }));
describeLeaf("scoped(1000, grow)", (parent) => scoped(1000, { parent, grow: true }));

describePlaced(
  "a frame",
  inRegions(100_000, false, (region) => region.frame()),
);
describePlaced(
  "a frame of a frame of a region that grows, after blocks of both",
  inRegions(65536, true, (region) => {
    region.allocate(Layout.of(1001));
    const frame = region.frame();
    frame.allocate(Layout.of(70_000, 1));
    return frame.frame();
  }),
);

describeChains({
  "fallback(scoped(1024), system())": (parent) => fallback(scoped(1024, { parent }), system({ parent })),
});
describePlaced(
  "system() in a region",
  inRegions(300_000, false, (region) => system({ parent: region })),
);
