#include "config.h"

#include "render/migrations.h"

#include <string.h>

#include "render/name.h"
#include "util/jsonstring.h"

enum { MAX_TEXT = 1 << 28 };

static int flush(FILE *out, struct buf *text, struct err *err)
{
	if (buf_check(text, "the output", err) == 0)
		fwrite(text->data ? text->data : "", 1, text->len, out);
	buf_release(text);
	return err->code;
}

bool migrations_entry_drifted(const struct migrations_entry *entry)
{
	return entry->message || entry->drift->count > 0 ||
	       entry->drift->uncompared;
}

static size_t count_kind(const struct drift *drift, enum drift_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < drift->count; i++)
		count += drift->findings[i].kind == kind;
	return count;
}

/* ---- for people ---- */

static void add_heading(struct buf *out, const struct migrations_entry *entry)
{
	const struct drift *drift = entry->drift;
	size_t pending = count_kind(drift, DRIFT_PENDING);

	name_add_text(out, entry->label);
	if (!entry->ledger) {
		buf_add_string(out, drift->count == 0 && !drift->uncompared
					    ? ": as the migrations make it\n"
					    : ": not as the migrations make "
					      "it\n");
		return;
	}
	buf_add_format(out, ": %zu applied, %zu pending%s\n",
		       entry->ledger->count, pending,
		       entry->is_absent ? ", no database yet"
		       : drift->count > pending || drift->uncompared
			       ? ""
			       : ", as the migrations make it");
}

static void add_finding(struct buf *out, const struct drift_finding *finding)
{
	buf_add_string(out, "  ");
	if (finding->name)
		name_add_text(out, finding->name);
	else
		buf_add_string(out, "the schema");
	buf_add_char(out, ' ');
	name_add_text(out, finding->detail);
	buf_add_char(out, '\n');
}

/* The remedy of several stands once, below the last of them. */
static bool is_last(const struct drift *drift, size_t i)
{
	return i + 1 == drift->count ||
	       strcmp(drift->findings[i].remedy,
		      drift->findings[i + 1].remedy) != 0;
}

static void add_findings(struct buf *out, const struct drift *drift)
{
	for (size_t i = 0; i < drift->count; i++) {
		add_finding(out, &drift->findings[i]);
		if (!is_last(drift, i))
			continue;
		buf_add_string(out, "    (");
		name_add_text(out, drift->findings[i].remedy);
		buf_add_string(out, ")\n");
	}
	if (!drift->uncompared)
		return;
	buf_add_string(out, "  the schema is not compared: ");
	name_add_text(out, drift->uncompared);
	buf_add_char(out, '\n');
}

static void add_collisions(struct buf *out, const struct migrations *migrations)
{
	bool any = false;

	for (size_t i = 0; i < migrations->count; i++) {
		if (!drift_collides(migrations, i))
			continue;
		buf_add_string(out,
			       any ? ", " : "  numbers that are taken twice: ");
		name_add_text(out, migrations->names[i]);
		any = true;
	}
	if (any)
		buf_add_char(out, '\n');
}

static void add_failure(struct buf *out, const struct migrations_entry *entry)
{
	name_add_text(out, entry->label);
	buf_add_string(out, ": not looked at: ");
	name_add_text(out, entry->message);
	buf_add_char(out, '\n');
	if (!entry->hint)
		return;
	buf_add_string(out, "    (");
	name_add_text(out, entry->hint);
	buf_add_string(out, ")\n");
}

int migrations_write_text(FILE *out, const struct migrations_entry *entries,
			  size_t count, struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	for (size_t i = 0; i < count; i++) {
		if (entries[i].message) {
			add_failure(&text, &entries[i]);
			continue;
		}
		add_heading(&text, &entries[i]);
		add_findings(&text, entries[i].drift);
		add_collisions(&text, entries[i].migrations);
	}
	return flush(out, &text, err);
}

/* ---- for programs ---- */

/* Whether a migration of the folder is applied; a snapshot does not tell. */
static const char *state_of(const struct migrations_entry *entry, size_t i)
{
	if (!entry->ledger)
		return "-";
	return ledger_has(entry->ledger, entry->migrations->names[i])
		       ? "applied"
		       : "pending";
}

