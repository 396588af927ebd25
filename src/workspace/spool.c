#include "config.h"

#include "workspace/spool.h"

#include <unistd.h>

#include "util/progress.h"
#include "workspace/actions.h"

int spool_open(FILE **spool, struct err *err)
{
	*spool = tmpfile();
	return *spool ? 0 : err_set_errno(err, "cannot make a temporary file");
}

static int lose_spool(struct err *err)
{
	err_set_errno(err, "cannot write a temporary file");
	return err_hint(err, "make room in '%s' and run the command again",
			P_tmpdir);
}

/* A full disk shows here: rewind() would forget it. */
static int go_to_start(FILE *spool, struct err *err)
{
	if (fflush(spool) == EOF || ferror(spool) ||
	    fseeko(spool, 0, SEEK_SET) < 0)
		return lose_spool(err);
	return 0;
}

int spool_copy(FILE *spool, FILE *to, struct err *err)
{
	char block[65536];
	size_t size;

	if (go_to_start(spool, err) < 0)
		return err->code;
	progress_clear();
	while ((size = fread(block, 1, sizeof(block), spool)) > 0)
		fwrite(block, 1, size, to);
	if (ferror(spool))
		return err_set_errno(err, "cannot read a temporary file");
	return 0;
}

int spool_show(FILE *spool, FILE *to, struct err *err)
{
	struct actions_guard guard = { "" };

	if (ftello(spool) == 0)
		return 0;
	if (actions_guard_begin(&guard, to, err) < 0)
		return err->code;
	(void)!spool_copy(spool, to, err);
	actions_guard_end(&guard, to);
	return err->code;
}

int spool_read(struct stream **stream, FILE *spool, const char *name,
	       struct err *err)
{
	int fd;

	*stream = NULL;
	if (go_to_start(spool, err) < 0)
		return err->code;
	fd = dup(fileno(spool));
	if (fd < 0)
		return err_set_errno(err, "cannot read a temporary file");
	return stream_take_fd(stream, fd, name, err);
}

int spool_close(FILE *spool, struct err *err)
{
	if (spool && fclose(spool) != 0)
		lose_spool(err);
	return err->code;
}
