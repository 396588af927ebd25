#include "config.h"

#include "model/sensitive.h"

#include <stdbool.h>
#include <string.h>

#include "util/compiler.h"
#include "util/text.h"

/* ---- names ---- */

static const char email[] = "e-mail address";
static const char phone[] = "phone number";
static const char person[] = "name of a person";
static const char address[] = "postal address";
static const char birth[] = "date of birth";
static const char identity[] = "number of a person's papers";
static const char bank[] = "bank account or card";
static const char password[] = "password or what it is checked against";
static const char secret[] = "secret or token";
static const char session[] = "session or device";
static const char network[] = "network address";
static const char location[] = "location";
static const char trait[] = "trait of a person";

/*
 * Several words stand here as one: `apikey` is found in api_key, apiKey and
 * apikey. Plurals are found as well.
 */
static const struct {
	const char *word;
	const char *reason;
} words[] = {
	{ "email", email },
	{ "mail", email },
	{ "emailaddress", email },
	{ "mailadresse", email },
	{ "correo", email },
	{ "courriel", email },

	{ "phone", phone },
	{ "phonenumber", phone },
	{ "telephone", phone },
	{ "telefon", phone },
	{ "telefonnummer", phone },
	{ "telefono", phone },
	{ "telefone", phone },
	{ "telefoon", phone },
	{ "téléphone", phone },
	{ "teléfono", phone },
	{ "tel", phone },
	{ "mobile", phone },
	{ "mobil", phone },
	{ "mobilnummer", phone },
	{ "handynummer", phone },
	{ "cellphone", phone },
	{ "celular", phone },
	{ "movil", phone },
	{ "móvil", phone },
	{ "whatsapp", phone },
	{ "fax", phone },

	{ "firstname", person },
	{ "fname", person },
	{ "forename", person },
	{ "givenname", person },
	{ "middlename", person },
	{ "lastname", person },
	{ "lname", person },
	{ "surname", person },
	{ "familyname", person },
	{ "maidenname", person },
	{ "fullname", person },
	{ "realname", person },
	{ "legalname", person },
	{ "vorname", person },
	{ "nachname", person },
	{ "familienname", person },
	{ "prenom", person },
	{ "prénom", person },
	{ "nomdefamille", person },
	{ "apellido", person },
	{ "cognome", person },
	{ "sobrenome", person },
	{ "voornaam", person },
	{ "achternaam", person },

	{ "address", address },
	{ "addr", address },
	{ "adresse", address },
	{ "adres", address },
	{ "anschrift", address },
	{ "direccion", address },
	{ "dirección", address },
	{ "indirizzo", address },
	{ "endereco", address },
	{ "endereço", address },
	{ "street", address },
	{ "strasse", address },
	{ "straße", address },
	{ "hausnummer", address },
	{ "zip", address },
	{ "zipcode", address },
	{ "postcode", address },
	{ "postalcode", address },
	{ "postleitzahl", address },
	{ "plz", address },

	{ "birth", birth },
	{ "birthday", birth },
	{ "birthdate", birth },
	{ "dob", birth },
	{ "geburtstag", birth },
	{ "geburtsdatum", birth },
	{ "naissance", birth },
	{ "nacimiento", birth },
	{ "nascita", birth },
	{ "nascimento", birth },
	{ "geboortedatum", birth },

	{ "ssn", identity },
	{ "socialsecurity", identity },
	{ "socialsecuritynumber", identity },
	{ "nationalid", identity },
	{ "taxid", identity },
	{ "taxnumber", identity },
	{ "steuernummer", identity },
	{ "steuerid", identity },
	{ "passport", identity },
	{ "reisepass", identity },
	{ "passeport", identity },
	{ "pasaporte", identity },
	{ "driverlicense", identity },
	{ "driverslicense", identity },
	{ "ausweisnummer", identity },
	{ "dni", identity },
	{ "cpf", identity },
	{ "bsn", identity },

	{ "iban", bank },
	{ "bic", bank },
	{ "bankaccount", bank },
	{ "accountnumber", bank },
	{ "routingnumber", bank },
	{ "sortcode", bank },
	{ "kontonummer", bank },
	{ "card", bank },
	{ "cardnumber", bank },
	{ "creditcard", bank },
	{ "kreditkarte", bank },
	{ "cvc", bank },
	{ "cvv", bank },

	{ "password", password },
	{ "passwd", password },
	{ "pwd", password },
	{ "passphrase", password },
	{ "passcode", password },
	{ "passwort", password },
	{ "kennwort", password },
	{ "motdepasse", password },
	{ "contrasena", password },
	{ "contraseña", password },
	{ "senha", password },
	{ "wachtwoord", password },
	{ "hash", password },
	{ "salt", password },
	{ "pincode", password },

	{ "secret", secret },
	{ "token", secret },
	{ "jwt", secret },
	{ "apikey", secret },
	{ "accesskey", secret },
	{ "secretkey", secret },
	{ "privatekey", secret },
	{ "encryptionkey", secret },
	{ "credential", secret },
	{ "otp", secret },
	{ "totp", secret },
	{ "recoverycode", secret },
	{ "backupcode", secret },
	{ "oauth", secret },

	{ "session", session },
	{ "sessionid", session },
	{ "cookie", session },
	{ "csrf", session },
	{ "useragent", session },
	{ "fingerprint", session },
	{ "deviceid", session },

	{ "ip", network },
	{ "ipaddress", network },
	{ "ipaddr", network },
	{ "ipv", network },
	{ "macaddress", network },

	{ "lat", location },
	{ "latitude", location },
	{ "lon", location },
	{ "lng", location },
	{ "longitude", location },
	{ "gps", location },
	{ "geolocation", location },
	{ "coordinates", location },

	{ "gender", trait },
	{ "geschlecht", trait },
	{ "religion", trait },
	{ "ethnicity", trait },
	{ "salary", trait },
	{ "gehalt", trait },
	{ "diagnosis", trait },
};

