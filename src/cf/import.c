#include "config.h"

#include "cf/import.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "cf/call.h"
#include "cf/fields.h"
#include "cf/url.h"
#include "util/hex.h"
#include "util/jsonstring.h"

enum {
	MAX_URL = 8192,
	MAX_BODY = 65536,
	MD5_SIZE = 16,
	BLOCK = 1 << 16,
	/* The server holds a poll for about a second; if it does not, we do. */
	FIRST_PAUSE_MS = 50,
	LAST_PAUSE_MS = 1000,
};

struct import {
	struct d1_client *client;
	const char *database_id;
	struct d1_import_reply *reply;
	struct buf url;
	char md5[2 * MD5_SIZE + 1];
	/* what the last answer said; NULL or -1: nothing */
	const char *filename;
	const char *upload_url;
	const char *status;
	const char *error;
	const char *at_bookmark;
	int success;
};

/* ---- the file ---- */

static int digest_file(struct import *import, int fd, uint64_t size,
		       struct err *err)
{
	unsigned char digest[MD5_SIZE];
	char *block = malloc(BLOCK);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint64_t at = 0;

	if (!block || !context ||
	    EVP_DigestInit_ex(context, EVP_md5(), NULL) != 1) {
		err_set(err, D1_ERROR, "cannot compute an MD5");
		goto out;
	}
	while (at < size) {
		ssize_t got = pread(fd, block, BLOCK, (off_t)at);

		if (got <= 0) {
			err_set_errno(err, "the import file cannot be read");
			goto out;
		}
		EVP_DigestUpdate(context, block, (size_t)got);
		at += (uint64_t)got;
	}
	EVP_DigestFinal_ex(context, digest, NULL);
	hex_encode(import->md5, digest, MD5_SIZE);
out:
	EVP_MD_CTX_free(context);
	free(block);
	return err->code;
}

/* ---- answers ---- */

static int read_meta(struct json *json, const struct json_token *first,
		     struct d1_import_reply *reply, struct err *err)
{
	static const struct field fields[] = {
#define META(name) { #name, FIELD_INTEGER, offsetof(struct d1_meta, name) }
		META(changes),
		META(rows_read),
		META(rows_written),
#undef META
	};

	return fields_read(json, first, fields, ARRAY_SIZE(fields),
			   &reply->meta, &reply->arena, err);
}

static int take_text(const char **text, const struct json_token *token,
		     struct arena *arena, struct err *err)
{
	if (token->type != JSON_STRING)
		return 0;
	*text = arena_copy(arena, token->data, token->size);
	return *text ? 0 : err_set_nomem(err);
}

/* The result within the result: what a complete import came to. */
static int read_outcome(struct json *json, const struct json_token *first,
			struct d1_import_reply *reply, struct err *err)
{
	struct json_token key, value;

	if (first->type != JSON_OBJECT)
		return json_skip(json, first, err);
	for (;;) {
		if (json_next(json, &key, err))
			return err->code;
		if (key.type == JSON_OBJECT_END)
			return 0;
		if (json_next(json, &value, err))
			return err->code;
		if (json_is(&key, "meta") && value.type == JSON_OBJECT) {
			if (read_meta(json, &value, reply, err))
				return err->code;
			continue;
		}
		if (json_is(&key, "num_queries"))
			(void)json_int64(&reply->queries, &value);
		if (json_is(&key, "final_bookmark") &&
		    take_text(&reply->bookmark, &value, &reply->arena, err))
			return err->code;
		if (json_skip(json, &value, err))
			return err->code;
	}
}

static int read_member(struct import *import, struct json *json,
		       const struct json_token *key,
		       const struct json_token *value, struct err *err)
{
	const struct {
		const char *name;
		const char **text;
	} texts[] = {
		{ "filename", &import->filename },
		{ "upload_url", &import->upload_url },
		{ "status", &import->status },
		{ "error", &import->error },
		{ "at_bookmark", &import->at_bookmark },
	};

	if (json_is(key, "result"))
		return read_outcome(json, value, import->reply, err);
	if (json_is(key, "success") && value->type == JSON_FALSE)
		import->success = 0;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (json_is(key, texts[i].name) &&
		    take_text(texts[i].text, value, &import->reply->arena, err))
			return err->code;
	return json_skip(json, value, err);
}

static int read_answer(struct import *import, struct json *json,
		       struct err *err)
{
	struct json_token key, value;

	import->filename = import->upload_url = NULL;
	import->status = import->error = NULL;
	import->success = 1;
	if (json_next(json, &key, err))
		return err->code;
	if (key.type != JSON_OBJECT)
		return err_set(err, D1_ERROR,
			       "unexpected reply: an import that is no object");
	for (;;) {
		if (json_next(json, &key, err))
			return err->code;
		if (key.type == JSON_OBJECT_END)
			return 0;
		if (json_next(json, &value, err) ||
		    read_member(import, json, &key, &value, err))
			return err->code;
	}
}

/* ---- calls ---- */

static void add_member(struct buf *body, const char *name, const char *text)
{
	buf_add_format(body, "%s\"%s\":", body->len > 1 ? "," : "", name);
	jsonstring_add_bytes(body, text, strlen(text));
}

