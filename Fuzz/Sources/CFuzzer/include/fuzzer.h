#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own loop. It comes with the compiler, as a library and without a header.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*oneInput)(const uint8_t *bytes, size_t count));
