// libpq, loaded by the first process that calls it (docs/adr/0012-libraries-on-demand.md). Functions that are not in calls.h
// are declared here all the same; a program that calls one does not link.
#ifndef CPOSTGRES_H
#define CPOSTGRES_H

#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#elif __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#error "libpq's headers are missing: apt-get install libpq-dev, or name their folder with -Xcc -I..."
#endif

// Why nothing below may be called, or NULL; loads the library at the first call.
const char *hakobi_libpq_trouble(void);

// Under symbols of our own: whoever links libpq besides gets libpq's, and libpq itself never gets ours.
#define CALL(answer, name, parameters, arguments) answer name parameters __asm__("hakobi_" #name);
#include "calls.h"
#undef CALL

#endif
