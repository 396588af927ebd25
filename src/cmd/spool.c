#include "config.h"

#include "cmd/spool.h"

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

int spool_copy(FILE *spool, FILE *to, struct err *err)
{
	char block[65536];
	size_t size;

	/* a full disk shows here: rewind() would forget it */
	if (fflush(spool) == EOF || ferror(spool) ||
	    fseeko(spool, 0, SEEK_SET) < 0)
		return lose_spool(err);
	while ((size = fread(block, 1, sizeof(block), spool)) > 0)
		fwrite(block, 1, size, to);
	if (ferror(spool))
		return err_set_errno(err, "cannot read a temporary file");
	return 0;
}

int spool_close(FILE *spool, struct err *err)
{
	if (spool && fclose(spool) != 0)
		lose_spool(err);
	return err->code;
}
