#include "config.h"

#include "model/timestamp.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/compiler.h"

enum {
	MAX_NUMBER = 64, /* bytes of a number's text */
	SECONDS_A_DAY = 86400,
	MILLISECONDS_A_DAY = 86400000,
	MICROSECONDS_A_SECOND = 1000000,
	MAX_ZONE_HOURS = 14, /* as SQLite has it */
	THURSDAY = 4,	     /* 1970-01-01 */
};

/* ---- numbers ---- */

/* Where SQLite's dates, and so its Julian day numbers, end. */
static const double julian_day_end = 5373484.5;
static const int64_t julian_milliseconds_of_1970 = 210866760000000;

/*
 * The units of counts. Where one ends, it has come to the year 5138, and the
 * next one, a thousandth of it, starts at 1973: the years between are certain.
 */
static const struct {
	int64_t end;		  /* counts below it are in this unit */
	int64_t multiply, divide; /* to make microseconds of it */
} units[] = {
	{ 100000000000, 1000000, 1 },
	{ 100000000000000, 1000, 1 },
	{ 100000000000000000, 1, 1 },
	{ INT64_MAX, 1, 1000 },
};

static int64_t divide_down(int64_t number, int64_t by)
{
	return number / by - (number % by < 0);
}

static bool read_integer(int64_t integer, int64_t *microseconds)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (integer <= -units[i].end || integer >= units[i].end)
			continue;
		*microseconds = divide_down(integer * units[i].multiply,
					    units[i].divide);
		return true;
	}
	return false;
}

static int64_t read_julian_day(double day)
{
	int64_t milliseconds = llround(day * MILLISECONDS_A_DAY);

	return (milliseconds - julian_milliseconds_of_1970) * 1000;
}

/*
 * The nearest microsecond, not the one below: the double next to a decimal
 * fraction may lie just below it.
 */
static bool read_real(double real, int64_t *microseconds)
{
	if (real >= 0 && real < julian_day_end) {
		*microseconds = read_julian_day(real);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		/* never true for what is no number */
		if (!(fabs(real) < (double)units[i].end))
			continue;
		*microseconds = llround(real * (double)units[i].multiply /
					(double)units[i].divide);
		return true;
	}
	return false;
}

/* ---- reading text ---- */

/* What is still to be read. */
struct text {
	const char *at;
	const char *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool at_end(const struct text *text)
{
	return text->at == text->end;
}

static bool take(struct text *text, char c)
{
	if (at_end(text) || *text->at != c)
		return false;
	text->at++;
	return true;
}

static bool take_blanks(struct text *text)
{
	const char *start = text->at;

	while (!at_end(text) && is_blank(*text->at))
		text->at++;
	return text->at > start;
}

/* Reads a word in any letter case. */
static bool take_word(struct text *text, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(text->end - text->at) < length ||
	    strncasecmp(text->at, word, length) != 0)
		return false;
	text->at += length;
	return true;
}

/* Reads all digits that come next; returns how many. */
static size_t take_digits(struct text *text)
{
	const char *start = text->at;

	while (!at_end(text) && is_digit(*text->at))
		text->at++;
	return (size_t)(text->at - start);
}

/* Reads a number of exactly `digits` <= 6 digits, whatever follows it. */
static bool take_number(struct text *text, int digits, int *number)
{
	for (*number = 0; digits > 0; digits--) {
		if (at_end(text) || !is_digit(*text->at))
			return false;
		*number = *number * 10 + (*text->at++ - '0');
	}
	return true;
}

/* Reads one of the names; *index is its position. */
static bool take_name(struct text *text, const char *const names[], int count,
		      int *index)
{
	for (*index = 0; *index < count; ++*index)
		if (take_word(text, names[*index]))
			return true;
	return false;
}

/* ---- dates ---- */

struct moment {
	int year, month, day; /* month and day from 1 */
	int seconds;	      /* of the day */
	int microseconds;     /* of the second */
	int offset;	      /* seconds that the zone is ahead */
};

