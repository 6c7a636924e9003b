#include "CHakobi.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

const char *hakobi_load(const char *file, const struct hakobi_call *calls, size_t count) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    // The words are the thread's, and only until its next error.
    if (library == NULL) return strdup(dlerror());
    for (size_t i = 0; i < count; i++) {
        *calls[i].found = dlsym(library, calls[i].name);
        if (*calls[i].found != NULL) continue;
        char words[200];
        snprintf(words, sizeof words, "%s has no %s", file, calls[i].name);
        return strdup(words);
    }
    return NULL;
}
