/*
 * record: writes down each call of a program to malloc. Loaded by LD_PRELOAD; `npm run record` compiles it and reads what it wrote.
 *
 *     RECORD_FILE=<file> LD_PRELOAD=record.so program
 *
 *     an event, 24 bytes:   │ old pointer, 8 │ new pointer, 8 │ size, 6 │ log2 align, 1 │ kind, 1 │
 *
 * Only the process that was started is recorded: the constructor removes both variables, so its children run without it, and a
 * fork stops recording in the child. Events are written in the order in which blocks come and go: a block is noted after malloc
 * returned it and before free takes it, and a realloc, which does both, holds the lock meanwhile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALLOCATE, ALLOCATE_ZEROED, RESIZE, RELEASE };
enum { ROOM = 1 << 15 };

struct event {
  uint64_t old, now, rest;
};

/* The C library's own, under names that a preloaded library does not hide. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static struct event events[ROOM];
static size_t used;
static int file = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void flush(void) {
  const char *from = (const char *)events;
  for (size_t left = used * sizeof *events; left > 0;) {
    const ssize_t done = write(file, from, left);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) break;
    from += done;
    left -= (size_t)done;
  }
  used = 0;
}

static void note(int kind, const void *old, const void *now, size_t size, size_t align) {
  if (file < 0) return;
  const unsigned log = align == 0 ? 0 : (unsigned)__builtin_ctzll(align);
  const uint64_t rest = ((uint64_t)size & 0xffffffffffff) | (uint64_t)log << 48 | (uint64_t)kind << 56;
  events[used++] = (struct event){(uintptr_t)old, (uintptr_t)now, rest};
  if (used == ROOM) flush();
}

static void noted(int kind, const void *old, const void *now, size_t size, size_t align) {
  const int error = errno;
  pthread_mutex_lock(&lock);
  note(kind, old, now, size, align);
  pthread_mutex_unlock(&lock);
  errno = error;
}

static void stop_in_child(void) {
  if (file >= 0) close(file);
  file = -1;
  used = 0;
  pthread_mutex_init(&lock, NULL);
}

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("RECORD_FILE");
  if (path == NULL) return;
  file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  unsetenv("RECORD_FILE");
  unsetenv("LD_PRELOAD");
  pthread_atfork(NULL, NULL, stop_in_child);
}

__attribute__((destructor)) static void end(void) {
  pthread_mutex_lock(&lock);
  if (file >= 0) flush();
  pthread_mutex_unlock(&lock);
}

/* A program that leaves without destructors. */
void _exit(int status) {
  end();
  extern void _Exit(int) __attribute__((noreturn));
  _Exit(status);
}

void *malloc(size_t size) {
  void *now = __libc_malloc(size);
  if (now != NULL) noted(ALLOCATE, NULL, now, size, 0);
  return now;
}

void *calloc(size_t count, size_t each) {
  void *now = __libc_calloc(count, each);
  if (now != NULL) noted(ALLOCATE_ZEROED, NULL, now, count * each, 0);
  return now;
}

void *realloc(void *old, size_t size) {
  pthread_mutex_lock(&lock);
  void *now = __libc_realloc(old, size);
  const int error = errno;
  if (now != NULL) note(old == NULL ? ALLOCATE : RESIZE, old, now, size, 0);
  else if (old != NULL && size == 0) note(RELEASE, old, NULL, 0, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return now;
}

void free(void *old) {
  if (old != NULL) noted(RELEASE, old, NULL, 0, 0);
  __libc_free(old);
}

void *memalign(size_t align, size_t size) {
  void *now = __libc_memalign(align, size);
  if (now != NULL) noted(ALLOCATE, NULL, now, size, align);
  return now;
}

void *aligned_alloc(size_t align, size_t size) { return memalign(align, size); }

int posix_memalign(void **result, size_t align, size_t size) {
  if (align < sizeof(void *) || (align & (align - 1)) != 0) return EINVAL;
  const int before = errno;
  void *now = memalign(align, size);
  errno = before;
  if (now == NULL) return ENOMEM;
  *result = now;
  return 0;
}
