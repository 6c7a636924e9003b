// libpq, as the system has it (libpq-dev); pkg-config says where.
#include <libpq-fe.h>
