#include "config.h"

#include "util/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "util/compiler.h"
#include "util/progress.h"
#include "util/utf8.h"

enum phase { NOTHING, BEGUN, WRITING, WRITTEN };

enum { MAX_LABEL = 400, MAX_TEXT = 2048 };

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

/* What a handler reads; `phase` is set last and cleared first. */
static struct {
	volatile sig_atomic_t phase;
	enum interrupt_target target;
	char label[MAX_LABEL];
	char note[MAX_LABEL]; /* "": none */
	const char *id;
	pid_t owner; /* a child that was just forked says nothing */
} state;

/* ---- in a handler: nothing but copying and write() ---- */

struct text {
	char bytes[MAX_TEXT];
	size_t len;
};

static void add(struct text *text, const char *string)
{
	size_t size = strlen(string);

	if (size > sizeof(text->bytes) - text->len)
		size = sizeof(text->bytes) - text->len;
	memcpy(text->bytes + text->len, string, size);
	text->len += size;
}

static void add_next_run(struct text *text)
{
	add(text, "hint: the next command that writes there says which");
	add(text, " (journal entry ");
	add(text, state.id);
	add(text, ")\n");
}

static void add_before(struct text *text, const char *words)
{
	add(text, words);
	add(text, state.label);
}

static void add_after(struct text *text, const char *words)
{
	add(text, state.label);
	add(text, words);
}

/* Returns whether the next run tells more. */
static bool add_state(struct text *text, bool has_entry)
{
	if (state.phase == WRITTEN) {
		add_after(text, " is written");
		return false;
	}
	if (state.phase == BEGUN &&
	    (state.target != INTERRUPT_FILE || !has_entry)) {
		add_before(text, "nothing was written to ");
		return false;
	}
	if (state.phase == BEGUN) {
		add_before(text, "the write to ");
		add(text, " is rolled back");
	} else if (state.target == INTERRUPT_FILE) {
		add_after(text, " is written as a whole, or not at all");
	} else if (state.target == INTERRUPT_FOLDER) {
		add_before(text, "some files of ");
		add(text, " may be new, and others old");
	} else {
		add_before(text, "it is not known whether ");
		add(text, " was written");
	}
	return true;
}

static void say_state(struct text *text)
{
	bool has_entry = state.id && *state.id;
	bool is_open;

	add(text, "error: interrupted: ");
	is_open = add_state(text, has_entry);
	if (*state.note) {
		add(text, "; ");
		add(text, state.note);
	}
	add(text, "\n");
	if (is_open && has_entry)
		add_next_run(text);
	else if (is_open)
		add(text, "hint: run the command again to see\n");
}

static void on_signal(int number)
{
	struct text text = { .len = 0 };

	if (state.owner == getpid()) {
		progress_clear();
		if (state.phase != NOTHING) {
			say_state(&text);
			if (write(STDERR_FILENO, text.bytes, text.len) < 0)
				text.len = 0;
		}
	}
	signal(number, SIG_DFL);
	raise(number);
}

/* ---- else ---- */

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal }, old;

	state.owner = getpid();
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		sigaddset(&action.sa_mask, ending[i]);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		sigaction(ending[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
	}
}

/* A copy that cannot drive the terminal: a label may stand in a tracked file */
static void copy_text(char to[MAX_LABEL], const char *text)
{
	size_t size = strlen(text);
	size_t len = 0;

	while (size > 0) {
		uint32_t codepoint = 0;
		size_t length = utf8_decode(text, size, &codepoint);
		bool is_safe = length && !utf8_is_unsafe(codepoint);

		length = length ? length : 1;
		if (len + length >= MAX_LABEL)
			break;
		if (is_safe)
			memcpy(to + len, text, length);
		else
			memset(to + len, '?', length);
		len += length;
		text += length;
		size -= length;
	}
	to[len] = '\0';
}

/* The compiler moves nothing that a handler reads to the other side of this. */
static void set_phase(enum phase phase)
{
	atomic_signal_fence(memory_order_seq_cst);
	state.phase = phase;
	atomic_signal_fence(memory_order_seq_cst);
}

void interrupt_begin(enum interrupt_target target, const char *label,
		     const char *id)
{
	set_phase(NOTHING);
	state.target = target;
	state.id = id;
	state.note[0] = '\0';
	copy_text(state.label, label);
	set_phase(BEGUN);
}

void interrupt_note(const char *text)
{
	enum phase phase = (enum phase)state.phase;

	set_phase(NOTHING);
	copy_text(state.note, text);
	set_phase(phase);
}

void interrupt_writing(void)
{
	if (state.phase == BEGUN)
		set_phase(WRITING);
}

void interrupt_written(void)
{
	if (state.phase != NOTHING)
		set_phase(WRITTEN);
}

void interrupt_end(void)
{
	set_phase(NOTHING);
}
