/* What looks like personal data or a secret, and what does not. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/sensitive.h"
#include "util/compiler.h"

#define NONE NULL

static void names_are_read_word_by_word(void **state)
{
	static const struct {
		const char *name;
		const char *reason;
	} cases[] = {
		{ "email", "e-mail address" },
		{ "EMAIL", "e-mail address" },
		{ "userEmail", "e-mail address" },
		{ "e_mail", "e-mail address" },
		{ "backup-emails", "e-mail address" },
		{ "email2", "e-mail address" },
		{ "E-Mail Adresse", "e-mail address" },
		{ "phone_number", "phone number" },
		{ "Téléphone", "phone number" },
		{ "téléphone", "phone number" },
		{ "firstName", "name of a person" },
		{ "first_name", "name of a person" },
		{ "prénom", "name of a person" },
		{ "addresses", "postal address" },
		{ "straße", "postal address" },
		{ "ip_address", "network address" },
		{ "clientIPAddress", "network address" },
		{ "ipv4", "network address" },
		{ "ip", "network address" },
		{ "date_of_birth", "date of birth" },
		{ "ssn", "number of a person's papers" },
		{ "iban", "bank account or card" },
		{ "card_last4", "bank account or card" },
		{ "passwordHash", "password or what it is checked against" },
		{ "salt", "password or what it is checked against" },
		{ "mot_de_passe", "password or what it is checked against" },
		{ "APIKey", "secret or token" },
		{ "api_key", "secret or token" },
		{ "apikey", "secret or token" },
		{ "refreshToken", "secret or token" },
		{ "session_id", "session or device" },
		{ "lat", "location" },
		{ "gender", "trait of a person" },
		/* what only contains such a word */
		{ "emailing", NONE },
		{ "description", NONE },
		{ "shipping", NONE },
		{ "plate", NONE },
		{ "hashtag", NONE },
		{ "tokenizer", NONE },
		{ "scardinal", NONE },
		{ "long_text", NONE },
		{ "name", NONE },
		{ "city", NONE },
		{ "color", NONE },
		{ "id", NONE },
		{ "", NONE },
		{ "___", NONE },
		{ "42", NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *reason = sensitive_name(cases[i].name);

		if (!reason || !cases[i].reason) {
			if (reason != cases[i].reason)
				fail_msg("'%s' is %s", cases[i].name,
					 reason ? reason : "nothing");
		} else if (strcmp(reason, cases[i].reason) != 0) {
			fail_msg("'%s' is %s", cases[i].name, reason);
		}
	}
}

static void endless_names_are_read_in_part(void **state)
{
	char name[4096];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_null(sensitive_name(name));
	for (size_t i = 1; i < sizeof(name) - 1; i += 2)
		name[i] = '_';
	assert_null(sensitive_name(name));
	memset(name, 'A', sizeof(name) - 1);
	assert_null(sensitive_name(name));
}

static enum sensitive_kind kind_of(const char *text)
{
	struct value value = { .type = VALUE_TEXT };

	value.data = text;
	value.size = strlen(text);
	return sensitive_value(&value);
}

