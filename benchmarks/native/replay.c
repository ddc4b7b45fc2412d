/*
 * replay: plays a file of columns through the malloc of this process, and prints the measurements as JSON.
 *
 *     replay time   <file> <align> <warm-up ms> <measured ms>     ns per operation, once a repeat
 *     replay empty  <file> <align> <warm-up ms> <measured ms>     the same without the calls
 *     replay memory <file> <align> <samples>                      bytes in use, over the run
 *     replay probe                                                nothing: shows whether the loader complains
 *
 * The malloc is the one that the loader binds: the C library's, or one named by LD_PRELOAD. With REPLAY_NEVER_TRIM=1 glibc's
 * malloc never gives memory back, and asks for no more than it needs.
 *
 * The columns and the table of pointers are mapped, so the measured malloc serves only the workload. The first and the last byte
 * of each block are written; for `memory` all bytes are, so that resident memory is the memory that the heap uses.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ALLOCATE, ALLOCATE_ZEROED, RESIZE, RELEASE };

/* The header of the file, 64 bytes, as benchmarks/src/bench/columns.ts writes it. */
struct header {
  uint32_t magic, version, length, slots, begin, end;
  double peak;
  uint32_t rest[8];
};

struct columns {
  struct header head;
  const uint32_t *slot, *size, *before, *align;
  const uint8_t *kinds;
  void **blocks;
  size_t least;
};

static void fail(const char *what) {
  fprintf(stderr, "replay: %s\n", what);
  exit(1);
}

static void *map(size_t bytes) {
  void *room = mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (room == MAP_FAILED) fail("no room for the tables");
  return room;
}

static struct columns load(const char *path, size_t least) {
  struct columns c;
  struct stat about;
  int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &about) != 0) fail("the file of columns cannot be opened");
  const size_t bytes = (size_t)about.st_size;
  if (bytes < sizeof c.head) fail("this is no file of columns");
  const unsigned char *start = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (start == MAP_FAILED) fail("the file of columns cannot be mapped");
  close(file);
  memcpy(&c.head, start, sizeof c.head);
  const size_t length = c.head.length;
  if (c.head.magic != 0x434f4c41 || c.head.version != 1 || bytes != 64 + 17 * length) fail("this is no file of columns");
  c.slot = (const uint32_t *)(const void *)(start + 64);
  c.size = c.slot + length;
  c.before = c.size + length;
  c.align = c.before + length;
  c.kinds = (const uint8_t *)(c.align + length);
  c.blocks = map(c.head.slots * sizeof(void *));
  c.least = least;
  return c;
}

static inline void *touch(void *block, size_t size) {
  if (block == NULL && size > 0) fail("no room");
  if (size > 0) {
    ((volatile char *)block)[0] = 1;
    ((volatile char *)block)[size - 1] = 1;
  }
  return block;
}

/* malloc aligns to 16; larger alignments, requested or set by the options, take this way. */
static void *aligned(size_t align, size_t size) {
  void *block;
  return posix_memalign(&block, align, size) == 0 ? block : NULL;
}

static void *move(void *old, size_t before, size_t align, size_t size) {
  void *block = aligned(align, size);
  if (block == NULL) return NULL;
  memcpy(block, old, before < size ? before : size);
  free(old);
  return block;
}

static void play(const struct columns *c, size_t begin, size_t end) {
  void **blocks = c->blocks;
  for (size_t i = begin; i < end; i++) {
    const size_t size = c->size[i];
    const size_t align = c->align[i] > c->least ? c->align[i] : c->least;
    void **block = &blocks[c->slot[i]];
    switch (c->kinds[i]) {
      case ALLOCATE: *block = touch(align <= 16 ? malloc(size) : aligned(align, size), size); break;
      case ALLOCATE_ZEROED: {
        void *zeroed = align <= 16 ? calloc(1, size) : aligned(align, size);
        if (align > 16 && zeroed != NULL) memset(zeroed, 0, size);
        *block = touch(zeroed, size);
        break;
      }
      case RESIZE:
        /* realloc(p, 0) may return a block or not: one byte is requested, so that there is one. */
        *block = touch(align <= 16 ? realloc(*block, size > 0 ? size : 1) : move(*block, c->before[i], align, size), size);
        break;
      default: free(*block);
    }
  }
}

/* The place that the empty loop writes to. */
static volatile char place[2];

