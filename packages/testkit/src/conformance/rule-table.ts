/**
 * The table of the rules: of each its title, why it is one, and who else checks it or was bitten by it. The numbers behind a name
 * are those of its issue tracker.
 *
 * @module
 */

/** Of each rule: the title, the reason, the source. */
export const RULE_TABLE = {
  "1.1": [
    "a block starts at a multiple of its align",
    "who asked for an align reads and writes by it: a typed array there would throw",
    "Zig testAllocatorAligned; rlsf's shadow",
  ],
  "1.2": [
    "a block lies inside the memory, at an integer address",
    "an address outside is nobody's byte, or another's",
    "rlsf's shadow; bumpalo: blocks lie in their chunk",
  ],
  "1.3": [
    "the usable bytes of live blocks are disjoint",
    "two owners of one byte destroy each other's data",
    "rlsf's shadow; phobos testAllocator: two blocks are disjoint",
  ],
  "1.4": [
    "nobody writes into a live block",
    "bookkeeping, a neighbour's copy or a link would end up in somebody's data",
    "mimalloc test-stress: cookies; talc's fuzzing: fill and verify",
  ],
  "1.5": [
    "an answer of NULL leaves everything as it was",
    "a chain asks its next member after a NULL, and nothing may be left behind",
    "phobos PR 5910: state changed before a step that could fail",
  ],
  "1.6": [
    "a legal call never throws",
    "no room is an answer; a throw would end a program that did nothing wrong",
    "Zig testAllocator: errors are OutOfMemory alone",
  ],
  "1.7": [
    "what a parent or a byte hook throws leaves everything as it was",
    "a block would be lost, or handed out twice, by an error that the program has caught",
    "Zig checkAllAllocationFailures; the Rustonomicon on exception safety",
  ],
  "1.8": [
    "the release of a block of any size makes room, if that of some size does",
    "a program whose blocks of one size class are lost runs out of memory after hours",
    "mimalloc test-stress: every class again and again",
  ],
  "2.1": [
    "usableSize is 0 or at least the size",
    "a block shorter than asked for is overrun by its owner",
    "phobos testAllocator: goodAllocSize",
  ],
  "2.2": [
    "usableSize is monotone in the size",
    "a chain that routes by size counts on it",
    "phobos goodAllocSize; mimalloc mi_good_size",
  ],
  "2.3": [
    "usableSize of its own answer is the same",
    "counters count usable sizes, and would drift",
    "phobos goodAllocSize",
  ],
  "2.4": [
    "a layout whose usableSize is 0 is never served",
    "combinators skip who says 0, and would miss what it serves",
    "alloc-compose's tracker",
  ],
  "2.5": [
    "every layout that fits a block is taken for it",
    "an owner may know the usable size or the one asked for: both release",
    "Rust Allocator: memory fitting; alloc-compose's tracker",
  ],
  "3.1": [
    "a request of size 0 is answered with the dangling address",
    "empty values need an address, and no room",
    "Rust Layout::dangling; Zig testAllocator: zero length",
  ],
  "3.2": ["a release of size 0 does nothing", "there is nothing to release", "Zig testAllocator: zero length"],
  "3.3": [
    "growing from size 0 allocates, shrinking to 0 releases",
    "collections grow from nothing and shrink to nothing",
    "phobos testAllocator: reallocate null to 0 to 1; the allocators crate lost the block",
  ],
  "3.4": ["usableSize of size 0 is 0", "a block of no bytes has none", "phobos testAllocator: goodAllocSize"],
  "3.5": [
    "owns denies dangling addresses up to align 64 KiB",
    "an owner that claims them would be asked to release nothing",
    "phobos testAllocator: owns(null)",
  ],
  "4.1": [
    "grow and shrink keep the bytes of the smaller size",
    "a resize is a move of the bytes at most",
    "Zig testAllocatorAlignedShrink, testAllocator: contents kept",
  ],
  "4.2": [
    "a grow or shrink answered with NULL leaves the block as it was",
    "the owner goes on with the old block",
    "Rust Allocator::grow: an Err leaves it valid; BDE's monitor",
  ],
  "4.3": [
    "a block that moves leaves no room lost behind",
    "a program that grows its blocks runs out of memory, and no release brings it back",
    "phobos PR 3711: a leak by a slice of the wrong length; thi.ng/malloc's realloc",
  ],
  "5.1": [
    "allocateZeroed clears all usable bytes",
    "the slack is the owner's too, as soon as it grows into it",
    "phobos testAllocator: allocateZeroed; mimalloc test-api-fill",
  ],
  "5.2": [
    "growZeroed clears the bytes from the old size on",
    "bytes of an old owner would show",
    "Rust Allocator::grow_zeroed; mimalloc rezalloc",
  ],
  "6.1": [
    "a second release of a block is seen, if declared",
    "the block would be handed out twice",
    "Zig DebugAllocator; alloc-compose's tracker",
  ],
  "6.2": [
    "an address inside a block is seen, if declared",
    "a neighbour would be released, or half a block",
    "alloc-compose's tracker; phobos resolveInternalPointer",
  ],
  "6.3": [
    "a foreign address is seen, if declared",
    "another allocator's block would be handed out here",
    "foonathan's invalid_pointer_handler; BDE's test allocator",
  ],
  "6.4": [
    "a layout of another size is seen, if declared",
    "more or less than the block would be free",
    "Zig DebugAllocator: sizes; alloc-compose's tracker",
  ],
  "6.5": [
    "misuse that is seen changes nothing",
    "a program that catches the error goes on with a sound allocator",
    "BDE's monitor: in use is the same",
  ],
  "6.6": [
    "NULL is never taken for a block",
    "who forgot to look whether there was room would lose blocks of others",
    "C, where free(NULL) is legal since it is told no size",
  ],
  "6.7": [
    "what is no layout is a TypeError, and changes nothing",
    "a size passed for a layout makes NaN of every count",
    "Web IDL: an argument of another type is a TypeError",
  ],
  "7.1": [
    "no two members of a chain hand out blocks of one heap",
    "a block goes back by the wrong member, whose counts and limits are wrong then",
    "Rust: two &mut of one allocator do not compile",
  ],
  "7.2": [
    "the members of a chain work in one memory",
    "an address of one memory is another byte in the next",
    "Vulkan and WebGPU: an object of another device is a validation error",
  ],
  "8.1": [
    "a memory grown by someone else confuses nobody",
    "a guest grows its memory when it likes, and every view is stale then",
    "the stale view of wasm-bindgen 4395, emscripten 24524",
  ],
  "9.1": [
    "dispose gives all chunks back to the parent",
    "the parent's memory would be lost for good",
    "phobos PR 5856: a free list that leaks; BDE's report at the end",
  ],
  "9.2": [
    "a second dispose does nothing",
    "`using` and a hand-written end may meet",
    "mimalloc 904: a crash in heap_destroy",
  ],
  "9.3": [
    "every call after dispose throws MisuseError(disposed)",
    "a dead allocator would hand out what is another's by now",
    "phobos 10191: a crash after deallocateAll",
  ],
  "9.4": [
    "what is lent cannot be reset, and outlives its borrower's dispose",
    "a lender would lose its blocks through somebody else's hands",
    "Rust by_ref; phobos PR 6509: regions copied by value",
  ],
  "9.5": [
    "what throws while an allocator ends stops nothing",
    "the rest would never be dropped, and its chunks never be given back",
    "Rust: the other fields are still dropped; DisposableStack of ECMAScript",
  ],
  "9.6": [
    "until it has ended, an allocator serves its drops",
    "what a drop releases or reads lies in the allocator that ends",
    "C++ std::pmr: a container is destroyed before its resource",
  ],
  "9.7": [
    "where a parent ends or is reset first, what stands on it ends before it",
    "it would hand out memory that is another's by now",
    "talloc: children go with their parent",
  ],
  "9.8": [
    "a factory that throws has taken nothing",
    "there is no object whose end would give the chunk back",
    "C++: of a constructor that throws no destructor runs",
  ],
  "9.9": [
    "the epoch changes with a reset and an end, and with nothing else",
    "a handle whose block has ended detects it by that",
    "Vulkan vkResetDescriptorPool: all handles of it are invalid",
  ],
  "11.1": [
    "owns claims every byte of a live block, and not NULL",
    "a release finds its way through a chain by it",
    "phobos testAllocator: owns; foonathan 151: owns at the edge",
  ],
  "11.2": [
    "reset makes room for all that there was room for",
    "what a reset forgets, it can hand out again",
    "bumpalo's model: reset; OffsetAllocator: the full size again",
  ],
  "11.3": [
    "resizeInPlace keeps the block where it is, or says false and changes nothing",
    "a true that moved or cut off would be written through",
    "phobos testAllocator: expand by 0 and by 102; mimalloc mi_expand",
  ],
  "11.4": [
    "a block is taken back by the size that sizeAt tells",
    "C's free is told no size",
    "mimalloc mi_usable_size; tlsf_block_size",
  ],
  "11.5": [
    "check finds nothing wrong",
    "what is broken inside shows long before a block does",
    "tlsf_check; VMA's CheckCorruption",
  ],
  "11.6": [
    "trim keeps every live block",
    "to give back what is not in use must not take what is",
    "foonathan's shrink_to_fit; mimalloc's purge",
  ],
  "11.7": [
    "sizeAt tells what usableSize does, if isExact is declared",
    "who counts bytes then looks no block up, and would drift",
    "phobos goodAllocSize; jemalloc nallocx and sallocx",
  ],
  "11.8": [
    "blocks visits each live block, in the order of addresses, and nothing twice",
    "heap maps, leak reports and the measure of fragmentation read it",
    "mimalloc mi_heap_visit_blocks; VMA's statistics",
  ],
  "12.1": [
    "the footprint holds all live bytes, and its peak is the highest so far",
    "budgets and leak checks read it",
    "VMA: statistics recomputed and compared; stats_alloc",
  ],
  "12.2": ["describe answers plain data", "it is posted, printed and compared", "VMA's JSON schema"],
} as const;
