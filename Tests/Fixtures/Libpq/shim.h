// libpq as somebody else's program has it: linked.
#include <postgresql/libpq-fe.h>
