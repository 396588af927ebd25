/*
 * Shows what a patch holds, whatever it was mailed through:
 *
 *	readpatch [--recount] FILE
 *
 * Prints the header of each mail, the head of each table, and each hunk with
 * its values as literals; exits with 1, and an error, if it cannot be read.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "format/patch.h"
#include "model/literal.h"

static void show_mail(const struct patch_mail *mail)
{
	printf("mail database=%s base=%s tables=%zu\n",
	       mail->database ? mail->database : "-",
	       mail->base ? mail->base : "-", mail->ntables);
}

static void show_value(const char *what, const struct value *value)
{
	struct buf text;

	if (!value)
		return;
	buf_init(&text, 1 << 28);
	literal_add(&text, value);
	printf(" %s=%s", what, text.data);
	buf_release(&text);
}

static void show_hunk(const struct patch_table *table,
		      const struct patch_hunk *hunk)
{
	static const char *const ops[] = { "insert", "delete", "update" };

	printf("%s %" PRIu64 " %" PRIu64, ops[hunk->op], hunk->count,
	       hunk->before);
	for (size_t i = 0; hunk->key && i < table->nkey; i++)
		show_value(hunk->key[i].name, &hunk->key[i].value);
	putchar('\n');
	for (size_t i = 0; i < hunk->ncells; i++) {
		const struct patch_cell *cell = &hunk->cells[i];

		printf(" %s", cell->name);
		show_value("old", cell->values[PATCH_OLD]);
		show_value("new", cell->values[PATCH_NEW]);
		if (cell->text)
			printf(" text %d %s..%s\n%.*s", cell->text->crlf,
			       cell->text->sha256[PATCH_OLD],
			       cell->text->sha256[PATCH_NEW],
			       (int)cell->text->size, cell->text->lines);
		putchar('\n');
	}
}

static int show(struct patch *patch, struct err *err)
{
	enum patch_event event;

	do {
		if (patch_next(patch, &event, err) < 0)
			return err->code;
		if (event == PATCH_MAIL)
			show_mail(patch_mail(patch));
		else if (event == PATCH_TABLE)
			printf("table\n%s", patch_table(patch)->text);
		else if (event == PATCH_HUNK)
			show_hunk(patch_table(patch), patch_hunk(patch));
	} while (event != PATCH_END);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned flags = argc > 2 && strcmp(argv[1], "--recount") == 0
				 ? PATCH_RECOUNT
				 : 0;
	const char *path = argc > 1 ? argv[argc - 1] : "";
	struct err err = ERR_INIT;
	struct stream *stream;
	struct patch *patch;

	if (stream_open_file(&stream, path, 0, &err) == 0 &&
	    patch_open(&patch, stream, path, flags, &err) == 0) {
		(void)!show(patch, &err);
		patch_close(patch);
	}
	if (err.code)
		fprintf(stderr, "error: %s\nhint: %s\n", err.message, err.hint);
	return err.code != 0;
}
