#include "CPostgres.h"

#include <CHakobi.h>
#include <pthread.h>

#define CALL(answer, name, parameters, arguments) static __typeof__(name) *found_##name;
#include "calls.h"
#undef CALL

#define CALL(answer, name, parameters, arguments) {#name, (void **)&found_##name},
static const struct hakobi_call calls[] = {
#include "calls.h"
};
#undef CALL

static const char *trouble;
static void load(void) { trouble = hakobi_load("libpq.so.5", calls, sizeof calls / sizeof calls[0]); }

const char *hakobi_libpq_trouble(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return trouble;
}

#define CALL(answer, name, parameters, arguments) \
    answer name parameters {                      \
        hakobi_libpq_trouble();                   \
        return found_##name arguments;            \
    }
#include "calls.h"
