#include "config.h"

#include "util/terminal.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/pager.h"

#define BLANKS " \t\n\r"

const char *const terminal_color_words[] = { "auto", "always", "never", NULL };

static bool is_word(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcasecmp(text, *words) == 0)
			return true;
	return false;
}

/* A boolean as git's configuration has it; NULL is a key without a value. */
static int parse_bool(bool *value, const char *text, struct err *err)
{
	static const char *const yes[] = { "true", "yes", "on", NULL };
	static const char *const no[] = { "false", "no", "off", "", NULL };
	char *end;

	if (is_word(text, yes)) {
		*value = true;
	} else if (is_word(text, no)) {
		*value = false;
	} else {
		*value = strtol(text, &end, 10) != 0;
		if (*end)
			return err_set(err, D1_ERROR, "bad boolean value '%s'",
				       text);
	}
	return 0;
}

static int parse_when(enum color_when *when, const char *text, struct err *err)
{
	bool on = false;

	for (int i = 0; terminal_color_words[i]; i++) {
		if (strcasecmp(text, terminal_color_words[i]) == 0) {
			*when = (enum color_when)i;
			return 0;
		}
	}
	if (parse_bool(&on, text, err))
		return err->code;
	*when = on ? COLOR_AUTO : COLOR_NEVER;
	return 0;
}

static bool is_dumb(void)
{
	const char *term = getenv("TERM");

	return !term || strcmp(term, "dumb") == 0;
}

int terminal_color_wanted(bool *wanted, enum color_when when,
			  const struct color_config *config, struct err *err)
{
	bool through_pager = true;

	*wanted = false;
	if (when == COLOR_UNSET) {
		const char *text =
			config->command ? config->command : config->ui;

		when = COLOR_AUTO;
		if (text && parse_when(&when, text, err))
			return err_context(err, "cannot read '%s'",
					   config->command ? "color.d1"
							   : "color.ui");
	}
	if (when != COLOR_AUTO) {
		*wanted = when == COLOR_ALWAYS;
		return 0;
	}
	if (config->pager && parse_bool(&through_pager, config->pager, err))
		return err_context(err, "cannot read 'color.pager'");
	*wanted = !is_dumb() &&
		  (pager_in_use() ? through_pager : isatty(STDOUT_FILENO) == 1);
	return 0;
}

/* One colour of a value; KIND_NORMAL leaves the colour as it is. */
struct color {
	enum { KIND_NORMAL, KIND_ANSI, KIND_256, KIND_RGB } kind;
	int code; /* ANSI: of the foreground; or of the 256 */
	int red, green, blue;
};

/* The code of a background colour is the foreground's plus this. */
#define BACKGROUND 10

static bool parse_hex(const char *digits, size_t count, int *value)
{
	char *end;
	char text[3] = "";

	memcpy(text, digits, count);
	if (strspn(text, "0123456789abcdefABCDEF") != count)
		return false;
	*value = (int)strtol(text, &end, 16);
	if (count == 1)
		*value *= 0x11;
	return true;
}

static bool parse_rgb(const char *word, struct color *color)
{
	size_t len = strlen(word + 1);
	size_t each = len / 3;

	color->kind = KIND_RGB;
	return word[0] == '#' && (len == 3 || len == 6) &&
	       parse_hex(word + 1, each, &color->red) &&
	       parse_hex(word + 1 + each, each, &color->green) &&
	       parse_hex(word + 1 + 2 * each, each, &color->blue);
}

static bool parse_number(const char *word, struct color *color)
{
	char *end;
	long number = strtol(word, &end, 10);

	if (*end || end == word || number < -1 || number > 255)
		return false;
	color->code = (int)number;
	if (number < 0) {
		color->kind = KIND_NORMAL;
	} else if (number < 8) {
		color->kind = KIND_ANSI;
		color->code += 30;
	} else if (number < 16) {
		color->kind = KIND_ANSI;
		color->code += 90 - 8;
	} else {
		color->kind = KIND_256;
	}
	return true;
}

static bool parse_name(const char *word, struct color *color)
{
	static const char *const names[] = { "black",  "red",  "green",
					     "yellow", "blue", "magenta",
					     "cyan",   "white" };
	int first = 30;

	color->kind = KIND_ANSI;
	if (strcasecmp(word, "normal") == 0) {
		color->kind = KIND_NORMAL;
		return true;
	}
	if (strcasecmp(word, "default") == 0) {
		color->code = 39;
		return true;
	}
	if (strncasecmp(word, "bright", 6) == 0) {
		first = 90;
		word += 6;
	}
	for (int i = 0; i < (int)ARRAY_SIZE(names); i++) {
		if (strcasecmp(word, names[i]) == 0) {
			color->code = first + i;
			return true;
		}
	}
	return false;
}