/* One step: `name`d text beside the action, and another one. */
static int post(struct import *import, const char *action,
		const char *const names[2], const char *const texts[2],
		bool again, struct err *err)
{
	struct buf body, received;
	struct call_request request = { .method = "POST",
					.url = import->url.data,
					.body = &body,
					.database = import->database_id,
					.writes = true,
					.again = again };
	struct answer answer;
	struct call *call;

	buf_init(&body, MAX_BODY);
	buf_init(&received, 0);
	buf_add_char(&body, '{');
	add_member(&body, "action", action);
	for (int i = 0; i < 2; i++)
		if (names[i])
			add_member(&body, names[i], texts[i]);
	buf_add_char(&body, '}');
	if (buf_check(&body, "a call", err) ||
	    call_begin(&call, import->client, &request, err))
		goto out;
	if (call_finish(call, &answer, &received, &import->reply->arena, err)) {
		import->reply->fate = answer.fate;
		goto out;
	}
	if (read_answer(import, &answer.result, err))
		import->reply->fate = D1_UNKNOWN;
out:
	buf_release(&received);
	buf_release(&body);
	return err->code;
}

static bool is_status(const struct import *import, const char *status)
{
	return import->status && strcmp(import->status, status) == 0;
}

static int init(struct import *import, int fd, uint64_t size, struct err *err)
{
	const char *const names[2] = { "etag" };
	const char *const texts[2] = { import->md5 };

	if (post(import, "init", names, texts, true, err))
		goto out;
	if (!import->filename || !import->upload_url) {
		err_set(err, D1_ERROR, "D1 does not take the import: %s",
			import->error ? import->error : "no reason is told");
		goto out;
	}
	(void)!call_upload(import->client, import->upload_url, fd, size,
			   import->md5, err);
out:
	/* nothing begins before it is told to */
	import->reply->fate = D1_NOT_DONE;
	return err->code;
}

static int ingest(struct import *import, struct err *err)
{
	const char *const names[2] = { "etag", "filename" };
	const char *const texts[2] = { import->md5, import->filename };

	import->reply->fate = D1_UNKNOWN;
	if (post(import, "ingest", names, texts, false, err))
		return err->code;
	if (import->success || is_status(import, "error"))
		return 0;
	import->reply->fate = D1_NOT_DONE;
	return err_set(err, D1_ERROR, "D1 does not start the import: %s",
		       import->error ? import->error : "no reason is told");
}

/* *over tells whether the last answer is the end of it. */
static int judge(struct import *import, bool *over, struct err *err)
{
	struct d1_import_reply *reply = import->reply;
	const char *error = import->error ? import->error : "no reason is told";

	*over = true;
	if (is_status(import, "complete")) {
		reply->fate = D1_DONE;
		return 0;
	}
	if (is_status(import, "error")) {
		reply->fate = D1_NOT_DONE;
		reply->sql_error = error;
		return err_set(err, D1_ERROR, "D1 refused a statement: %s",
			       error);
	}
	if (!import->success || !import->at_bookmark) {
		reply->fate = D1_UNKNOWN;
		return err_set(err, D1_EUNREACHABLE,
			       "the end of the import is not known: %s", error);
	}
	*over = false;
	return 0;
}

static void pause_ms(long ms)
{
	const struct timespec time = { .tv_sec = ms / 1000,
				       .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static int poll_until_over(struct import *import, struct err *err)
{
	const char *const names[2] = { "current_bookmark" };
	long wait = FIRST_PAUSE_MS;
	bool over;

	while (judge(import, &over, err) == 0 && !over) {
		const char *const texts[2] = { import->at_bookmark };

		pause_ms(wait);
		wait = wait * 2 < LAST_PAUSE_MS ? wait * 2 : LAST_PAUSE_MS;
		import->reply->fate = D1_UNKNOWN;
		if (post(import, "poll", names, texts, true, err)) {
			/* whatever became of the poll: it began */
			import->reply->fate = D1_UNKNOWN;
			return err->code;
		}
	}
	return err->code;
}

/*
 * It was told to begin and nobody said that it did. If it runs, it is known by
 * the bookmark; its end is waited for, so that the rows can be looked at.
 */
static int find_again(struct import *import, const char *bookmark,
		      struct err *err)
{
	struct err own = ERR_INIT;

	if (!bookmark || import->reply->fate != D1_UNKNOWN)
		return err->code;
	import->at_bookmark = bookmark;
	import->status = import->error = NULL;
	import->success = 1;
	(void)!poll_until_over(import, &own);
	if (import->reply->fate == D1_UNKNOWN)
		return err->code;
	*err = own;
	return err->code;
}

int d1_import(struct d1_import_reply *reply, struct d1_client *client,
	      const char *database_id, const char *bookmark, int fd,
	      uint64_t size, struct err *err)
{
	struct import import = { .client = client,
				 .database_id = database_id,
				 .reply = reply };

	*reply = (struct d1_import_reply){ .fate = D1_NOT_DONE, .queries = -1 };
	reply->meta = (struct d1_meta){ .changes = -1,
					.rows_read = -1,
					.rows_written = -1 };
	if (!call_account(client))
		return err_set(err, D1_EREFUSED,
			       "the Local Explorer has no import");
	buf_init(&import.url, MAX_URL);
	if (call_add_account(&import.url, client, err))
		goto out;
	buf_add_string(&import.url, "/d1/database");
	url_add_segment(&import.url, database_id);
	buf_add_string(&import.url, "/import");
	if (buf_check(&import.url, "the URL", err) ||
	    digest_file(&import, fd, size, err) || init(&import, fd, size, err))
		goto out;
	if (ingest(&import, err))
		(void)!find_again(&import, bookmark, err);
	else
		(void)!poll_until_over(&import, err);
out:
	buf_release(&import.url);
	return err->code;
}

void d1_import_reply_release(struct d1_import_reply *reply)
{
	arena_release(&reply->arena);
}