/* (In pieces, so that nobody who looks for leaked tokens finds one here.) */
static void texts_are_known_by_their_shape(void **state)
{
	static const struct {
		const char *text;
		enum sensitive_kind kind;
	} cases[] = {
		{ "ada@example.com", SENSITIVE_EMAIL },
		{ "Ada Lovelace <ada.l+x@mail.example.co.uk>",
		  SENSITIVE_EMAIL },
		{ "{\"to\":\"ada@example.com\"}", SENSITIVE_EMAIL },
		{ "Write to ada@example.com.", SENSITIVE_EMAIL },
		{ "logo@2x.png", SENSITIVE_NOTHING },
		{ "lodash@4.17.21", SENSITIVE_NOTHING },
		{ "root@localhost", SENSITIVE_NOTHING },
		{ "@example.com", SENSITIVE_NOTHING },
		{ "meet @ noon.today", SENSITIVE_NOTHING },
		{ "a@", SENSITIVE_NOTHING },
		{ "@", SENSITIVE_NOTHING },
		{ "a@b.c", SENSITIVE_NOTHING },
		{ "$2b$"
		  "12$abcdefghijklmnopqrstuv",
		  SENSITIVE_PASSWORD },
		{ "$argon2id$"
		  "v=19$m=65536,t=3,p=4$c2FsdA",
		  SENSITIVE_PASSWORD },
		{ "$2b$", SENSITIVE_NOTHING },
		{ "-----BEGIN "
		  "RSA PRIVATE KEY-----\nMIIE",
		  SENSITIVE_PRIVATE_KEY },
		{ "-----BEGIN "
		  "PUBLIC KEY-----\nMIIE",
		  SENSITIVE_NOTHING },
		{ "eyJ"
		  "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
		  SENSITIVE_JWT },
		{ "Bearer eyJ"
		  "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbg",
		  SENSITIVE_JWT },
		{ "eyJ"
		  "hbGciOiJIUzI1NiJ9",
		  SENSITIVE_NOTHING },
		{ "sk_"
		  "live_abcdefghij0123",
		  SENSITIVE_TOKEN },
		{ "{\"t\":\"ghp_"
		  "0123456789abcdefghijABCDEFGHIJ012345\"}",
		  SENSITIVE_TOKEN },
		{ "AKIA"
		  "IOSFODNN7EXAMPLE",
		  SENSITIVE_TOKEN },
		{ "AKIA", SENSITIVE_NOTHING },
		{ "task_"
		  "live_abcdefghij0123",
		  SENSITIVE_NOTHING },
		{ "DE89 3704 0044 0532 0130 00", SENSITIVE_IBAN },
		{ "GB82WEST12345698765432", SENSITIVE_IBAN },
		{ "GB82WEST12345698765433", SENSITIVE_NOTHING },
		{ "4111 1111 1111 1111", SENSITIVE_CARD },
		{ "4111-1111-1111-1112", SENSITIVE_NOTHING },
		{ "378282246310005", SENSITIVE_CARD },
		{ "1700000000000", SENSITIVE_NOTHING },
		{ "#b50b30", SENSITIVE_NOTHING },
		{ "M44", SENSITIVE_NOTHING },
		{ "", SENSITIVE_NOTHING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum sensitive_kind kind = kind_of(cases[i].text);

		if (kind != cases[i].kind)
			fail_msg("'%s' is kind %d", cases[i].text, (int)kind);
	}
}

static void other_types_are_looked_at_where_they_can_tell(void **state)
{
	struct value value = { .type = VALUE_INTEGER };

	(void)state;
	value.integer = INT64_C(4111111111111111);
	assert_int_equal(sensitive_value(&value), SENSITIVE_CARD);
	value.integer = INT64_C(4111111111111112);
	assert_int_equal(sensitive_value(&value), SENSITIVE_NOTHING);
	value.integer = INT64_MAX;
	assert_int_equal(sensitive_value(&value), SENSITIVE_NOTHING);
	value.integer = INT64_MIN;
	assert_int_equal(sensitive_value(&value), SENSITIVE_NOTHING);
	value.type = VALUE_NULL;
	assert_int_equal(sensitive_value(&value), SENSITIVE_NOTHING);
	value.type = VALUE_BLOB;
	value.data = "ada@example.com";
	value.size = 15;
	assert_int_equal(sensitive_value(&value), SENSITIVE_NOTHING);
	value.type = VALUE_TEXT;
	value.data = NULL;
	value.size = 0;
	assert_int_equal(sensitive_value(&value), SENSITIVE_NOTHING);
}

static void add_text(struct sensitive_tally *tally, const char *text)
{
	struct value value = { .type = VALUE_TEXT };

	value.data = text;
	value.size = strlen(text);
	sensitive_add(tally, &value);
}

static void one_address_tells_but_one_number_does_not(void **state)
{
	struct sensitive_tally tally = { .count = 0 };
	const struct value null = { .type = VALUE_NULL };

	(void)state;
	assert_null(sensitive_found(&tally));
	sensitive_add(&tally, &null);
	add_text(&tally, "4111111111111112");
	add_text(&tally, "4111111111111111");
	assert_null(sensitive_found(&tally));
	add_text(&tally, "378282246310005");
	assert_string_equal(sensitive_found(&tally), "card number");
	for (int i = 0; i < 100; i++)
		add_text(&tally, "nothing");
	assert_null(sensitive_found(&tally));
	add_text(&tally, "ada@example.com");
	assert_string_equal(sensitive_found(&tally), "e-mail address");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_word_by_word),
		cmocka_unit_test(endless_names_are_read_in_part),
		cmocka_unit_test(texts_are_known_by_their_shape),
		cmocka_unit_test(other_types_are_looked_at_where_they_can_tell),
		cmocka_unit_test(one_address_tells_but_one_number_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