/* The code of an attribute ("bold", "no-bold", "nobold"), 0 if it is none. */
static int attribute_code(const char *word)
{
	static const struct {
		const char *name;
		int on, off;
	} attributes[] = {
		{ "bold", 1, 22 },   { "dim", 2, 22 },	 { "italic", 3, 23 },
		{ "ul", 4, 24 },     { "blink", 5, 25 }, { "reverse", 7, 27 },
		{ "strike", 9, 29 },
	};
	bool off = strncmp(word, "no", 2) == 0;

	if (off)
		word += word[2] == '-' ? 3 : 2;
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (strcmp(word, attributes[i].name) == 0)
			return off ? attributes[i].off : attributes[i].on;
	return 0;
}

/* What the words of a value add up to. */
struct style {
	bool reset;
	uint32_t attributes;   /* bit n: code n */
	int colors;	       /* how many were given */
	struct color color[2]; /* foreground, background */
};

static bool add_word(struct style *style, const char *word)
{
	struct color color = { .kind = KIND_NORMAL };
	int code = attribute_code(word);

	if (strcasecmp(word, "reset") == 0) {
		style->reset = true;
		return true;
	}
	if (code) {
		style->attributes |= UINT32_C(1) << code;
		return true;
	}
	if (style->colors == 2 ||
	    (!parse_name(word, &color) && !parse_rgb(word, &color) &&
	     !parse_number(word, &color)))
		return false;
	style->color[style->colors++] = color;
	return true;
}

/* Appends to the numbers of a sequence, the first of which has no ';'. */
static void add_code(char *sequence, bool *first, const char *code)
{
	size_t used = strlen(sequence);

	snprintf(sequence + used, COLOR_SIZE - used, "%s%s", *first ? "" : ";",
		 code);
	*first = false;
}

static void add_color(char *sequence, bool *first, const struct color *color,
		      int background)
{
	char code[32] = "";

	if (color->kind == KIND_ANSI)
		snprintf(code, sizeof(code), "%d", color->code + background);
	else if (color->kind == KIND_256)
		snprintf(code, sizeof(code), "%d;5;%d", 38 + background,
			 color->code);
	else if (color->kind == KIND_RGB)
		snprintf(code, sizeof(code), "%d;2;%d;%d;%d", 38 + background,
			 color->red, color->green, color->blue);
	if (code[0])
		add_code(sequence, first, code);
}

static void write_style(char sequence[COLOR_SIZE], const struct style *style)
{
	/* A reset is the empty first number. */
	bool first = !style->reset;
	char code[16];
	size_t used;

	sequence[0] = '\0';
	if (!style->reset && !style->attributes &&
	    style->color[0].kind == KIND_NORMAL &&
	    style->color[1].kind == KIND_NORMAL)
		return;
	snprintf(sequence, COLOR_SIZE, "\033[");
	for (int i = 0; i < 32; i++) {
		if (style->attributes & (UINT32_C(1) << i)) {
			snprintf(code, sizeof(code), "%d", i);
			add_code(sequence, &first, code);
		}
	}
	add_color(sequence, &first, &style->color[0], 0);
	add_color(sequence, &first, &style->color[1], BACKGROUND);
	used = strlen(sequence);
	snprintf(sequence + used, COLOR_SIZE - used, "m");
}

int color_parse(char sequence[COLOR_SIZE], const char *value, struct err *err)
{
	struct style style = { .reset = false };
	const char *at = value + strspn(value, BLANKS);
	char word[32];

	sequence[0] = '\0';
	while (*at) {
		size_t len = strcspn(at, BLANKS);

		snprintf(word, sizeof(word), "%.*s", (int)len, at);
		if (len >= sizeof(word) || !add_word(&style, word))
			return err_set(err, D1_ERROR, "bad color value '%s'",
				       value);
		at += len + strspn(at + len, BLANKS);
	}
	write_style(sequence, &style);
	return 0;
}

int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int width = 0;

	if (columns)
		width = (int)strtol(columns, NULL, 10);
	if (width > 0)
		return width;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}
