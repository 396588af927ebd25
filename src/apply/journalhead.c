#include "config.h"

#include "apply/journalhead.h"

#include <inttypes.h>
#include <string.h>

#include "util/compiler.h"
#include "util/text.h"

static const char *const way_names[] = {
	[JOURNAL_BOOKMARK] = "bookmark",
	[JOURNAL_COPY] = "copy",
};

static const char plan_prefix[] = "sha256:";

/* ---- writing ---- */

static int write_field(FILE *file, const char *name, const char *value,
		       struct err *err)
{
	if (!value || err->code)
		return err->code;
	if (strchr(value, '\n'))
		return err_set(err, D1_EREFUSED,
			       "the journal cannot note '%s': it has a line "
			       "break",
			       value);
	fprintf(file, "%s: %s\n", name, value);
	return 0;
}

int journal_head_parts(char line[JOURNAL_HEAD_PARTS_SIZE], uint64_t parts,
		       uint64_t all_parts)
{
	return snprintf(line, JOURNAL_HEAD_PARTS_SIZE,
			"Parts: %010" PRIu64 " of %010" PRIu64 "\n", parts,
			all_parts);
}

static void write_date(FILE *file, time_t now)
{
	char date[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(file, "Date: %s\n", date);
}

int journal_head_write(FILE *file, long *parts_at,
		       const struct journal_note *note, time_t now,
		       struct err *err)
{
	char parts[JOURNAL_HEAD_PARTS_SIZE];

	fputs("D1-Journal: 1\n", file);
	write_date(file, now);
	write_field(file, "Command", note->command, err);
	write_field(file, "Target", note->target, err);
	write_field(file, "Name", note->name, err);
	if (*note->plan)
		fprintf(file, "Plan: %s%s\n", plan_prefix, note->plan);
	write_field(file, "Bookmark", note->bookmark, err);
	write_field(file, "Undoes", note->undoes, err);
	write_field(file, "Way-Back", way_names[note->way_back], err);
	*parts_at = note->in_parts ? ftell(file) : 0;
	if (note->in_parts) {
		journal_head_parts(parts, note->parts, note->all_parts);
		fputs(parts, file);
	}
	fputc('\n', file);
	return err->code;
}

/* ---- reading ---- */

/* Takes what follows "<name>: " on a line, unless it is another line. */
static int take_field(const char **value, struct arena *arena, const char *line,
		      size_t size, const char *name, struct err *err)
{
	if (!text_take(&line, &size, name) || !text_take(&line, &size, ": "))
		return 0;
	*value = arena_copy(arena, line, size);
	return *value ? 0 : err_set_nomem(err);
}

static void take_parts(struct journal_note *note, const char *parts)
{
	note->in_parts = true;
	if (sscanf(parts, "%" SCNu64 " of %" SCNu64, &note->parts,
		   &note->all_parts) != 2)
		note->parts = note->all_parts = 0;
}

static int take_line(struct journal_note *note, struct arena *arena,
		     const char *line, size_t size, struct err *err)
{
	const char *plan = NULL, *parts = NULL, *way = NULL;
	const struct {
		const char *name;
		const char **value;
	} fields[] = {
		{ "Command", &note->command }, { "Target", &note->target },
		{ "Name", &note->name },       { "Bookmark", &note->bookmark },
		{ "Undoes", &note->undoes },   { "Plan", &plan },
		{ "Parts", &parts },	       { "Way-Back", &way },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (take_field(fields[i].value, arena, line, size,
			       fields[i].name, err) < 0)
			return err->code;
	if (plan && strncmp(plan, plan_prefix, strlen(plan_prefix)) == 0)
		snprintf(note->plan, sizeof(note->plan), "%s",
			 plan + strlen(plan_prefix));
	if (parts)
		take_parts(note, parts);
	for (int i = JOURNAL_BOOKMARK; way && i <= JOURNAL_COPY; i++)
		if (strcmp(way, way_names[i]) == 0)
			note->way_back = (enum journal_way_back)i;
	return 0;
}

int journal_head_read(struct journal_note *note, struct lines *lines,
		      struct arena *arena, struct err *err)
{
	const char *line;
	size_t size;

	while (lines_next(lines, &line, &size, err) == 0 && line && size > 0)
		if (take_line(note, arena, line, size, err) < 0)
			break;
	return err->code;
}