static bool is_leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap_year(year));
}

/* How many days of earlier years there are since the year 1. */
static int64_t days_before_year(int year)
{
	int64_t past = (int64_t)year - 1;

	return past * 365 + divide_down(past, 4) - divide_down(past, 100) +
	       divide_down(past, 400);
}

/* Days since 1970-01-01; false if there is no such date. */
static bool find_day(const struct moment *moment, int64_t *day)
{
	if (moment->month < 1 || moment->month > 12 || moment->day < 1 ||
	    moment->day > days_in_month(moment->year, moment->month))
		return false;
	*day = days_before_year(moment->year) - days_before_year(1970) +
	       moment->day - 1;
	for (int month = 1; month < moment->month; month++)
		*day += days_in_month(moment->year, month);
	return true;
}

/* Sunday is 0. */
static int weekday(int64_t day)
{
	day += THURSDAY;
	return (int)(day - 7 * divide_down(day, 7));
}

static bool find_microseconds(const struct moment *moment,
			      int64_t *microseconds)
{
	int64_t seconds;
	int64_t found;

	if (!find_day(moment, &seconds))
		return false;
	seconds = seconds * SECONDS_A_DAY + moment->seconds - moment->offset;
	if (__builtin_mul_overflow(seconds, MICROSECONDS_A_SECOND, &found) ||
	    __builtin_add_overflow(found, moment->microseconds, &found))
		return false;
	*microseconds = found;
	return true;
}

/* ---- parts that the forms share ---- */

/* The digits after the point; those beyond microseconds are cut off. */
static bool take_fraction(struct text *text, int *microseconds)
{
	int unit = MICROSECONDS_A_SECOND;
	const char *digit = text->at;
	size_t digits = take_digits(text);

	for (*microseconds = 0; digit < text->at; digit++) {
		unit /= 10;
		*microseconds += unit * (*digit - '0');
	}
	return digits > 0;
}

/* HH:MM[:SS[.fraction]] */
static bool take_time(struct text *text, struct moment *moment)
{
	int hours, minutes, seconds = 0;

	if (!take_number(text, 2, &hours) || !take(text, ':') ||
	    !take_number(text, 2, &minutes))
		return false;
	if (take(text, ':')) {
		if (!take_number(text, 2, &seconds))
			return false;
		if (take(text, '.') &&
		    !take_fraction(text, &moment->microseconds))
			return false;
	}
	moment->seconds = (hours * 60 + minutes) * 60 + seconds;
	if (minutes > 59 || seconds > 59)
		return false;
	return moment->seconds < SECONDS_A_DAY ||
	       (moment->seconds == SECONDS_A_DAY && !moment->microseconds);
}

/* Z, UTC, GMT, UT, or +HH, +HHMM, +HH:MM, also with a minus */
static bool take_zone(struct text *text, struct moment *moment)
{
	bool minus = take(text, '-');
	int hours, minutes = 0;

	if (!minus && !take(text, '+'))
		return take_word(text, "Z") || take_word(text, "UTC") ||
		       take_word(text, "GMT") || take_word(text, "UT");
	if (!take_number(text, 2, &hours))
		return false;
	if ((take(text, ':') || !at_end(text)) &&
	    !take_number(text, 2, &minutes))
		return false;
	moment->offset = (hours * 60 + minutes) * (minus ? -60 : 60);
	return hours <= MAX_ZONE_HOURS && minutes <= 59;
}

/* ---- the forms of text ---- */

/* YYYY, -YYYY as SQLite has it, +YYYYYY and -YYYYYY as JavaScript has it */
static bool take_year(struct text *text, int *year)
{
	bool minus = take(text, '-');
	bool plus = !minus && take(text, '+');
	struct text ahead = *text;
	size_t digits = take_digits(&ahead);

	if (digits == 6 ? !minus && !plus : digits != 4 || plus)
		return false;
	if (!take_number(text, (int)digits, year))
		return false;
	if (minus)
		*year = -*year;
	return true;
}

