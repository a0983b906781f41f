/* The user's terminal; see terminal.h. */
#include "host/terminal.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

/* The terminal belongs to the process, so these do too. */
static struct termios before;
static volatile sig_atomic_t is_raw;

void terminal_restore(void)
{
    if (!is_raw)
        return;
    is_raw = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static void on_signal(int number)
{
    terminal_restore();
    signal(number, SIG_DFL);
    raise(number);
}

void terminal_make_raw(void)
{
    static const int deadly[] = { SIGTERM, SIGHUP, SIGQUIT, SIGINT, SIGABRT, SIGSEGV, SIGBUS,
                                  SIGPIPE };
    struct termios raw;

    if (is_raw || tcgetattr(STDIN_FILENO, &before))
        return;
    raw = before;
    cfmakeraw(&raw);
    raw.c_oflag |= OPOST; /* messages of ours go to the same screen */
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw))
        return;
    is_raw = 1;
    atexit(terminal_restore);
    for (unsigned i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
        signal(deadly[i], on_signal);
}
