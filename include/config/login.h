/*
 * What `wrangler login` left behind, read from its file. Wrangler itself is
 * never run: it would run what a repository brings along.
 */
#ifndef CONFIG_LOGIN_H
#define CONFIG_LOGIN_H

#include "util/err.h"

/*
 * The OAuth token that wrangler would use in the absolute directory `dir`, in
 * *token, which the caller wipes and frees, and the path of the file it is
 * from in *file, freed by the caller. Both NULL if nobody is logged in.
 * D1_EAUTH if the login has expired or is encrypted.
 */
int login_read(char **token, char **file, const char *dir,
	       struct err *err) MUST_CHECK;

#endif