static bool read_iso(struct text text, int64_t *microseconds)
{
	struct moment moment = { .seconds = 0 };

	if (!take_year(&text, &moment.year) || !take(&text, '-') ||
	    !take_number(&text, 2, &moment.month) || !take(&text, '-') ||
	    !take_number(&text, 2, &moment.day))
		return false;
	if (!at_end(&text)) {
		if (!take_word(&text, "T") && !take_blanks(&text))
			return false;
		if (!take_time(&text, &moment))
			return false;
		take_blanks(&text);
		if (!at_end(&text) && !take_zone(&text, &moment))
			return false;
	}
	return at_end(&text) && find_microseconds(&moment, microseconds);
}

/* 29 Feb 2024 */
static bool take_written_date(struct text *text, struct moment *moment)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
					      "May", "Jun", "Jul", "Aug",
					      "Sep", "Oct", "Nov", "Dec" };
	struct text ahead = *text;
	size_t digits = take_digits(&ahead);

	if (digits < 1 || digits > 2 ||
	    !take_number(text, (int)digits, &moment->day) ||
	    !take_blanks(text) ||
	    !take_name(text, months, ARRAY_SIZE(months), &moment->month))
		return false;
	moment->month++;
	return take_blanks(text) && take_number(text, 4, &moment->year);
}

/* [Thu, ]29 Feb 2024 12:30[:00] GMT */
static bool read_rfc2822(struct text text, int64_t *microseconds)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed",
					    "Thu", "Fri", "Sat" };
	struct moment moment = { .seconds = 0 };
	int64_t day;
	int name;
	bool named = take_name(&text, days, ARRAY_SIZE(days), &name);

	if (named && (!take(&text, ',') || !take_blanks(&text)))
		return false;
	if (!take_written_date(&text, &moment) || !take_blanks(&text) ||
	    !take_time(&text, &moment) || !take_blanks(&text) ||
	    !take_zone(&text, &moment) || !at_end(&text))
		return false;
	if (named && (!find_day(&moment, &day) || weekday(day) != name))
		return false;
	return find_microseconds(&moment, microseconds);
}

/* True if the text is a number; *whole if it has no point, no exponent. */
static bool is_number(struct text text, bool *whole)
{
	size_t digits;

	if (!take(&text, '-'))
		take(&text, '+');
	digits = take_digits(&text);
	*whole = at_end(&text);
	if (take(&text, '.'))
		digits += take_digits(&text);
	if (digits > 0 && take_word(&text, "e")) {
		if (!take(&text, '-'))
			take(&text, '+');
		if (take_digits(&text) == 0)
			return false;
	}
	return digits > 0 && at_end(&text);
}

static bool read_number(struct text text, int64_t *microseconds)
{
	char number[MAX_NUMBER + 1];
	size_t length = (size_t)(text.end - text.at);
	long long integer;
	bool whole;

	if (length > MAX_NUMBER || !is_number(text, &whole))
		return false;
	memcpy(number, text.at, length);
	number[length] = '\0';
	if (!whole)
		return read_real(strtod(number, NULL), microseconds);
	errno = 0;
	integer = strtoll(number, NULL, 10);
	return errno == 0 && read_integer(integer, microseconds);
}

static bool read_text(const char *data, size_t size, int64_t *microseconds)
{
	struct text text = { .at = data, .end = data + size };

	take_blanks(&text);
	while (text.end > text.at && is_blank(text.end[-1]))
		text.end--;
	return read_number(text, microseconds) ||
	       read_iso(text, microseconds) || read_rfc2822(text, microseconds);
}

bool timestamp_read(const struct value *value, int64_t *microseconds)
{
	switch (value->type) {
	case VALUE_INTEGER:
		return read_integer(value->integer, microseconds);
	case VALUE_REAL:
		return read_real(value->real, microseconds);
	case VALUE_TEXT:
		return value->size > 0 &&
		       read_text(value->data, value->size, microseconds);
	case VALUE_NULL:
	case VALUE_BLOB:
		break;
	}
	return false;
}
