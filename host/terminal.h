/* The user's terminal: raw while a guest's console is on it, and as it was on every way out. */
#ifndef HOST_TERMINAL_H
#define HOST_TERMINAL_H

/* Puts standard input's terminal into raw mode, and arranges that exit() and deadly signals put it back. */
void terminal_make_raw(void);
/* Puts it back now. Safe in signal handlers, and when it is not raw. */
void terminal_restore(void);

#endif