enum {
	MAX_NAME = 256,	 /* bytes of a name that are looked at */
	MAX_WORDS = 32,	 /* words in a name */
	MAX_JOINED = 4,	 /* words that make one of the table */
	MAX_TEXT = 8192, /* bytes of a value that are looked at */
};

/* A name in lower case without what stands between its words. */
struct name_words {
	char letters[MAX_NAME];
	size_t starts[MAX_WORDS + 1]; /* and where the last one ends */
	size_t count;
};

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Letters of other scripts count as lower case. */
static bool is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool is_letter(char c)
{
	return is_upper(c) || is_lower(c);
}

static bool is_alphanumeric(char c)
{
	return is_letter(c) || is_digit(c);
}

/* True if a word begins at `at`: in userEmail, HTMLPage, user_email. */
static bool begins_word(const char *name, size_t at)
{
	if (at == 0 || !is_letter(name[at - 1]))
		return true;
	if (!is_upper(name[at]))
		return false;
	return is_lower(name[at - 1]) || is_lower(name[at + 1]);
}

static void split_name(struct name_words *split, const char *name)
{
	size_t length = 0;

	split->count = 0;
	for (size_t at = 0; name[at] && at < MAX_NAME; at++) {
		char c = name[at];

		if (!is_letter(c))
			continue;
		if (begins_word(name, at)) {
			if (split->count == MAX_WORDS)
				break;
			split->starts[split->count++] = length;
		}
		split->letters[length++] =
			is_upper(c) ? (char)(c - 'A' + 'a') : c;
	}
	split->starts[split->count] = length;
}

/* True if the letters are the word, or its plural. */
static bool is_word(const char *letters, size_t size, const char *word)
{
	if (!text_take(&letters, &size, word))
		return false;
	return size == 0 || (size == 1 && *letters == 's') ||
	       (size == 2 && memcmp(letters, "es", 2) == 0);
}

static const char *find_word(const char *letters, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (is_word(letters, size, words[i].word))
			return words[i].reason;
	return NULL;
}

const char *sensitive_name(const char *column)
{
	struct name_words split;

	split_name(&split, column);
	/* ip_address is no postal address: more words say more */
	for (size_t joined = MAX_JOINED; joined > 0; joined--) {
		for (size_t i = 0; i + joined <= split.count; i++) {
			size_t start = split.starts[i];
			const char *reason =
				find_word(split.letters + start,
					  split.starts[i + joined] - start);

			if (reason)
				return reason;
		}
	}
	return NULL;
}

/* ---- values ---- */

struct text {
	const char *data;
	size_t size;
};

static bool starts_with(const struct text *text, size_t at, const char *prefix)
{
	return text_begins(text->data + at, text->size - at, prefix);
}

/* True for characters of base64url, of which most tokens are made. */
static bool is_token_char(char c)
{
	return (is_alphanumeric(c) && (unsigned char)c < 0x80) || c == '_' ||
	       c == '-';
}

static size_t token_length(const struct text *text, size_t at)
{
	size_t start = at;

	while (at < text->size && is_token_char(text->data[at]))
		at++;
	return at - start;
}

