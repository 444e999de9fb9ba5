#ifndef CSYSTEM_H
#define CSYSTEM_H

// What Swift's Glibc module cannot reach: fork and exec, calls behind function-like macros, and system calls that it
// does not export.

#include "descriptors.h"
#include "pagecache.h"
#include "spawn.h"
#include "wait.h"

#endif
