// What Glibc's Swift module leaves out (macros, variadics, what hides behind _GNU_SOURCE) or makes hard to read (arrays in
// structures), and nothing else.
#ifndef CHAKOBI_H
#define CHAKOBI_H

#include <dirent.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

// Each returns -1 and sets errno on failure unless it says otherwise; every descriptor made here is close-on-exec.

int hakobi_pipe(int ends[2]);                      // pipe2(O_CLOEXEC | O_NONBLOCK)
int hakobi_socketpair(int ends[2]);                // AF_UNIX stream, blocking

// Over a Unix stream socket, without waiting and without SIGPIPE: bytes, and with the first of them copies of descriptors.
enum { HAKOBI_MOST_DESCRIPTORS = 253 };  // the kernel's SCM_MAX_FD
ssize_t hakobi_send(int socket, const void *bytes, size_t size, const int *descriptors, int count);
// The same at the other end. `count` is -1 when none were sent with these bytes; of those that were, the last ones are
// missing when this process has no room for them. One call brings those of one hakobi_send at most.
ssize_t hakobi_receive(int socket, void *bytes, size_t size, int descriptors[HAKOBI_MOST_DESCRIPTORS], int *count);

int hakobi_memfd(const char *name, size_t bytes);  // sized, and sealed against growing and shrinking
int hakobi_eventfd(void);                          // non-blocking
int hakobi_pidfd(pid_t pid);                       // readable once the process has ended

int hakobi_open_path(const char *path);            // O_PATH: names the file whatever happens to its name

// The next name in a directory but "." and "..", to be used before the next call; NULL at the end.
const char *hakobi_next_name(DIR *directory);

// sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), where SQLite is linked: without its count of all memory, which takes a lock
// for each allocation. Answers SQLite's code; has no effect once SQLite is in use.
int hakobi_sqlite_count_no_memory(void);

// Loads a library for good and finds its functions: a process that never does has neither its pages nor its relocations.
// NULL, or why some cannot be called, in words that are never freed.
struct hakobi_call {
    const char *name;
    void **found;
};
const char *hakobi_load(const char *file, const struct hakobi_call *calls, size_t count);

// What ended a process, unpacked by the W... macros.
struct hakobi_death {
    int exit_code;         // -1 when a signal ended it
    int signal;            // 0 when it exited
    int64_t peak_memory;   // bytes, from wait4's rusage
};
// Reaps exactly this child: 1 when it had ended, 0 when it still runs.
int hakobi_reap(pid_t pid, struct hakobi_death *death);

// posix_spawn with an empty signal mask and default dispositions, standard input from /dev/null (unless keep_input),
// descriptors map[0..count) placed at first, first + 1, ..., those in keep left where they are, and all others closed.
struct hakobi_spawn_request {
    const char *path;
    char *const *argv;
    char *const *envp;
    const char *directory;  // NULL: the caller's
    const int *map;         // each above first + count, so that none is overwritten before it is moved
    int count;
    int first;
    const int *keep;        // each below first
    int keep_count;
    int own_group;          // 1: a process group of its own, so that a terminal's ^C reaches the parent only
    int keep_input;         // 1: standard input is the caller's
};
int hakobi_spawn(const struct hakobi_spawn_request *what, pid_t *pid);  // 0 or an errno value

// A copy of a descriptor, numbered `lowest` or more.
int hakobi_dup_above(int descriptor, int lowest);
int hakobi_set_nonblocking(int descriptor);

// Writes each arriving signal's number, one byte, to `descriptor`: async-signal-safe, in order, nothing lost until the
// pipe is full. With -1 they are swallowed from then on: a TERM that comes when all is done must not spoil the exit code.
int hakobi_watch_signals(const int *signals, int count, int descriptor);

// A parent of processes ignores SIGPIPE, and must not have been started with SIGCHLD ignored: the kernel would reap
// its children behind its back.
void hakobi_prepare_parent(void);

// The kernel's clocks by the system call itself, for libfaketime and the like do not reach it there. Microseconds.
int64_t hakobi_realtime_raw(void);
int64_t hakobi_boottime_raw(void);

// statfs(2)'s f_type, which linux/magic.h names; 0 when it cannot be told.
int64_t hakobi_file_system_type(const char *path);

void hakobi_set_process_name(const char *name);  // PR_SET_NAME: 15 bytes, the calling thread's

// Runs `/bin/sh -c command` under a guard: a copy of this process that never execs, closes everything and only waits. The
// program has a process group of its own; the guard ends the whole group when the program ends, when `control`'s other
// end is closed (whoever dies, however), and sends it SIGTERM for each byte read from there.
struct hakobi_exec {
    const char *command;
    char *const *environment;
    int input, output, error;  // the program's 0, 1 and 2; each 3 or above
    int socket;                // the program's 3, or -1
    int control;               // one end of a socket pair: reports out, orders in; 3 or above
    // NULL, or a byte shared with the guard: when it is not 0 as `control`'s other end is closed, the program has nothing in
    // hand, and `patience` to leave by itself before SIGTERM, and again before SIGKILL.
    const volatile unsigned char *rests;
    int patience;              // milliseconds
};
unsigned char *hakobi_shared_byte(void);  // mmap: zero, and shared with every copy of this process; NULL and errno
enum { HAKOBI_EXEC_STARTED = 1, HAKOBI_EXEC_NOT_STARTED = 2, HAKOBI_EXEC_ENDED = 3 };
struct hakobi_exec_report {
    int32_t kind;         // one of the above
    int32_t value;        // STARTED: its pid and group; NOT_STARTED: errno; ENDED: exit code, -1 when a signal ended it
    int32_t signal;       // ENDED: 0 when it exited
    int32_t reserved;
    int64_t peak_memory;  // ENDED: bytes
};
pid_t hakobi_exec(const struct hakobi_exec *what);  // the guard, to be reaped by the caller; -1 and errno

#endif
