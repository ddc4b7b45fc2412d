/**
 * The rule table: title, reason and source of each rule. The source names projects that check the rule too, or had a bug of the
 * kind; a number behind a name is that of its issue tracker.
 *
 * @module
 */

/** Per rule: the title, the reason, the source. */
export const RULE_TABLE = {
  "1.1": [
    "a block starts at a multiple of its align",
    "callers rely on the alignment: a typed array there would throw",
    "Zig testAllocatorAligned; rlsf's shadow",
  ],
  "1.2": [
    "a block lies inside the memory, at an integer address",
    "bytes outside belong to nothing, or to something else",
    "rlsf's shadow; bumpalo: blocks lie in their chunk",
  ],
  "1.3": [
    "the usable bytes of live blocks are disjoint",
    "two owners of one byte destroy each other's data",
    "rlsf's shadow; phobos testAllocator: two blocks are disjoint",
  ],
  "1.4": [
    "live blocks are never written to",
    "metadata, a neighbour's copy or a link would overwrite the caller's data",
    "mimalloc test-stress: cookies; talc's fuzzing: fill and verify",
  ],
  "1.5": [
    "returning NULL changes nothing",
    "a chain asks its next member after a NULL, and nothing may be left behind",
    "phobos PR 5910: state changed before a step that could fail",
  ],
  "1.6": [
    "a legal call never throws",
    "no room is a return value; a throw would end a correct program",
    "Zig testAllocator: errors are OutOfMemory alone",
  ],
  "1.7": [
    "an exception from a parent or a byte hook changes nothing",
    "a program that catches the error would lose a block, or get one twice",
    "Zig checkAllAllocationFailures; the Rustonomicon on exception safety",
  ],
  "1.8": [
    "freeing a block makes room for every size, if it does for any",
    "a program that loses the blocks of one size class runs out of memory after hours",
    "mimalloc test-stress: every class again and again",
  ],
  "2.1": [
    "usableSize is 0 or at least the size",
    "a block shorter than requested is overrun by its owner",
    "phobos testAllocator: goodAllocSize",
  ],
  "2.2": [
    "usableSize is monotone in the size",
    "a chain that routes by size relies on it",
    "phobos goodAllocSize; mimalloc mi_good_size",
  ],
  "2.3": [
    "usableSize of its own result is the same",
    "counters add usable sizes, and would drift",
    "phobos goodAllocSize",
  ],
  "2.4": [
    "a layout whose usableSize is 0 is never served",
    "combinators skip a child that returns 0, and would miss the blocks it serves",
    "alloc-compose's tracker",
  ],
  "2.5": [
    "every layout that fits a block is accepted for it",
    "a caller may know the usable size or the requested one: both must work",
    "Rust Allocator: memory fitting; alloc-compose's tracker",
  ],
  "3.1": [
    "a request of size 0 returns the dangling address",
    "empty values need an address, but no memory",
    "Rust Layout::dangling; Zig testAllocator: zero length",
  ],
  "3.2": ["freeing size 0 does nothing", "there is nothing to free", "Zig testAllocator: zero length"],
  "3.3": [
    "growing from size 0 allocates, shrinking to 0 frees",
    "collections grow from empty and shrink to empty",
    "phobos testAllocator: reallocate null to 0 to 1; the allocators crate lost the block",
  ],
  "3.4": ["usableSize of size 0 is 0", "a block of no bytes has none", "phobos testAllocator: goodAllocSize"],
  "3.5": [
    "owns is false for dangling addresses up to align 64 KiB",
    "an allocator that claims them would be asked to free nothing",
    "phobos testAllocator: owns(null)",
  ],
  "4.1": [
    "grow and shrink keep the bytes up to the smaller size",
    "a resize at most moves the bytes",
    "Zig testAllocatorAlignedShrink, testAllocator: contents kept",
  ],
  "4.2": [
    "a grow or shrink that returns NULL leaves the block unchanged",
    "the caller keeps using the old block",
    "Rust Allocator::grow: an Err leaves it valid; BDE's monitor",
  ],
  "4.3": [
    "moving a block frees its old memory",
    "a program that grows its blocks runs out of memory, and freeing them does not help",
    "phobos PR 3711: a leak by a slice of the wrong length; thi.ng/malloc's realloc",
  ],
  "5.1": [
    "allocateZeroed clears all usable bytes",
    "the slack is the caller's too, as soon as the block grows into it",
    "phobos testAllocator: allocateZeroed; mimalloc test-api-fill",
  ],
  "5.2": [
    "growZeroed clears the bytes from the old size on",
    "bytes of a previous owner would show",
    "Rust Allocator::grow_zeroed; mimalloc rezalloc",
  ],
  "6.1": [
    "a double free is detected, if declared",
    "the block would be handed out twice",
    "Zig DebugAllocator; alloc-compose's tracker",
  ],
  "6.2": [
    "an interior pointer is detected, if declared",
    "a neighbour, or half a block, would be freed",
    "alloc-compose's tracker; phobos resolveInternalPointer",
  ],
  "6.3": [
    "a foreign pointer is detected, if declared",
    "another allocator's block would be handed out here",
    "foonathan's invalid_pointer_handler; BDE's test allocator",
  ],
  "6.4": [
    "a wrong layout is detected, if declared",
    "more or less than the block would be freed",
    "Zig DebugAllocator: sizes; alloc-compose's tracker",
  ],
  "6.5": [
    "detected misuse changes nothing",
    "a program that catches the error continues with a sound allocator",
    "BDE's monitor: in use is the same",
  ],
  "6.6": [
    "NULL is never accepted as a block",
    "a caller that forgot to check for NULL would free other blocks",
    "C, where free(NULL) is legal because it takes no size",
  ],
  "6.7": [
    "an argument that is not a layout throws a TypeError and changes nothing",
    "a size passed as a layout turns every counter into NaN",
    "Web IDL: an argument of another type is a TypeError",
  ],
  "7.1": [
    "no two members of a chain hand out blocks of the same heap",
    "a block would be freed through the wrong member, whose counters would be wrong",
    "Rust: two &mut of one allocator do not compile",
  ],
  "7.2": [
    "all members of a chain use one memory",
    "an address in one memory is a different byte in another",
    "Vulkan and WebGPU: an object of another device is a validation error",
  ],
  "8.1": [
    "other code may grow the memory at any time",
    "a guest grows its memory whenever it likes, and every view goes stale",
    "stale views: wasm-bindgen 4395, emscripten 24524",
  ],
  "9.1": [
    "dispose returns all chunks to the parent",
    "the parent's memory would be lost for good",
    "phobos PR 5856: a free list that leaks; BDE's report at the end",
  ],
  "9.2": [
    "a second dispose does nothing",
    "`using` and an explicit dispose may both run",
    "mimalloc 904: a crash in heap_destroy",
  ],
  "9.3": [
    "every call after dispose throws MisuseError(disposed)",
    "a disposed allocator would hand out memory in use elsewhere",
    "phobos 10191: a crash after deallocateAll",
  ],
  "9.4": [
    "a lent allocator cannot be reset, and outlives its borrower",
    "the lender would lose its blocks through other code",
    "Rust by_ref; phobos PR 6509: regions copied by value",
  ],
  "9.5": [
    "an exception while an allocator ends does not stop the rest",
    "the remaining values would never be dropped, nor the chunks returned",
    "Rust: the other fields are still dropped; DisposableStack of ECMAScript",
  ],
  "9.6": [
    "an allocator serves its drops until it has ended",
    "a drop may free or read blocks of the ending allocator",
    "C++ std::pmr: a container is destroyed before its resource",
  ],
  "9.7": [
    "a parent that ends or is reset ends the allocators on it first",
    "they would hand out memory in use elsewhere",
    "talloc: children go with their parent",
  ],
  "9.8": [
    "a factory that throws has taken nothing",
    "there is no object to dispose, so the chunk would never be returned",
    "C++: no destructor runs if the constructor throws",
  ],
  "9.9": [
    "the epoch changes on reset and end, and only then",
    "handles use it to detect that their block has ended",
    "Vulkan vkResetDescriptorPool: all its handles become invalid",
  ],
  "11.1": [
    "owns is true for every byte of a live block, and false for NULL",
    "a chain routes a free by it",
    "phobos testAllocator: owns; foonathan 151: owns at the edge",
  ],
  "11.2": [
    "reset restores all room",
    "memory that a reset frees must be available again",
    "bumpalo's model: reset; OffsetAllocator: the full size again",
  ],
  "11.3": [
    "resizeInPlace keeps the address, or returns false and changes nothing",
    "the caller would write through a block that moved or was cut short",
    "phobos testAllocator: expand by 0 and by 102; mimalloc mi_expand",
  ],
  "11.4": [
    "a block is accepted with the size that sizeAt returns",
    "C's free takes no size",
    "mimalloc mi_usable_size; tlsf_block_size",
  ],
  "11.5": [
    "check finds nothing wrong",
    "internal corruption shows long before a block is damaged",
    "tlsf_check; VMA's CheckCorruption",
  ],
  "11.6": [
    "trim keeps every live block",
    "returning unused memory must not take memory in use",
    "foonathan's shrink_to_fit; mimalloc's purge",
  ],
  "11.7": [
    "sizeAt equals usableSize, if isExact is declared",
    "counters then skip the lookup, and would drift",
    "phobos goodAllocSize; jemalloc nallocx and sallocx",
  ],
  "11.8": [
    "blocks visits every live block once, in address order",
    "heap maps, leak reports and fragmentation figures read it",
    "mimalloc mi_heap_visit_blocks; VMA's statistics",
  ],
  "12.1": [
    "the footprint covers all live bytes, and its peak is the high-water mark",
    "budgets and leak checks read it",
    "VMA: statistics recomputed and compared; stats_alloc",
  ],
  "12.2": ["describe returns plain data", "it is posted, printed and compared", "VMA's JSON schema"],
} as const;