static bool is_email_char(char c)
{
	return is_token_char(c) || (unsigned char)c >= 0x80 || c == '.' ||
	       c == '+';
}

/* What follows an @ in names of files, such as logo@2x.png. */
static bool is_file_suffix(const char *suffix, size_t size)
{
	static const char *const suffixes[] = { "png",	"jpg", "jpeg", "gif",
						"svg",	"css", "js",   "json",
						"webp", "avif" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (size == strlen(suffixes[i]) &&
		    memcmp(suffixes[i], suffix, size) == 0)
			return true;
	return false;
}

/* "@", labels with dots between them, the last one of two letters or more. */
static bool is_domain(const struct text *text, size_t at)
{
	size_t label = at, dots = 0, end = at;

	while (end < text->size &&
	       (is_alphanumeric(text->data[end]) || text->data[end] == '-' ||
		text->data[end] == '.')) {
		/* a full stop behind the address ends a sentence */
		if (text->data[end] == '.') {
			if (end + 1 == text->size ||
			    !is_alphanumeric(text->data[end + 1]))
				break;
			dots++;
			label = end + 1;
		}
		end++;
	}
	if (dots == 0 || end - label < 2)
		return false;
	for (size_t i = label; i < end; i++)
		if (!is_letter(text->data[i]))
			return false;
	return !is_file_suffix(text->data + label, end - label);
}

static bool has_email(const struct text *text)
{
	for (size_t at = 1; at + 1 < text->size; at++)
		if (text->data[at] == '@' &&
		    is_email_char(text->data[at - 1]) &&
		    is_domain(text, at + 1))
			return true;
	return false;
}

static bool is_password_hash(const struct text *text)
{
	static const char *const prefixes[] = {
		"$2a$",	     "$2b$",	   "$2x$",     "$2y$",
		"$argon2i$", "$argon2id$", "$argon2d", "$5$",
		"$6$",	     "$y$",	   "$scrypt$", "$pbkdf2",
		"{SSHA",     "pbkdf2_sha", "scrypt:",  "pbkdf2:"
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (starts_with(text, 0, prefixes[i]) && text->size >= 20)
			return true;
	return false;
}

/* Three parts of base64url, the first of which is a JSON object. */
static bool is_jwt(const struct text *text, size_t at)
{
	if (!starts_with(text, at, "eyJ"))
		return false;
	for (int part = 0; part < 2; part++) {
		size_t length = token_length(text, at);

		at += length;
		if (length < 8 || at == text->size || text->data[at] != '.')
			return false;
		at++;
	}
	return true;
}

/* How tokens of services begin, and how many characters follow at least. */
static const struct {
	const char *prefix;
	size_t rest;
} issued[] = {
	{ "sk_live_", 10 },    { "sk_test_", 10 }, { "rk_live_", 10 },
	{ "whsec_", 16 },      { "ghp_", 30 },	   { "gho_", 30 },
	{ "ghu_", 30 },	       { "ghs_", 30 },	   { "ghr_", 30 },
	{ "github_pat_", 20 }, { "glpat-", 16 },   { "AKIA", 16 },
	{ "ASIA", 16 },	       { "AIza", 30 },	   { "xoxb-", 16 },
	{ "xoxp-", 16 },       { "xapp-", 16 },	   { "npm_", 30 },
	{ "sk-ant-", 16 },     { "sk-proj-", 16 }, { "hf_", 30 },
	{ "dop_v1_", 30 },     { "shpat_", 16 },   { "SG.", 16 },
	{ "pypi-", 30 },
};

static bool is_issued_token(const struct text *text, size_t at)
{
	for (size_t i = 0; i < ARRAY_SIZE(issued); i++)
		if (starts_with(text, at, issued[i].prefix) &&
		    token_length(text, at + strlen(issued[i].prefix)) >=
			    issued[i].rest)
			return true;
	return false;
}

/* A token may stand anywhere, in JSON for example, but not within a word. */
static enum sensitive_kind find_token(const struct text *text)
{
	for (size_t at = 0; at < text->size; at++) {
		char c = text->data[at];

		if (c == '-' && starts_with(text, at, "-----BEGIN ") &&
		    memmem(text->data + at, text->size - at, "PRIVATE KEY", 11))
			return SENSITIVE_PRIVATE_KEY;
		if (at > 0 && is_token_char(text->data[at - 1]))
			continue;
		if (c == 'e' && is_jwt(text, at))
			return SENSITIVE_JWT;
		if (is_letter(c) && is_issued_token(text, at))
			return SENSITIVE_TOKEN;
	}
	return SENSITIVE_NOTHING;
}

/*
 * Copies letters and digits, without the blanks and hyphens that group them.
 * 0 if there is anything else, or more than fits.
 */
static size_t ungroup(char *out, size_t room, const struct text *text)
{
	size_t size = 0;

	for (size_t i = 0; i < text->size; i++) {
		char c = text->data[i];

		if (c == ' ' || c == '-')
			continue;
		if ((unsigned char)c >= 0x80 || !is_alphanumeric(c) ||
		    size == room)
			return 0;
		out[size++] = c;
	}
	return size;
}

/* ISO 13616: the first four moved to the end, letters as 10 to 35, mod 97. */
static bool is_iban(const struct text *text)
{
	char iban[34];
	size_t size = ungroup(iban, sizeof(iban), text);
	unsigned int rest = 0;

	if (size < 15 || !is_upper(iban[0]) || !is_upper(iban[1]) ||
	    !is_digit(iban[2]) || !is_digit(iban[3]))
		return false;
	for (size_t i = 0; i < size; i++) {
		char c = iban[(i + 4) % size];

		if (is_digit(c))
			rest = (rest * 10 + (unsigned int)(c - '0')) % 97;
		else if (is_upper(c))
			rest = (rest * 100 + (unsigned int)(c - 'A' + 10)) % 97;
		else
			return false;
	}
	return rest == 1;
}

/* 13 to 19 digits, with the check digit of ISO 7812 (Luhn). */
static bool is_card(const struct text *text)
{
	char digits[19];
	size_t size = ungroup(digits, sizeof(digits), text);
	unsigned int sum = 0;

	/* no card begins with 0, 1, 7, 8 or 9; times in milliseconds do */
	if (size < 13 || digits[0] < '2' || digits[0] > '6')
		return false;
	for (size_t i = 0; i < size; i++) {
		unsigned int digit;

		if (!is_digit(digits[size - 1 - i]))
			return false;
		digit = (unsigned int)(digits[size - 1 - i] - '0');
		if (i % 2 == 1)
			digit = digit > 4 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	return sum % 10 == 0;
}

static enum sensitive_kind kind_of_text(const struct text *text)
{
	if (is_password_hash(text))
		return SENSITIVE_PASSWORD;
	if (is_iban(text))
		return SENSITIVE_IBAN;
	if (is_card(text))
		return SENSITIVE_CARD;
	if (has_email(text))
		return SENSITIVE_EMAIL;
	return find_token(text);
}

static enum sensitive_kind kind_of_integer(int64_t integer)
{
	char digits[19];
	struct text text = { .size = 0 };
	size_t at = sizeof(digits);

	for (; integer > 0 && at > 0; integer /= 10)
		digits[--at] = (char)('0' + integer % 10);
	text.data = digits + at;
	text.size = sizeof(digits) - at;
	return is_card(&text) ? SENSITIVE_CARD : SENSITIVE_NOTHING;
}

enum sensitive_kind sensitive_value(const struct value *value)
{
	struct text text;

	if (value->type == VALUE_INTEGER)
		return kind_of_integer(value->integer);
	if (value->type != VALUE_TEXT || value->size == 0)
		return SENSITIVE_NOTHING;
	text.data = value->data;
	text.size = value->size < MAX_TEXT ? value->size : MAX_TEXT;
	return kind_of_text(&text);
}

void sensitive_add(struct sensitive_tally *tally, const struct value *value)
{
	if (value->type == VALUE_NULL)
		return;
	tally->count++;
	tally->kinds[sensitive_value(value)]++;
}

const char *sensitive_found(const struct sensitive_tally *tally)
{
	static const char *const names[SENSITIVE_KINDS] = {
		[SENSITIVE_EMAIL] = email,
		[SENSITIVE_PASSWORD] = "hash of a password",
		[SENSITIVE_PRIVATE_KEY] = "private key",
		[SENSITIVE_JWT] = "JSON web token",
		[SENSITIVE_TOKEN] = "token of a service",
		[SENSITIVE_IBAN] = "bank account (IBAN)",
		[SENSITIVE_CARD] = "card number",
	};

	for (int kind = SENSITIVE_EMAIL; kind < SENSITIVE_CARD; kind++)
		if (tally->kinds[kind] > 0)
			return names[kind];
	if (tally->kinds[SENSITIVE_CARD] > tally->count / 2)
		return names[SENSITIVE_CARD];
	return NULL;
}
