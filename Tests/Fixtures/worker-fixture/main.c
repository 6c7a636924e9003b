// A worker process that knows no job: says hello, answers each "work" with "done N", leaves at end of file.
// argv[1] makes it bad at that.
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int pipe_fd;

static void say(const char *text) {
    if (write(pipe_fd, text, strlen(text)) < 0) _exit(0);
}

static void say_status(const char *key) {
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, key, strlen(key)) == 0) say(line);
    if (status) fclose(status);
}

// What it inherited: open descriptors, signals, group, directory.
static void report(void) {
    char line[4200], list[4000] = "";
    DIR *all = opendir("/proc/self/fd");
    struct dirent *entry;
    while (all && (entry = readdir(all)))
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(all)) {
            strcat(list, entry->d_name);
            strcat(list, " ");
        }
    if (all) closedir(all);
    snprintf(line, sizeof line, "fds %s\n", list);
    say(line);
    say_status("SigBlk");
    say_status("SigIgn");
    snprintf(line, sizeof line, "group %s\n", getpgrp() == getpid() ? "own" : "shared");
    say(line);
    char where[2000] = "";
    if (getcwd(where, sizeof where)) snprintf(line, sizeof line, "cwd %s\n", where);
    say(line);
    extern char **environ;
    for (char **variable = environ; *variable; variable++) {
        snprintf(line, sizeof line, "env %s\n", *variable);
        say(line);
    }
    ssize_t length = readlink("/proc/self/exe", where, sizeof where - 1);
    where[length > 0 ? length : 0] = 0;
    snprintf(line, sizeof line, "exe %s\n", where);
    say(line);
}

static void work(const char *how, int count, int is_slow) {
    char answer[32];
    if (strcmp(how, "crash") == 0) kill(getpid(), SIGKILL);
    if (strcmp(how, "exit") == 0) _exit(0);
    if (strcmp(how, "hang") == 0) for (;;) pause();
    if (strcmp(how, "grow") == 0) memset(malloc(32 << 20), 1, 32 << 20);
    if (is_slow) usleep(20000);
    snprintf(answer, sizeof answer, "done %d\n", count);
    say(answer);
}

int main(int argc, char **argv) {
    const char *number = getenv("HAKOBI_WORKER_FD");
    const char *mode = argc > 1 ? argv[1] : "";
    pipe_fd = number ? atoi(number) : 3;
    if (strcmp(mode, "hang") == 0) for (;;) pause();
    if (strcmp(mode, "crash") == 0) return 3;
    if (strcmp(mode, "leave") == 0) return 0;
    if (strcmp(mode, "report") == 0) report();
    say("hello\n");
    FILE *orders = fdopen(pipe_fd, "r");
    char line[256];
    for (int count = 1; fgets(line, sizeof line, orders); count++) {
        line[strcspn(line, "\n")] = 0;
        work(line, count, strcmp(mode, "slow") == 0);
    }
    if (strcmp(mode, "stubborn") == 0) for (;;) pause();
    return 0;
}