static size_t play_empty(const struct columns *c, size_t begin, size_t end) {
  void **blocks = c->blocks;
  size_t sum = 0;
  for (size_t i = begin; i < end; i++) {
    const size_t size = c->size[i];
    void **block = &blocks[c->slot[i]];
    sum += c->align[i] > c->least ? c->align[i] : c->least;
    switch (c->kinds[i]) {
      case RESIZE: sum += (uintptr_t)*block + c->before[i]; /* fall through */
      case ALLOCATE:
      case ALLOCATE_ZEROED:
        if (size > 0) {
          place[0] = 1;
          place[1] = 1;
        }
        *block = (void *)place;
        break;
      default: sum += (uintptr_t)*block;
    }
  }
  return sum;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Plays all events, and returns the ns of the timed part. */
static double repeat(const struct columns *c, int empty, size_t *sum) {
  const size_t parts[] = {0, c->head.begin, c->head.end, c->head.length};
  double took = 0;
  for (int part = 0; part < 3; part++) {
    const double start = now();
    if (empty) *sum += play_empty(c, parts[part], parts[part + 1]);
    else play(c, parts[part], parts[part + 1]);
    if (part == 1) took = now() - start;
  }
  return took;
}

static void measure_time(const struct columns *c, int empty, double warm_up, double measured) {
  const double timed = (double)(c->head.end - c->head.begin);
  size_t sum = 0;
  double first = 0;
  for (double start = now(); now() - start < warm_up * 1e6;) first = repeat(c, empty, &sum) / timed;
  printf("{\"times\":[");
  /* A first repeat longer than the whole time is the measurement. */
  if (first * timed > (warm_up + measured) * 1e6) printf("%.4f", first);
  else {
    const double start = now();
    const char *comma = "";
    do {
      printf("%s%.4f", comma, repeat(c, empty, &sum) / timed);
      comma = ",";
    } while (now() - start < measured * 1e6);
  }
  printf("],\"sum\":%zu}\n", sum);
}

/* Returns the resident bytes of this process. */
static double resident(void) {
  static char text[128];
  int file = open("/proc/self/statm", O_RDONLY);
  if (file < 0) return 0;
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return 0;
  text[length] = 0;
  const char *space = strchr(text, ' ');
  return space == NULL ? 0 : (double)strtoull(space, NULL, 10) * (double)sysconf(_SC_PAGESIZE);
}

/* Returns the bytes that glibc's malloc got from the system; 0 for any other malloc. */
static double arena(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  const struct mallinfo2 info = mallinfo2();
  return (double)info.arena + (double)info.hblkhd;
#else
  return 0;
#endif
}

static void measure_memory(const struct columns *c, size_t samples) {
  const size_t length = c->head.length;
  double *held = map(samples * sizeof *held);
  double before = resident(), peak = 0, end = 0, arena_at_end = 0;
  size_t taken = 0;
  /* The maximum may lie between two samples, so it is read more often than it is reported. */
  const size_t step = length / 4096 + 1;
  for (size_t i = 0; i < length; i++) {
    play(c, i, i + 1);
    if (c->kinds[i] != RELEASE && c->size[i] > 0) memset(c->blocks[c->slot[i]], 1, c->size[i]);
    if (i % step == 0 || i + 1 == length) {
      const double used = resident() - before;
      if (used > peak) peak = used;
    }
    if (i + 1 == c->head.end) {
      end = resident() - before;
      arena_at_end = arena();
    }
    while (taken < samples && i + 1 >= (taken + 1) * length / samples) held[taken++] = resident() - before;
  }
  printf("{\"peak\":%.0f,\"end\":%.0f,\"arena\":%.0f,\"arenaAtEnd\":%.0f,\"held\":[", peak, end, arena(), arena_at_end);
  for (size_t i = 0; i < taken; i++) printf("%s%.0f", i == 0 ? "" : ",", held[i]);
  printf("]}\n");
}

int main(int count, char **args) {
  static char buffer[1 << 16];
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  if (count == 2 && strcmp(args[1], "probe") == 0) return 0;
  if (count < 5) fail("usage: replay time|empty|memory <file> <align> <warm-up ms> <measured ms> | <samples>");
  if (getenv("REPLAY_NEVER_TRIM") != NULL) {
    mallopt(M_TRIM_THRESHOLD, -1);
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TOP_PAD, 0);
  }
  const struct columns c = load(args[2], (size_t)strtoull(args[3], NULL, 10));
  const double third = strtod(args[4], NULL);
  if (strcmp(args[1], "memory") == 0) measure_memory(&c, (size_t)third);
  else if (count > 5) measure_time(&c, strcmp(args[1], "empty") == 0, third, strtod(args[5], NULL));
  else fail("expected how long is measured, in ms");
  return 0;
}
