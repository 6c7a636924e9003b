// MariaDB's client library, loaded by the first process that calls it (docs/adr/0012-libraries-on-demand.md). Functions that are
// not in calls.h are declared here all the same; a program that calls one does not link.
#ifndef CMARIADB_H
#define CMARIADB_H

#if __has_include(<mariadb/mysql.h>)
#include <mariadb/mysql.h>
#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>
#elif __has_include(<mysql.h>)
#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>
#else
#error "MariaDB's headers are missing: apt-get install libmariadb-dev, or name their folder with -Xcc -I..."
#endif

// Why nothing below may be called, or NULL; loads the library at the first call.
const char *hakobi_libmariadb_trouble(void);

// Under symbols of our own: whoever links the library besides gets its own, and the library itself never gets ours.
#define CALL(answer, name, parameters, arguments) answer name parameters __asm__("hakobi_" #name);
#include "calls.h"
#undef CALL

#endif
