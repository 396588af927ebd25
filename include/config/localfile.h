/*
 * Where `wrangler dev` keeps the SQLite file of a database. Computed as workerd
 * computes it, never guessed from what lies in the directory.
 */
#ifndef CONFIG_LOCALFILE_H
#define CONFIG_LOCALFILE_H

#include "util/err.h"

enum { LOCALFILE_ID_SIZE = 65 };

/*
 * Writes the id of the database called `name` as 64 hexadecimal digits and a
 * NUL: the file name without ".sqlite". `name` is what wrangler passes to
 * workerd: preview_database_id, else database_id, else the binding.
 */
int localfile_id(char id[LOCALFILE_ID_SIZE], const char *name,
		 struct err *err) MUST_CHECK;

/*
 * The file of the database called `name` in the state directory `persist`
 * (--persist-to, or .wrangler/state beside the configuration), in *path, which
 * the caller frees. It need not exist.
 */
int localfile_path(char **path, const char *persist, const char *name,
		   struct err *err) MUST_CHECK;

#endif
