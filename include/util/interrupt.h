/*
 * What is said if a signal (SIGINT, SIGTERM, SIGHUP, SIGQUIT) ends the program
 * while it is about to write: in which state it leaves its target. The signal
 * then ends the program as if it had not been caught; nothing is undone here,
 * since what is written must be whole or not at all whenever we die.
 */
#ifndef UTIL_INTERRUPT_H
#define UTIL_INTERRUPT_H

/* Where rows go; it decides what is known of a write that was broken off. */
enum interrupt_target {
	INTERRUPT_FILE,	  /* what does not end is rolled back */
	INTERRUPT_SERVER, /* it may go on with what was sent */
	INTERRUPT_FOLDER, /* of files, each of which is whole */
};

/* Catches the signals, but for those that the parent has ignored. */
void interrupt_catch(void);

/*
 * From now on nothing is written yet to what is called `label`, which is
 * copied. `id` is where the id of the journal's entry will stand, "" until it
 * does; it is borrowed until interrupt_end(). NULL: there is no journal.
 */
void interrupt_begin(enum interrupt_target target, const char *label,
		     const char *id);

/*
 * What is known of another target besides, as "nothing was written to
 * shop/local"; copied, until the next interrupt_begin().
 */
void interrupt_note(const char *text);

/*
 * From now on it is not known whether it is written: a request is on its way,
 * or a transaction ends. Without interrupt_begin() this means nothing.
 */
void interrupt_writing(void);

/* From now on it is written; the same holds. */
void interrupt_written(void);

/* It is known again: the program says so itself. */
void interrupt_end(void);

#endif
