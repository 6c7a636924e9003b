// MariaDB's client library, as the system has it (libmariadb-dev); pkg-config says where.
#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>
