#ifndef CSYSTEM_DESCRIPTORS_H
#define CSYSTEM_DESCRIPTORS_H

/// A close-on-exec eventfd that does not block, at zero. -1 with errno on failure.
int csystem_eventfd(void);

/// How many bytes wait in a pipe; 0 if that cannot be told.
int csystem_bytes_waiting(int descriptor);

#endif
