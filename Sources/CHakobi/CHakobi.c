#define _GNU_SOURCE
#include "CHakobi.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

int hakobi_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC | O_NONBLOCK); }

int hakobi_socketpair(int ends[2]) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }

union rights {
    struct cmsghdr head;  // for its alignment
    char room[CMSG_SPACE(HAKOBI_MOST_DESCRIPTORS * sizeof(int))];
};

ssize_t hakobi_send(int socket, const void *bytes, size_t size, const int *descriptors, int count) {
    union rights rights;
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = &rights;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        memset(&rights, 0, message.msg_controllen);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(head), descriptors, (size_t)count * sizeof(int));
    }
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t hakobi_receive(int socket, void *bytes, size_t size, int descriptors[HAKOBI_MOST_DESCRIPTORS], int *count) {
    union rights rights;
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
    ssize_t received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    // There is room for all that can be sent, so what is cut off found no room in this process.
    *count = received > 0 && (message.msg_flags & MSG_CTRUNC) ? 0 : -1;
    struct cmsghdr *head = received > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) return received;
    *count = (int)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(descriptors, CMSG_DATA(head), (size_t)*count * sizeof(int));
    return received;
}

int hakobi_memfd(const char *name, size_t bytes) {
    int page = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (page < 0) return -1;
    // Unsealed, either side could cut the file and make the other's next touch a SIGBUS.
    if (ftruncate(page, (off_t)bytes) == 0 && fcntl(page, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return page;
    int why = errno;
    close(page);
    errno = why;
    return -1;
}

int hakobi_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int hakobi_pidfd(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int hakobi_open_path(const char *path) { return open(path, O_PATH | O_CLOEXEC); }

const char *hakobi_next_name(DIR *directory) {
    struct dirent *entry;
    do entry = readdir(directory);
    while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry ? entry->d_name : NULL;
}

int hakobi_reap(pid_t pid, struct hakobi_death *death) {
    int status = 0;
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    pid_t reaped;
    do reaped = wait4(pid, &status, WNOHANG, &usage); while (reaped < 0 && errno == EINTR);
    if (reaped <= 0) return (int)reaped;
    death->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    death->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    death->peak_memory = (int64_t)usage.ru_maxrss * 1024;
    return 1;
}

static int add_descriptors(posix_spawn_file_actions_t *actions, const struct hakobi_spawn_request *what) {
    int error = 0;
    if (!what->keep_input) error = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    for (int i = 0; i < what->count && !error; i++)
        error = posix_spawn_file_actions_adddup2(actions, what->map[i], what->first + i);
    // Descriptors between the kept ones are closed one by one; dup2 onto itself takes close-on-exec away.
    for (int descriptor = 3; descriptor < what->first && !error; descriptor++) {
        int kept = 0;
        for (int i = 0; i < what->keep_count; i++) kept |= what->keep[i] == descriptor;
        if (kept) error = posix_spawn_file_actions_adddup2(actions, descriptor, descriptor);
        else error = posix_spawn_file_actions_addclose(actions, descriptor);
    }
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, what->first + what->count);
    if (!error && what->directory) error = posix_spawn_file_actions_addchdir_np(actions, what->directory);
    return error;
}

static int add_attributes(posix_spawnattr_t *attributes, const struct hakobi_spawn_request *what) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (what->own_group) flags |= POSIX_SPAWN_SETPGROUP;
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
    if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
    if (!error) error = posix_spawnattr_setflags(attributes, flags);
    return error;
}

int hakobi_spawn(const struct hakobi_spawn_request *what, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        error = add_descriptors(&actions, what);
        if (!error) error = add_attributes(&attributes, what);
        if (!error) error = posix_spawn(pid, what->path, &actions, &attributes, what->argv, what->envp);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int hakobi_dup_above(int descriptor, int lowest) { return fcntl(descriptor, F_DUPFD_CLOEXEC, lowest); }

int hakobi_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

static volatile sig_atomic_t signal_sink = -1;

static void pass_on(int number) {
    int why = errno;
    unsigned char byte = (unsigned char)number;
    if (signal_sink >= 0 && write(signal_sink, &byte, 1) < 0) { /* full: 64 KiB of signals nobody read */ }
    errno = why;
}

static int set_handler(int number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL);
}

int hakobi_watch_signals(const int *signals, int count, int descriptor) {
    signal_sink = descriptor;
    int result = 0;
    for (int i = 0; i < count && result == 0; i++) result = set_handler(signals[i], pass_on);
    return result;
}

void hakobi_prepare_parent(void) {
    struct sigaction current;
    set_handler(SIGPIPE, SIG_IGN);
    if (sigaction(SIGCHLD, NULL, &current) == 0 && current.sa_handler == SIG_IGN) set_handler(SIGCHLD, SIG_DFL);
}

static int64_t microseconds(clockid_t clock) {
    struct timespec now;
    if (syscall(SYS_clock_gettime, clock, &now) != 0) return -1;
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t hakobi_realtime_raw(void) { return microseconds(CLOCK_REALTIME); }
int64_t hakobi_boottime_raw(void) { return microseconds(CLOCK_BOOTTIME); }

int64_t hakobi_file_system_type(const char *path) {
    struct statfs info;
    return statfs(path, &info) == 0 ? (int64_t)info.f_type : 0;
}


void hakobi_set_process_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

// Weak: programs without the SQLite store do not link it.
extern int sqlite3_config(int option, ...) __attribute__((weak));

int hakobi_sqlite_count_no_memory(void) { return sqlite3_config ? sqlite3_config(9, 0) : -1; }
