#include "config.h"

#include "model/number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/compiler.h"

enum {
	SAFE_DIGITS = 15,	 /* any decimal of these survives a double */
	MAX_DIGITS = 17,	 /* any double survives a decimal of these */
	EXACT_TENS = 22,	 /* 10^22 is a double, 10^23 is none */
	EXACT_FIVES = 27,	 /* 5^27 fits 64 bits */
	UINT64_SAFE_DIGITS = 19, /* any number of these fits uint64_t */
};

/* digits * 10^(exponent + 1 - count): d.ddd times 10^exponent */
struct decimal {
	uint64_t digits; /* without zeros at the end */
	int count;
	int exponent;
};

/* False where a double is rounded once more when it is stored (x87). */
#define ROUNDS_ONCE (FLT_EVAL_METHOD == 0)

static const double tens[EXACT_TENS + 1] = {
	1e0,  1e1,  1e2,  1e3,	1e4,  1e5,  1e6,  1e7,	1e8,  1e9,  1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* ---- the shortest decimal ---- */

/* The decimal `digits` * 10^-scale. */
static void set_decimal(struct decimal *decimal, uint64_t digits, int scale)
{
	/* each step is taken once: 64 bits have no more than 19 zeros */
	static const struct {
		uint64_t power;
		int zeros;
	} steps[] = { { 100000000, 8 },
		      { 100000000, 8 },
		      { 10000, 4 },
		      { 100, 2 },
		      { 10, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (digits % steps[i].power == 0) {
			digits /= steps[i].power;
			scale -= steps[i].zeros;
		}
	}
	decimal->digits = digits;
	decimal->count = 0;
	for (; digits; digits /= 10)
		decimal->count++;
	decimal->exponent = decimal->count - 1 - scale;
}

/*
 * Finds the decimal of at most 15 digits that reads back to `real`, if there
 * is one, with two roundings that are known to be harmless: a product next to
 * a whole number rounds to it, and the quotient of two exact doubles is what
 * the decimal reads as (Clinger, "How to read floating point numbers
 * accurately", 1990).
 */
static bool find_safe(struct decimal *decimal, double real, int scale)
{
	uint64_t digits;

	if (!ROUNDS_ONCE || scale < 0 || scale > EXACT_TENS)
		return false;
	digits = (uint64_t)(real * tens[scale] + 0.5);
	if (digits > (uint64_t)1e15 || (double)digits / tens[scale] != real)
		return false;
	set_decimal(decimal, digits, scale);
	return true;
}

#ifdef __SIZEOF_INT128__

/*
 * A real as a whole number of 2^-shift parts of 10^-scale, and how far what
 * still reads back to it may be away. Nothing in it is rounded.
 */
struct scaled {
	unsigned __int128 parts;
	unsigned __int128 below;
	unsigned __int128 above;
	int shift;
	int scale;
	bool even; /* what is just as far away reads back to it, too */
};

static void scale_exactly(struct scaled *scaled, double real, int scale)
{
	uint64_t five = 1;
	int exponent;
	uint64_t mantissa = (uint64_t)ldexp(frexp(real, &exponent), 53);

	for (int i = 0; i < scale; i++)
		five *= 5;
	/* quarters: the gap below a power of two is half as wide */
	scaled->shift = 53 - exponent - scale + 2;
	scaled->parts = (unsigned __int128)mantissa * five << 2;
	scaled->above = (unsigned __int128)five << 1;
	scaled->below = scaled->above;
	if (mantissa == (uint64_t)1 << 52)
		scaled->below = five;
	if (scaled->shift < 0) {
		scaled->parts <<= -scaled->shift;
		scaled->above <<= -scaled->shift;
		scaled->below <<= -scaled->shift;
		scaled->shift = 0;
	}
	scaled->scale = scale;
	scaled->even = mantissa % 2 == 0;
}

/* The multiple of `unit` that is nearest, the even one of two, in units. */
static uint64_t nearest(const struct scaled *scaled, uint64_t unit)
{
	uint64_t count = (uint64_t)(scaled->parts >> scaled->shift) / unit;
	unsigned __int128 step = (unsigned __int128)unit << scaled->shift;
	unsigned __int128 twice = (scaled->parts - count * step) * 2;

	if (twice > step || (twice == step && count % 2))
		count++;
	return count;
}

static bool reads_back(const struct scaled *scaled, uint64_t whole)
{
	unsigned __int128 parts = (unsigned __int128)whole << scaled->shift;
	unsigned __int128 distance, allowed;

	if (parts < scaled->parts) {
		distance = scaled->parts - parts;
		allowed = scaled->below;
	} else {
		distance = parts - scaled->parts;
		allowed = scaled->above;
	}
	return distance < allowed || (distance == allowed && scaled->even);
}

/* Finds the shortest decimal of the real; false if it is out of range. */
static bool find_exactly(struct decimal *decimal, double real, int scale)
{
	const uint64_t end = 100000000000000000; /* 18 digits */
	struct scaled scaled;

	if (real < 0x1p-1000 || scale < 0 || scale > EXACT_FIVES)
		return false;
	scale_exactly(&scaled, real, scale);
	if (scaled.parts >> scaled.shift >= end ||
	    scaled.parts >> scaled.shift < end / 10)
		return false;
	for (uint64_t unit = 100; unit >= 10; unit /= 10) {
		uint64_t count = nearest(&scaled, unit);

		/* The gap above a power of two is wider than that below, so
		 * that the next one may do though the nearest does not. */
		for (int i = 0; i < 2; i++, count++) {
			if (reads_back(&scaled, count * unit)) {
				set_decimal(decimal, count * unit, scale);
				return true;
			}
		}
	}
	set_decimal(decimal, nearest(&scaled, 1), scale);
	return true;
}

#else

static bool find_exactly(struct decimal *decimal, double real, int scale)
{
	(void)decimal;
	(void)real;
	(void)scale;
	return false;
}

#endif

/* The number in "d.ddde+xx". */
static void parse_decimal(struct decimal *decimal, const char *text)
{
	uint64_t digits = 0;
	int count = 0;

	for (; *text != 'e'; text++) {
		if (*text != '.') {
			digits = digits * 10 + (uint64_t)(*text - '0');
			count++;
		}
	}
	set_decimal(decimal, digits,
		    count - 1 - (int)strtol(text + 1, NULL, 10));
}

/* The same by trial, for the very large and the very small. */
static void find_by_trial(struct decimal *decimal, double real)
{
	char text[NUMBER_MAX_SIZE];
	/* subnormals have fewer digits than others */
	int precision = real < 0x1p-1022 ? 1 : SAFE_DIGITS;

	for (; precision < MAX_DIGITS; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision - 1, real);
		if (strtod(text, NULL) == real)
			goto out;
	}
	snprintf(text, sizeof(text), "%.15e", real);
	if (text[16] < '9') {
		text[16]++;
		if (strtod(text, NULL) == real)
			goto out;
	}
	snprintf(text, sizeof(text), "%.16e", real);
out:
	parse_decimal(decimal, text);
}

/* The decimal exponent; next to a power of ten it may be that of the other. */
static int exponent_of(double real)
{
	int exponent, guess;

	frexp(real, &exponent);
	/* floor((exponent - 1) * log10(2)), or one less than what is wanted */
	guess = (int)(((int64_t)(exponent - 1) * 78913) >> 18);
	if (guess + 1 >= 0 && guess + 1 <= EXACT_TENS)
		return guess + (real >= tens[guess + 1]);
	if (guess + 1 < 0 && guess + 1 >= -EXACT_TENS)
		return guess + (real * tens[-guess - 1] >= 1);
	return (int)floor(log10(real));
}

/* The fewest digits that read back to the finite, positive `real`. */
static void find_shortest(struct decimal *decimal, double real)
{
	/* makes a whole number of 15 digits of it, or of 14 or 16 */
	int scale = SAFE_DIGITS - 1 - exponent_of(real);

	if (!find_safe(decimal, real, scale) &&
	    !find_exactly(decimal, real, scale + MAX_DIGITS - SAFE_DIGITS))
		find_by_trial(decimal, real);
}

/* ---- writing ---- */

static const char pairs[] =
	"00010203040506070809101112131415161718192021222324"
	"25262728293031323334353637383940414243444546474849"
	"50515253545556575859606162636465666768697071727374"
	"75767778798081828384858687888990919293949596979899";

static char *write_integer(char *out, uint64_t number)
{
	char digits[NUMBER_MAX_SIZE];
	char *start = digits + sizeof(digits);
	size_t size;

	for (; number >= 100; number /= 100) {
		start -= 2;
		memcpy(start, &pairs[2 * (number % 100)], 2);
	}
	if (number >= 10)
		*--start = (char)('0' + number % 10);
	*--start = (char)('0' + (number >= 10 ? number / 10 : number));
	size = (size_t)(digits + sizeof(digits) - start);
	memcpy(out, start, size);
	return out + size;
}

static char *write_scientific(char *out, const struct decimal *decimal)
{
	char *first = out;
	int exponent = decimal->exponent;

	out = write_integer(out + 1, decimal->digits);
	first[0] = first[1];
	if (decimal->count == 1)
		out = first + 1;
	else
		first[1] = '.';
	*out++ = 'e';
	if (exponent < 0)
		*out++ = '-';
	return write_integer(out,
			     (uint64_t)(exponent < 0 ? -exponent : exponent));
}

/* Writes a plain decimal, or one with a bare exponent. */
static char *write_decimal(char *out, const struct decimal *decimal)
{
	int whole = decimal->exponent + 1; /* digits before the point */
	int zeros = whole - decimal->count;

	if (decimal->exponent < -5 || decimal->exponent > 15)
		return write_scientific(out, decimal);
	if (whole <= 0) {
		memset(out, '0', 6);
		out[1] = '.';
		return write_integer(out + 2 - whole, decimal->digits);
	}
	if (zeros >= 0) {
		out = write_integer(out, decimal->digits);
		memset(out, '0', (size_t)zeros);
		memcpy(out + zeros, ".0", 2);
		return out + zeros + 2;
	}
	write_integer(out + 1, decimal->digits);
	memmove(out, out + 1, (size_t)whole);
	out[whole] = '.';
	return out + decimal->count + 1;
}

static char *write_real(char *out, double real)
{
	struct decimal decimal;

	if (signbit(real)) {
		*out++ = '-';
		real = -real;
	}
	if (isinf(real)) {
		memcpy(out, "9e999", 5);
		return out + 5;
	}
	if (!(real > 0)) {
		memcpy(out, "0.0", 3);
		return out + 3;
	}
	find_shortest(&decimal, real);
	return write_decimal(out, &decimal);
}

size_t number_write(char text[NUMBER_MAX_SIZE], const struct value *value)
{
	char *end = text;

	if (value->type == VALUE_REAL) {
		end = write_real(text, value->real);
	} else if (value->integer < 0) {
		*end++ = '-';
		end = write_integer(end, -(uint64_t)value->integer);
	} else {
		end = write_integer(end, (uint64_t)value->integer);
	}
	*end = '\0';
	return (size_t)(end - text);
}

/* ---- reading ---- */

/* What a number's text consists of. */
struct number {
	bool negative;
	bool real;
	uint64_t digits; /* all of them as one number, if there are few */
	size_t count;	 /* of the digits, without zeros at the start */
	size_t fraction; /* digits after the point */
	int exponent;	 /* after the `e`; large ones are cut */
};

/* Takes the digits at the start; how many they are. */
static size_t scan_digits(struct number *number, const char *text, size_t size)
{
	size_t at = 0;

	for (; at < size && text[at] >= '0' && text[at] <= '9'; at++) {
		number->digits =
			number->digits * 10 + (uint64_t)(text[at] - '0');
		number->count += number->count > 0 || text[at] != '0';
	}
	return at;
}

/* Takes "e-12"; its length, 0 if there is none. */
static size_t scan_exponent(struct number *number, const char *text,
			    size_t size)
{
	size_t start = size > 1 && text[1] == '-' ? 2 : 1;
	size_t at = start;

	for (; at < size && text[at] >= '0' && text[at] <= '9'; at++)
		if (number->exponent < 10000)
			number->exponent =
				number->exponent * 10 + text[at] - '0';
	if (start == 2)
		number->exponent = -number->exponent;
	return at > start ? at : 0;
}

/* Length of the number at the start, 0 if there is none. */
static size_t scan_number(struct number *number, const char *text, size_t size)
{
	size_t length;
	size_t at = 0;

	*number = (struct number){ .negative = size > 0 && text[0] == '-' };
	at += number->negative;
	length = scan_digits(number, text + at, size - at);
	if (length == 0)
		return 0;
	at += length;
	if (at < size && text[at] == '.') {
		at++;
		length = scan_digits(number, text + at, size - at);
		if (length == 0)
			return 0;
		at += length;
		number->fraction = length;
		number->real = true;
	}
	if (at < size && text[at] == 'e') {
		length = scan_exponent(number, text + at, size - at);
		if (length == 0)
			return 0;
		at += length;
		number->real = true;
	}
	return at;
}

static size_t read_integer(struct value *value, const struct number *number,
			   size_t length)
{
	uint64_t limit = (uint64_t)INT64_MAX + number->negative;

	if (number->count > UINT64_SAFE_DIGITS || number->digits > limit)
		return 0;
	/* 007 and -0 have more digits than their value has */
	if (length != number->count + number->negative &&
	    (length != 1 || number->digits))
		return 0;
	value->type = VALUE_INTEGER;
	value->integer =
		(int64_t)(number->negative ? -number->digits : number->digits);
	return length;
}

/*
 * True if it is seen without writing the real that this is its text: no two
 * decimals of so few digits read as the same double, so that none is shorter.
 */
static bool is_shortest(const struct number *number, const char *text,
			size_t length)
{
	size_t whole = length - number->negative - 1 - number->fraction;
	const char *first = text + number->negative;

	if (number->fraction == 0 || number->exponent != 0 ||
	    first[whole] != '.' || number->count == 0 ||
	    number->count > SAFE_DIGITS)
		return false;
	if (*first == '0' &&
	    (whole > 1 || number->fraction > number->count + 4))
		return false;
	return text[length - 1] != '0' || number->fraction == 1;
}

static size_t read_real(struct value *value, const struct number *number,
			const char *text, size_t length)
{
	char copy[NUMBER_MAX_SIZE];
	int scale = (int)number->fraction - number->exponent;

	value->type = VALUE_REAL;
	if (ROUNDS_ONCE && number->count <= SAFE_DIGITS && scale >= 0 &&
	    scale <= EXACT_TENS) {
		value->real = (double)number->digits / tens[scale];
		if (number->negative)
			value->real = -value->real;
	} else {
		memcpy(copy, text, length);
		copy[length] = '\0';
		value->real = strtod(copy, NULL);
	}
	if (ROUNDS_ONCE && is_shortest(number, text, length))
		return length;
	if (number_write(copy, value) != length ||
	    memcmp(copy, text, length) != 0)
		return 0;
	return length;
}

size_t number_read(struct value *value, const char *text, size_t size)
{
	struct number number;
	size_t length = scan_number(&number, text, size);

	if (length == 0 || length >= NUMBER_MAX_SIZE)
		return 0;
	if (number.real)
		return read_real(value, &number, text, length);
	return read_integer(value, &number, length);
}

/* ---- parts ---- */

void number_split(double real, int64_t *mantissa, int *exponent)
{
	enum { MANTISSA_BITS = 53, LEAST_EXPONENT = -1074 };
	double fraction = frexp(real, exponent);

	*exponent -= MANTISSA_BITS;
	if (*exponent < LEAST_EXPONENT) {
		/* a subnormal: its last bits are zero */
		fraction = ldexp(fraction, *exponent - LEAST_EXPONENT);
		*exponent = LEAST_EXPONENT;
	}
	*mantissa = (int64_t)ldexp(fraction, MANTISSA_BITS);
}
