#include "config.h"

#include "workspace/choosing.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workspace/actions.h"
#include "workspace/hunktexts.h"

enum {
	MAX_HUNK = 1 << 30,
	LISTED = 20, /* hunks that `g` lists at once */
	SUMMARY = 72 /* bytes of a hunk's first line there */
};

/* What was said of a hunk. */
enum decision { UNDECIDED, WANTED, UNWANTED };

static const size_t none = (size_t)-1;

/* A dialogue. */
struct chooser {
	struct choosing *asked;
	struct hunk_texts texts;
	enum decision *decisions; /* of the hunks of the group */
	const struct hunk_group *group;
	size_t at;   /* in the group */
	size_t next; /* undecided hunk; none: there is none */
	size_t previous;
	char *line; /* the answer, without its end */
	size_t line_size;
	struct buf text;
};

/* ---- showing ---- */

static void say(const struct chooser *self, const char *text)
{
	const struct diff_colors *colors = self->asked->colors;

	fprintf(self->asked->out, "%s%s%s\n", colors->prompt_error, text,
		colors->wanted ? COLOR_RESET : "");
}

static void show(struct chooser *self)
{
	fwrite(self->text.data, 1, self->text.len, self->asked->out);
	buf_clear(&self->text);
}

static int show_head(struct chooser *self, struct err *err)
{
	if (hunk_texts_add_head(&self->text, &self->texts, self->group, err) ==
	    0)
		show(self);
	return err->code;
}

static int show_hunk(struct chooser *self, struct err *err)
{
	if (hunk_texts_add(&self->text, &self->texts,
			   self->group->first + self->at, err) == 0)
		show(self);
	return err->code;
}

/* The text of a hunk without colours, in self->text. */
static int read_plain(struct chooser *self, size_t hunk, struct err *err)
{
	buf_clear(&self->text);
	if (hunk_texts_add(&self->text, &self->texts, self->group->first + hunk,
			   err) == 0)
		hunk_texts_strip(&self->text);
	return err->code;
}

/* ---- answers ---- */

/* Reads a line; false at the end of the answers. */
static bool read_line(struct chooser *self)
{
	ssize_t length;

	fflush(self->asked->out);
	length = getline(&self->line, &self->line_size, self->asked->in);
	if (length < 0) {
		self->asked->quit = true;
		return false;
	}
	while (length > 0 && strchr("\r\n", self->line[length - 1]))
		self->line[--length] = '\0';
	return true;
}

/* Asks what to do with the hunk, as far as it can be done. */
static bool ask(struct chooser *self)
{
	const struct diff_colors *colors = self->asked->colors;
	const char *verb = self->asked->verb;
	size_t count = self->group->count;

	fprintf(self->asked->out,
		"%s(%zu/%zu) %c%s this hunk [y,n,q,a,d%s%s%s%s%s,?]?%s ",
		colors->prompt, self->at + 1, count,
		toupper((unsigned char)*verb), verb + 1,
		self->previous != none ? ",k" : "", self->at > 0 ? ",K" : "",
		self->next != none ? ",j" : "",
		self->at + 1 < count ? ",J" : "", count > 1 ? ",g,/" : "",
		colors->wanted ? COLOR_RESET : "");
	return read_line(self);
}

static void help(const struct chooser *self)
{
	const struct diff_colors *colors = self->asked->colors;
	const char *verb = self->asked->verb;
	FILE *out = self->asked->out;

	fprintf(out,
		"%sy - %s this hunk\n"
		"n - do not %s this hunk\n"
		"q - quit; do not %s this hunk or any of the remaining ones\n"
		"a - %s this hunk and all later hunks in the table\n"
		"d - do not %s this hunk or any of the later hunks in the "
		"table\n",
		colors->prompt_help, verb, verb, verb, verb, verb);
	if (self->previous != none)
		fputs("k - leave this hunk undecided, see previous undecided "
		      "hunk\n",
		      out);
	if (self->at > 0)
		fputs("K - leave this hunk undecided, see previous hunk\n",
		      out);
	if (self->next != none)
		fputs("j - leave this hunk undecided, see next undecided "
		      "hunk\n",
		      out);
	if (self->at + 1 < self->group->count)
		fputs("J - leave this hunk undecided, see next hunk\n", out);
	if (self->group->count > 1)
		fputs("g - select a hunk to go to\n"
		      "/ - search for a hunk matching the given regex\n",
		      out);
	fprintf(out, "? - print help%s\n", colors->wanted ? COLOR_RESET : "");
}

