/* Preloaded into the program by tests/outside/failing_disk_test.py: the TOCSIN_FAIL_AT-th write or sync to a regular file
 * fails as on a full disk (TOCSIN_FAIL_FOREVER: so do all after it). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static int fails(int file) {
    static long at = -1;
    static int forever;
    struct stat about;
    if (at < 0) {
        const char* text = getenv("TOCSIN_FAIL_AT");
        forever = getenv("TOCSIN_FAIL_FOREVER") != NULL;
        at = text ? atol(text) : 0;
    }
    if (at == 0 || fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) return 0;
    long call = atomic_fetch_add(&calls, 1) + 1;
    return call == at || (forever && call > at);
}

ssize_t write(int file, const void* bytes, size_t count) {
    static ssize_t (*next)(int, const void*, size_t);
    if (!next) next = dlsym(RTLD_NEXT, "write");
    if (fails(file)) return errno = ENOSPC, -1;
    return next(file, bytes, count);
}
ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t at) {
    static ssize_t (*next)(int, const void*, size_t, off64_t);
    if (!next) next = dlsym(RTLD_NEXT, "pwrite64");
    if (fails(file)) return errno = ENOSPC, -1;
    return next(file, bytes, count, at);
}
ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) { return pwrite64(file, bytes, count, at); }
ssize_t writev(int file, const struct iovec* parts, int count) {
    static ssize_t (*next)(int, const struct iovec*, int);
    if (!next) next = dlsym(RTLD_NEXT, "writev");
    if (fails(file)) return errno = ENOSPC, -1;
    return next(file, parts, count);
}
int fsync(int file) {
    static int (*next)(int);
    if (!next) next = dlsym(RTLD_NEXT, "fsync");
    if (fails(file)) return errno = EIO, -1;
    return next(file);
}
int fdatasync(int file) {
    static int (*next)(int);
    if (!next) next = dlsym(RTLD_NEXT, "fdatasync");
    if (fails(file)) return errno = EIO, -1;
    return next(file);
}
