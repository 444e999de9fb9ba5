#define _GNU_SOURCE
#include "descriptors.h"

#include <sys/eventfd.h>
#include <sys/ioctl.h>

int csystem_eventfd(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int csystem_bytes_waiting(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
}
