/* A disk that remembers what was flushed, and that can fail. Preloaded into a process (LD_PRELOAD).

   DISK_FOLDER: files under it whose names begin with "db.sqlite3" or "acknowledged" are watched.
   DISK_JOURNAL: what is written, cut and flushed is appended there, in order: one byte W, T or S, then the length of
   the path, the offset and the length of the data (64 bits each), path, data.
   DISK_FAULT: while a file is at this path, a flush fails with EIO ("flush" in it) or a write with ENOSPC ("full"). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static int watched(int fd, char *path) {
    const char *folder = getenv("DISK_FOLDER");
    char link[64];
    if (!folder) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    size_t start = strlen(folder);
    if (strncmp(path, folder, start) || path[start] != '/') return 0;
    const char *name = path + start + 1;
    if (!strncmp(name, "acknowledged", 12)) return 1;
    return !strncmp(name, "db.sqlite3", 10) && !strstr(name, "-shm");
}

static void note(char kind, const char *path, int64_t offset, const void *data, uint64_t size) {
    static int journal = -1;
    const char *name = getenv("DISK_JOURNAL");
    if (!name) return;
    int before = errno;
    pthread_mutex_lock(&one_at_a_time);
    if (journal < 0) journal = syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    uint64_t numbers[3] = {strlen(path), (uint64_t)offset, size};
    struct iovec parts[4] = {{&kind, 1}, {numbers, sizeof numbers}, {(void *)path, numbers[0]}, {(void *)data, size}};
    if (syscall(SYS_writev, journal, parts, 4) < 0) abort();
    pthread_mutex_unlock(&one_at_a_time);
    errno = before;
}

static int fails(const char *what) {
    const char *name = getenv("DISK_FAULT");
    char word[16] = {0};
    if (!name) return 0;
    int before = errno, fd = syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (syscall(SYS_read, fd, word, sizeof word - 1) < 0) word[0] = 0;
        syscall(SYS_close, fd);
    }
    errno = before;
    return strstr(word, what) != NULL;
}

static ssize_t put(int fd, const void *data, size_t size, off_t offset, int is_placed) {
    char path[PATH_MAX];
    int is_watched = watched(fd, path);
    if (is_watched && fails("full")) {
        errno = ENOSPC;
        return -1;
    }
    if (is_watched && !is_placed) {
        int flags = fcntl(fd, F_GETFL);
        offset = lseek(fd, 0, flags & O_APPEND ? SEEK_END : SEEK_CUR);
    }
    ssize_t done = is_placed ? syscall(SYS_pwrite64, fd, data, size, offset) : syscall(SYS_write, fd, data, size);
    if (is_watched && done > 0) note('W', path, offset, data, (uint64_t)done);
    return done;
}

ssize_t write(int fd, const void *data, size_t size) { return put(fd, data, size, 0, 0); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return put(fd, data, size, offset, 1); }
ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset) { return put(fd, data, size, offset, 1); }

static int cut(int fd, off_t length) {
    char path[PATH_MAX];
    int is_watched = watched(fd, path), done = syscall(SYS_ftruncate, fd, length);
    if (is_watched && !done) note('T', path, length, NULL, 0);
    return done;
}

int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off_t length) { return cut(fd, length); }

static int flush(int fd, long call) {
    char path[PATH_MAX];
    int is_watched = watched(fd, path);
    if (is_watched && fails("flush")) {
        errno = EIO;
        return -1;
    }
    int done = syscall(call, fd);
    if (is_watched && !done) note('S', path, 0, NULL, 0);
    return done;
}

int fsync(int fd) { return flush(fd, SYS_fsync); }
int fdatasync(int fd) { return flush(fd, SYS_fdatasync); }
