#define _GNU_SOURCE
#include "CHakobi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Everything below runs between fork and exec, or in the guard, which never execs: the process it was copied from may have
// had many threads, so only async-signal-safe calls are allowed here: no allocation, no locks, no Swift.

static void close_all_but(const int *kept, int count) {
    unsigned from = 3;
    while (1) {
        unsigned next = ~0U;
        for (int i = 0; i < count; i++)
            if ((unsigned)kept[i] >= from && (unsigned)kept[i] < next) next = (unsigned)kept[i];
        if (next > from) syscall(SYS_close_range, from, next - 1, 0);
        if (next == ~0U) return;
        from = next + 1;
    }
}

static void reset_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) sigaction(number, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become_program(const struct hakobi_exec *what, pid_t guard) {
    setpgid(0, 0);
    // The guard has one thread, which lasts as long as it does, so "the parent's death" means what it says.
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != guard) _exit(127);
    dup2(what->input, 0);
    dup2(what->output, 1);
    dup2(what->error, 2);
    // Where it is 3 already, a copy onto itself would stay close-on-exec.
    if (what->socket == 3) fcntl(3, F_SETFD, 0);
    else if (what->socket > 3) dup2(what->socket, 3);
    syscall(SYS_close_range, what->socket < 0 ? 3 : 4, ~0U, 0);
    reset_signals();
    char *const argv[] = {"sh", "-c", (char *)what->command, NULL};
    execve("/bin/sh", argv, what->environment);
    _exit(127);
}

// Ends whatever the program left behind, even what moved to a group or session of its own: as subreaper the guard is the
// parent of all orphans below it.
static void end_leftovers(void) {
    char path[] = "/proc/thread-self/children";
    for (int round = 0; round < 1000; round++) {
        char text[4096];
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) return;
        ssize_t count = read(file, text, sizeof text);
        close(file);
        if (count <= 0) return;
        pid_t pid = 0;
        for (ssize_t i = 0; i < count; i++) {
            if (text[i] >= '0' && text[i] <= '9') pid = pid * 10 + (text[i] - '0');
            else if (pid > 0) {
                kill(pid, SIGKILL);
                waitpid(pid, NULL, 0);
                pid = 0;
            }
        }
    }
}

static void send_report(int control, int kind, int value, int signal, int64_t memory) {
    struct hakobi_exec_report report = {kind, value, signal, 0, memory};
    if (send(control, &report, sizeof report, MSG_NOSIGNAL) < 0) { /* the worker process is gone: nobody to tell */ }
}

// Returns when the program has ended.
static void attend(const struct hakobi_exec *what, pid_t program) {
    struct pollfd watched[2] = {{what->control, POLLIN, 0}, {hakobi_pidfd(program), POLLIN, 0}};
    // Once the owner is gone: what comes next if the program does not leave, 0 when nothing does.
    int next_signal = 0;
    while (!(watched[1].revents & POLLIN)) {
        int count = poll(watched, 2, next_signal ? what->patience : -1);
        if (count == 0) {
            kill(-program, next_signal);
            next_signal = next_signal == SIGTERM ? SIGKILL : 0;
        }
        if (count <= 0 || watched[0].revents == 0) continue;
        char order;
        ssize_t length = recv(what->control, &order, 1, 0);
        if (length > 0) kill(-program, SIGTERM);
        if (length > 0 || (length < 0 && errno == EINTR)) continue;
        if (what->rests && *what->rests) next_signal = SIGTERM;
        else kill(-program, SIGKILL);
        watched[0].fd = -1;
        watched[0].revents = 0;
    }
}

static void stand_guard(const struct hakobi_exec *what) {
    prctl(PR_SET_NAME, "hakobi-guard", 0, 0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    int kept[] = {what->input, what->output, what->error, what->control, what->socket < 0 ? what->input : what->socket};
    close_all_but(kept, 5);
    pid_t guard = getpid();
    pid_t program = _Fork();
    if (program == 0) become_program(what, guard);
    close(what->input);
    close(what->output);
    close(what->error);
    if (what->socket >= 0) close(what->socket);
    if (program < 0) {
        send_report(what->control, HAKOBI_EXEC_NOT_STARTED, errno, 0, 0);
        _exit(1);
    }
    setpgid(program, program);
    send_report(what->control, HAKOBI_EXEC_STARTED, program, 0, 0);
    attend(what, program);
    // The program is a zombie until it is reaped, so its group's number cannot be anybody else's yet.
    kill(-program, SIGKILL);
    int status = 0;
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    while (wait4(program, &status, 0, &usage) < 0 && errno == EINTR) {}
    end_leftovers();
    send_report(
        what->control, HAKOBI_EXEC_ENDED, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
        WIFSIGNALED(status) ? WTERMSIG(status) : 0, (int64_t)usage.ru_maxrss * 1024);
    _exit(0);
}

unsigned char *hakobi_shared_byte(void) {
    void *byte = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return byte == MAP_FAILED ? NULL : byte;
}

pid_t hakobi_exec(const struct hakobi_exec *what) {
    sigset_t all, before;
    sigfillset(&all);
    // Blocked for the guard's whole life: only SIGKILL ends it, and then the program's parent-death signal ends that.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t guard = _Fork();
    int why = errno;
    if (guard == 0) stand_guard(what);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return guard;
}