struct lines {
	struct buf text;
	bool nul;
};

/* A text that may hold any byte stands last in its line. */
static void end_line(struct lines *self, const char *text)
{
	if (self->nul)
		buf_add_string(&self->text, text);
	else
		name_add_text(&self->text, text);
	buf_add_char(&self->text, self->nul ? '\0' : '\n');
}

static void add_line(struct lines *self, const char *word, const char *text)
{
	if (!text)
		return;
	buf_add_format(&self->text, "%s\t", word);
	end_line(self, text);
}

static void add_porcelain(struct lines *self,
			  const struct migrations_entry *entry)
{
	add_line(self, "endpoint", entry->label);
	add_line(self, "message", entry->message);
	if (entry->message)
		return;
	for (size_t i = 0; i < entry->migrations->count; i++) {
		buf_add_format(&self->text, "migration\t%s\t%s\t",
			       state_of(entry, i),
			       drift_collides(entry->migrations, i) ? "twice"
								    : "once");
		end_line(self, entry->migrations->names[i]);
	}
	for (size_t i = 0; i < entry->drift->count; i++) {
		const struct drift_finding *finding =
			&entry->drift->findings[i];

		buf_add_format(&self->text, "drift\t%s\t",
			       drift_kind_name(finding->kind));
		end_line(self, finding->name ? finding->name : "");
		add_line(self, "detail", finding->detail);
		add_line(self, "remedy", finding->remedy);
	}
	add_line(self, "not-compared", entry->drift->uncompared);
}

int migrations_write_porcelain(FILE *out,
			       const struct migrations_entry *entries,
			       size_t count, bool nul, struct err *err)
{
	struct lines lines = { .nul = nul };

	buf_init(&lines.text, MAX_TEXT);
	end_line(&lines, "# git-d1 migrations v1");
	for (size_t i = 0; i < count; i++)
		add_porcelain(&lines, &entries[i]);
	return flush(out, &lines.text, err);
}

static void add_json_migration(struct buf *out,
			       const struct migrations_entry *entry, size_t i)
{
	const char *state = state_of(entry, i);

	buf_add_string(out, i > 0 ? ",\n{\"state\":" : "\n{\"state\":");
	if (*state == '-')
		buf_add_string(out, "null");
	else
		buf_add_format(out, "\"%s\"", state);
	buf_add_format(out, ",\"number_taken_twice\":%s",
		       drift_collides(entry->migrations, i) ? "true" : "false");
	jsonstring_add_member(out, "name", entry->migrations->names[i]);
	buf_add_char(out, '}');
}

static void add_json(struct buf *out, const struct migrations_entry *entry)
{
	buf_add_string(out, "{\"endpoint\":");
	jsonstring_add_bytes(out, entry->label, strlen(entry->label));
	jsonstring_add_member(out, "message", entry->message);
	jsonstring_add_member(out, "hint", entry->hint);
	if (entry->message) {
		buf_add_char(out, '}');
		return;
	}
	buf_add_string(out, ",\"migrations\":[");
	for (size_t i = 0; i < entry->migrations->count; i++)
		add_json_migration(out, entry, i);
	buf_add_string(out, "],\n\"drift\":[");
	for (size_t i = 0; i < entry->drift->count; i++) {
		const struct drift_finding *finding =
			&entry->drift->findings[i];

		buf_add_format(out, "%s\n{\"kind\":\"%s\"", i > 0 ? "," : "",
			       drift_kind_name(finding->kind));
		jsonstring_add_member(out, "name", finding->name);
		jsonstring_add_member(out, "detail", finding->detail);
		jsonstring_add_member(out, "remedy", finding->remedy);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
	jsonstring_add_member(out, "not_compared", entry->drift->uncompared);
	buf_add_char(out, '}');
}

int migrations_write_json(FILE *out, const struct migrations_entry *entries,
			  size_t count, struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	buf_add_string(&text, "{\"version\":1,\"endpoints\":[");
	for (size_t i = 0; i < count; i++) {
		buf_add_string(&text, i > 0 ? ",\n" : "\n");
		add_json(&text, &entries[i]);
	}
	buf_add_string(&text, "]}\n");
	return flush(out, &text, err);
}
