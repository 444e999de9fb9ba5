#ifndef CSYSTEM_PAGECACHE_H
#define CSYSTEM_PAGECACHE_H

#include <stdint.h>
#include <sys/types.h>

/// How many pages of a range the kernel holds or has begun to read, without reading any. -1 with errno: ENOSYS before
/// Linux 6.5, EPERM for a file of somebody else on newer ones.
int64_t csystem_cached_pages(int descriptor, uint64_t offset, uint64_t length);

/// Reads what is in the page cache without waiting for a device. -1 with EAGAIN if nothing of it is there, with
/// EOPNOTSUPP on file systems that cannot tell (FUSE).
ssize_t csystem_read_if_cached(int descriptor, void *buffer, size_t length, off_t offset);

/// Asks for a range to be read into the page cache and does not wait for it. The kernel shortens a request to the
/// mount's read-ahead size and drops it where a queue is full, in silence. 0, or errno.
int csystem_read_ahead(int descriptor, off_t offset, size_t length);

/// Opens for reading past the page cache. -1 with errno: EINVAL where the file system cannot.
int csystem_open_direct(const char *path);

#endif
