#include "config.h"

#include "workspace/undolist.h"

#include <inttypes.h>
#include <time.h>

#include "model/name.h"
#include "render/name.h"
#include "workspace/patchstat.h"

enum { MAX_TEXT = 1 << 20 };

static void add_time(struct buf *out, int64_t seconds)
{
	time_t time = (time_t)seconds;
	char text[64];
	struct tm tm;

	if (localtime_r(&time, &tm) &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm))
		buf_add_string(out, text);
}

static void add_head(struct buf *out, const struct journal_entry *entry)
{
	static const char *const states[] = {
		[JOURNAL_PENDING] = "pending",
		[JOURNAL_DONE] = "done",
		[JOURNAL_UNDONE] = "undone",
	};
	const struct journal_note *note = &entry->note;

	buf_add_format(out, "%s %s, ", entry->id, states[entry->state]);
	add_time(out, entry->time);
	buf_add_string(out, "\n    ");
	name_add_text(out, note->command ? note->command : "a write");
	buf_add_string(out, " to ");
	name_add_text(out, note->name ? note->name : "?");
	if (note->bookmark) {
		buf_add_string(out, ", at ");
		name_add_text(out, note->bookmark);
	}
	if (note->parts < note->all_parts)
		buf_add_format(out,
			       ", %" PRIu64 " of %" PRIu64
			       " parts seen written",
			       note->parts, note->all_parts);
	buf_add_char(out, '\n');
}

/* The patch is the way back: what it inserts was deleted. */
static int add_table(void *context, const char *table,
		     const struct table_counts *counts, struct err *err)
{
	struct buf *out = context;

	buf_add_string(out, "    ");
	name_add(out, table);
	buf_add_format(out,
		       ": %" PRIu64 " inserted, %" PRIu64 " updated, %" PRIu64
		       " deleted\n",
		       counts->deleted, counts->updated, counts->inserted);
	return buf_check(out, "the list", err);
}

static int read_patch(struct journal *journal,
		      const struct journal_entry *entry, struct buf *out,
		      struct err *err)
{
	struct patch *patch = NULL;
	struct stream *stream;

	if (journal_read(journal, entry, &stream, err) == 0 &&
	    patch_open(&patch, stream, entry->id, 0, err) == 0)
		(void)!patchstat_read(patch, add_table, out, err);
	patch_close(patch);
	return err->code;
}

int undolist_write(FILE *out, struct journal *journal,
		   const struct journal_entry *entry, struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	add_head(&text, entry);
	if ((entry->note.way_back != JOURNAL_PATCH ||
	     read_patch(journal, entry, &text, err) == 0) &&
	    buf_check(&text, "the list", err) == 0)
		fwrite(text.data, 1, text.len, out);
	buf_release(&text);
	return err->code;
}
