// What is called of libpq, one line a function. No guard: each CALL is another text.

CALL(PGconn *, PQconnectStartParams, (const char *const *k, const char *const *v, int expand), (k, v, expand))
CALL(PostgresPollingStatusType, PQconnectPoll, (PGconn *c), (c))
CALL(void, PQfinish, (PGconn *c), (c))
CALL(PQconninfoOption *, PQconndefaults, (void), ())
CALL(PQconninfoOption *, PQconninfoParse, (const char *text, char **error), (text, error))
CALL(void, PQconninfoFree, (PQconninfoOption *o), (o))

CALL(ConnStatusType, PQstatus, (const PGconn *c), (c))
CALL(PGTransactionStatusType, PQtransactionStatus, (const PGconn *c), (c))
CALL(int, PQserverVersion, (const PGconn *c), (c))
CALL(int, PQbackendPID, (const PGconn *c), (c))
CALL(char *, PQuser, (const PGconn *c), (c))
CALL(int, PQsocket, (const PGconn *c), (c))
CALL(char *, PQerrorMessage, (const PGconn *c), (c))
CALL(PGVerbosity, PQsetErrorVerbosity, (PGconn *c, PGVerbosity v), (c, v))
CALL(PQnoticeProcessor, PQsetNoticeProcessor, (PGconn *c, PQnoticeProcessor p, void *context), (c, p, context))
CALL(int, PQsetnonblocking, (PGconn *c, int is), (c, is))

CALL(PGresult *, PQexec, (PGconn *c, const char *sql), (c, sql))
CALL(PGresult *, PQexecParams,
     (PGconn *c, const char *sql, int n, const Oid *t, const char *const *v, const int *l, const int *f, int format),
     (c, sql, n, t, v, l, f, format))
CALL(int, PQsendQuery, (PGconn *c, const char *sql), (c, sql))
CALL(int, PQsendQueryParams,
     (PGconn *c, const char *sql, int n, const Oid *t, const char *const *v, const int *l, const int *f, int format),
     (c, sql, n, t, v, l, f, format))
CALL(int, PQsendPrepare, (PGconn *c, const char *name, const char *sql, int n, const Oid *t), (c, name, sql, n, t))
CALL(int, PQsendQueryPrepared,
     (PGconn *c, const char *name, int n, const char *const *v, const int *l, const int *f, int format),
     (c, name, n, v, l, f, format))
CALL(int, PQenterPipelineMode, (PGconn *c), (c))
CALL(int, PQexitPipelineMode, (PGconn *c), (c))
CALL(int, PQpipelineSync, (PGconn *c), (c))
CALL(int, PQflush, (PGconn *c), (c))
CALL(int, PQconsumeInput, (PGconn *c), (c))
CALL(int, PQisBusy, (PGconn *c), (c))
CALL(PGresult *, PQgetResult, (PGconn *c), (c))
CALL(PGnotify *, PQnotifies, (PGconn *c), (c))

CALL(ExecStatusType, PQresultStatus, (const PGresult *r), (r))
CALL(char *, PQresultErrorMessage, (const PGresult *r), (r))
CALL(char *, PQresultErrorField, (const PGresult *r, int field), (r, field))
CALL(int, PQntuples, (const PGresult *r), (r))
CALL(int, PQnfields, (const PGresult *r), (r))
CALL(char *, PQgetvalue, (const PGresult *r, int row, int column), (r, row, column))
CALL(int, PQgetlength, (const PGresult *r, int row, int column), (r, row, column))
CALL(int, PQgetisnull, (const PGresult *r, int row, int column), (r, row, column))
CALL(char *, PQcmdTuples, (PGresult *r), (r))
CALL(void, PQclear, (PGresult *r), (r))
CALL(void, PQfreemem, (void *memory), (memory))