/* ---- going to a hunk ---- */

static int list_hunks(struct chooser *self, size_t *from, struct err *err)
{
	static const char marks[] = {
		[UNDECIDED] = ' ', [WANTED] = '+', [UNWANTED] = '-'
	};
	size_t end = *from + LISTED;
	size_t length;

	for (; *from < self->group->count && *from < end; ++*from) {
		if (read_plain(self, *from, err) < 0)
			return err->code;
		length = strcspn(self->text.data, "\n");
		fprintf(self->asked->out, "%c%3zu: %.*s\n",
			marks[self->decisions[*from]], *from + 1,
			length < SUMMARY ? (int)length : SUMMARY,
			self->text.data);
	}
	buf_clear(&self->text);
	return 0;
}

/* "g", then a number; or both in one line. */
static int go_to(struct chooser *self, struct err *err)
{
	size_t count = self->group->count;
	size_t from = self->at > LISTED / 2 ? self->at - LISTED / 2 : 0;
	const char *number = self->line + 1;
	unsigned long long wanted;
	char message[80];
	char *end;

	while (!number[strspn(number, " \t")]) {
		if (list_hunks(self, &from, err) < 0)
			return err->code;
		fprintf(self->asked->out, "go to which hunk%s? ",
			from < count ? " (<ret> to see more)" : "");
		if (!read_line(self))
			return 0;
		number = self->line;
		if (from >= count)
			break;
	}
	wanted = strtoull(number, &end, 10);
	if (end == number || end[strspn(end, " \t")])
		snprintf(message, sizeof(message), "Invalid number: '%.40s'",
			 number);
	else if (wanted < 1 || wanted > count)
		snprintf(message, sizeof(message),
			 "Sorry, only %zu hunks available.", count);
	else
		*message = '\0';
	if (*message)
		say(self, message);
	else
		self->at = (size_t)wanted - 1;
	return 0;
}

static int find_match(struct chooser *self, const regex_t *regex,
		      struct err *err)
{
	size_t hunk = self->at;

	do {
		if (read_plain(self, hunk, err) < 0)
			return err->code;
		if (regexec(regex, self->text.data, 0, NULL, 0) == 0) {
			self->at = hunk;
			buf_clear(&self->text);
			return 0;
		}
		hunk = (hunk + 1) % self->group->count;
	} while (hunk != self->at);
	buf_clear(&self->text);
	say(self, "No hunk matches the given pattern");
	return 0;
}

/* "/" and an expression. */
static int search(struct chooser *self, struct err *err)
{
	const char *pattern = self->line + 1;
	char message[160], reason[100];
	regex_t regex;
	int rc;

	if (!*pattern) {
		fputs("search for regex? ", self->asked->out);
		if (!read_line(self) || !self->line[0])
			return 0;
		pattern = self->line;
	}
	rc = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
	if (rc != 0) {
		regerror(rc, &regex, reason, sizeof(reason));
		snprintf(message, sizeof(message),
			 "Malformed search regexp: %s", reason);
		say(self, message);
		return 0;
	}
	(void)!find_match(self, &regex, err);
	regfree(&regex);
	return err->code;
}

/* ---- the dialogue ---- */

/* Finds the undecided hunks around; true if anything is undecided. */
static bool look_around(struct chooser *self)
{
	self->previous = none;
	self->next = none;
	for (size_t i = self->at; i > 0 && self->previous == none; i--)
		if (self->decisions[i - 1] == UNDECIDED)
			self->previous = i - 1;
	for (size_t i = self->at + 1;
	     i < self->group->count && self->next == none; i++)
		if (self->decisions[i] == UNDECIDED)
			self->next = i;
	return self->previous != none || self->next != none ||
	       self->decisions[self->at] == UNDECIDED;
}

