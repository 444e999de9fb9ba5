// A read-only FUSE file system that is as slow as a network volume: every request waits for a round trip and moves at
// the rate of one stream, and all requests together share the volume's bandwidth. The bytes themselves come from a
// folder, best one in memory (/dev/shm), so that nothing else is slow.
//
//   slowfs --root=FOLDER [--latency=MS] [--stream=MB/S] [--total=MB/S] [--forget] MOUNTPOINT
//
// It counts what it served, because requests and bytes say more than seconds on a busy machine:
//   getfattr -n user.slowstats MOUNTPOINT    -> "requests=N bytes=N inflight=MAX", and counts from zero again
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct {
    char *root;
    unsigned latency;  // milliseconds
    unsigned stream;   // MB/s of one request
    unsigned total;    // MB/s of all of them
    int forget;        // as volumes that drop the page cache of a file at its next open
} volume = {NULL, 5, 200, 1000, 0};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double wire_is_free;  // when the last byte promised so far will have left the volume
static struct { unsigned long requests, bytes, in_flight, most; } count;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void wait_until(double moment) {
    struct timespec time = {(time_t)moment, (long)((moment - (time_t)moment) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {}
}

// The later of two ends: this stream's own, and the shared wire's.
static void charge(double began, size_t bytes) {
    double latency = volume.latency / 1e3;
    pthread_mutex_lock(&lock);
    if (wire_is_free < began) wire_is_free = began;
    wire_is_free += bytes / (volume.total * 1e6);
    double shared = wire_is_free + latency;
    pthread_mutex_unlock(&lock);
    double alone = began + latency + bytes / (volume.stream * 1e6);
    wait_until(alone > shared ? alone : shared);
}

static int real_path(char *buffer, size_t size, const char *path) {
    int length = snprintf(buffer, size, "%s%s", volume.root, path);
    return length > 0 && (size_t)length < size ? 0 : -ENAMETOOLONG;
}

static int slow_getattr(const char *path, struct stat *status, struct fuse_file_info *info) {
    (void)info;
    char real[4096];
    int error = real_path(real, sizeof real, path);
    if (error) return error;
    wait_until(now() + volume.latency / 1e3);
    return lstat(real, status) == 0 ? 0 : -errno;
}

static int slow_readlink(const char *path, char *buffer, size_t size) {
    char real[4096];
    int error = real_path(real, sizeof real, path);
    if (error) return error;
    ssize_t length = readlink(real, buffer, size - 1);
    if (length < 0) return -errno;
    buffer[length] = 0;
    return 0;
}

static int slow_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
                        struct fuse_file_info *info, enum fuse_readdir_flags flags) {
    (void)offset, (void)info, (void)flags;
    char real[4096];
    int error = real_path(real, sizeof real, path);
    if (error) return error;
    DIR *folder = opendir(real);
    if (!folder) return -errno;
    wait_until(now() + volume.latency / 1e3);
    for (struct dirent *entry; (entry = readdir(folder));) fill(buffer, entry->d_name, NULL, 0, 0);
    closedir(folder);
    return 0;
}

static int slow_open(const char *path, struct fuse_file_info *info) {
    char real[4096];
    int error = real_path(real, sizeof real, path);
    if (error) return error;
    if ((info->flags & O_ACCMODE) != O_RDONLY) return -EROFS;
    // Without O_DIRECT: it is the kernel's page cache in front of us that it concerns, not the folder behind us.
    int descriptor = open(real, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    info->fh = (uint64_t)descriptor;
    info->keep_cache = !volume.forget;
    wait_until(now() + volume.latency / 1e3);
    return 0;
}

static int slow_release(const char *path, struct fuse_file_info *info) {
    (void)path;
    close((int)info->fh);
    return 0;
}

static int slow_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info) {
    (void)path;
    double began = now();
    pthread_mutex_lock(&lock);
    count.requests++;
    if (++count.in_flight > count.most) count.most = count.in_flight;
    pthread_mutex_unlock(&lock);

    ssize_t bytes = pread((int)info->fh, buffer, size, offset);
    int error = errno;
    if (bytes > 0) charge(began, (size_t)bytes);

    pthread_mutex_lock(&lock);
    count.in_flight--;
    if (bytes > 0) count.bytes += (unsigned long)bytes;
    pthread_mutex_unlock(&lock);
    return bytes < 0 ? -error : (int)bytes;
}

static int slow_getxattr(const char *path, const char *name, char *value, size_t size) {
    (void)path;
    if (strcmp(name, "user.slowstats") != 0) return -ENODATA;
    char text[128];
    pthread_mutex_lock(&lock);
    int length = snprintf(text, sizeof text, "requests=%lu bytes=%lu inflight=%lu", count.requests, count.bytes,
                          count.most);
    // The first of a caller's two questions asks for the length only.
    if (size >= (size_t)length) count.requests = count.bytes = count.most = 0;
    pthread_mutex_unlock(&lock);
    if (size == 0) return (int)sizeof text;
    if (size < (size_t)length) return -ERANGE;
    memcpy(value, text, (size_t)length);
    return length;
}

static void *slow_init(struct fuse_conn_info *connection, struct fuse_config *configuration) {
    // Never drop the cache by itself: what is forgotten is decided in slow_open.
    configuration->kernel_cache = 0;
    configuration->auto_cache = 0;
    configuration->attr_timeout = configuration->entry_timeout = 3600;
    // Must equal the mount option of the same name, or the mount fails.
    connection->max_read = 1 << 20;
    connection->max_background = 64;
    connection->congestion_threshold = 48;
    return NULL;
}

static const struct fuse_operations operations = {
    .getattr = slow_getattr, .readlink = slow_readlink, .readdir = slow_readdir, .open = slow_open,
    .release = slow_release, .read = slow_read,         .getxattr = slow_getxattr, .init = slow_init,
};

static const struct fuse_opt options[] = {
    {"--root=%s", offsetof(__typeof__(volume), root), 0},
    {"--latency=%u", offsetof(__typeof__(volume), latency), 0},
    {"--stream=%u", offsetof(__typeof__(volume), stream), 0},
    {"--total=%u", offsetof(__typeof__(volume), total), 0},
    {"--forget", offsetof(__typeof__(volume), forget), 1},
    FUSE_OPT_END,
};

int main(int argc, char *argv[]) {
    struct fuse_args arguments = FUSE_ARGS_INIT(argc, argv);
    if (fuse_opt_parse(&arguments, &volume, options, NULL) != 0) return 64;
    if (!volume.root || !volume.stream || !volume.total) {
        fprintf(stderr, "slowfs: --root=FOLDER must be given; --stream and --total must not be 0\n");
        return 64;
    }
    fuse_opt_add_arg(&arguments, "-oro,max_read=1048576,max_threads=64,max_idle_threads=64");
    return fuse_main(arguments.argc, arguments.argv, &operations, NULL);
}
