#include "config.h"

#include "cmd/setup.h"

#include <stdio.h>

#include "render/name.h"
#include "util/replacement.h"

void setup_add_told(struct setup *setup, const char *verb, const char *what)
{
	buf_add_format(&setup->told, "%s ", verb);
	name_add_text(&setup->told, what);
	buf_add_char(&setup->told, '\n');
}

int setup_tell(struct setup *setup, struct err *err)
{
	if (buf_check(&setup->told, "the output", err) == 0 && setup->told.len)
		fwrite(setup->told.data, 1, setup->told.len, stdout);
	buf_clear(&setup->told);
	return err->code;
}

int setup_write_file(const char *path, const struct buf *text, struct err *err)
{
	struct replacement *file;

	if (replacement_create(&file, path, err) == 0 &&
	    replacement_write(file, text->data, text->len, err) == 0)
		(void)!replacement_publish(file, err);
	replacement_close(file);
	return err->code;
}