/* Goes on with the next undecided hunk, past the last one with the first. */
static void go_on(struct chooser *self)
{
	size_t count = self->group->count;

	for (size_t i = 1; i <= count; i++) {
		size_t hunk = (self->at + i) % count;

		if (self->decisions[hunk] == UNDECIDED) {
			self->at = hunk;
			return;
		}
	}
}

static void decide(struct chooser *self, enum decision decision)
{
	self->decisions[self->at] = decision;
	go_on(self);
}

/* This one, and all behind it that are undecided. */
static void decide_rest(struct chooser *self, enum decision decision)
{
	self->decisions[self->at] = decision;
	for (size_t i = self->at; i < self->group->count; i++)
		if (self->decisions[i] == UNDECIDED)
			self->decisions[i] = decision;
	go_on(self);
}

static void move(struct chooser *self, bool possible, size_t to,
		 const char *otherwise)
{
	if (possible)
		self->at = to;
	else
		say(self, otherwise);
}

/* Does what the first letter of the line says. */
static int obey(struct chooser *self, struct err *err)
{
	bool several = self->group->count > 1;

	switch (self->line[0]) {
	case '\0':
		break;
	case 'y':
	case 'Y':
		decide(self, WANTED);
		break;
	case 'n':
	case 'N':
		decide(self, UNWANTED);
		break;
	case 'a':
	case 'A':
		decide_rest(self, WANTED);
		break;
	case 'd':
	case 'D':
		decide_rest(self, UNWANTED);
		break;
	case 'q':
	case 'Q':
		self->asked->quit = true;
		break;
	case 'k':
		move(self, self->previous != none, self->previous,
		     "No previous hunk");
		break;
	case 'K':
		move(self, self->at > 0, self->at - 1, "No previous hunk");
		break;
	case 'j':
		move(self, self->next != none, self->next, "No next hunk");
		break;
	case 'J':
		move(self, self->at + 1 < self->group->count, self->at + 1,
		     "No next hunk");
		break;
	case 'g':
		if (several)
			return go_to(self, err);
		say(self, "No other hunks to goto");
		break;
	case '/':
		if (several)
			return search(self, err);
		say(self, "No other hunks to search");
		break;
	default:
		help(self);
	}
	return 0;
}

static int choose_in_group(struct chooser *self, struct err *err)
{
	const struct hunk_group *group = self->group;

	self->at = 0;
	self->decisions = calloc(group->count, sizeof(*self->decisions));
	if (!self->decisions)
		return err_set_nomem(err);
	(void)!show_head(self, err);
	while (!err->code && !self->asked->quit && look_around(self) &&
	       show_hunk(self, err) == 0 && ask(self))
		(void)!obey(self, err);
	for (size_t i = 0; i < group->count; i++)
		self->texts.wanted[group->first + i] =
			self->decisions[i] == WANTED;
	free(self->decisions);
	self->decisions = NULL;
	fputc('\n', self->asked->out);
	return err->code;
}

int choosing_run(struct choosing *asked, struct err *err)
{
	struct render_options render = *asked->render;
	struct actions_guard guard = { "" };
	struct chooser self = { .asked = asked };

	render.colors = colors_for_render(asked->colors);
	render.abbrev = isatty(fileno(asked->out));
	asked->quit = false;
	buf_init(&self.text, MAX_HUNK);
	if (hunk_texts_make(&self.texts, asked->changes, &render, err) < 0 ||
	    actions_guard_begin(&guard, asked->out, err) < 0)
		goto out;
	for (size_t i = 0; i < self.texts.ngroups && !asked->quit; i++) {
		self.group = &self.texts.groups[i];
		if (choose_in_group(&self, err) < 0)
			break;
	}
	actions_guard_end(&guard, asked->out);
	if (!err->code)
		(void)!hunk_texts_pick(&self.texts, asked->changes,
				       asked->chosen, err);
out:
	hunk_texts_release(&self.texts);
	buf_release(&self.text);
	free(self.line);
	return err->code;
}
