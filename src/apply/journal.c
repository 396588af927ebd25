#include "config.h"

#include "apply/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "apply/journalhead.h"
#include "util/compiler.h"
#include "util/file.h"
#include "util/lines.h"

enum {
	MAX_HEAD = 1 << 16, /* bytes of a line of the head */
	STAMP_SIZE = 17,    /* "20261121T093005Z" and a NUL */
};

/* While it is written an entry is called so, and is none yet. */
static const char unfinished[] = "tmp";

static const char copy_suffix[] = "copy";

static const char *const state_names[] = {
	[JOURNAL_PENDING] = "pending",
	[JOURNAL_DONE] = "done",
	[JOURNAL_UNDONE] = "undone",
};

enum { STATES = ARRAY_SIZE(state_names) };

struct journal {
	char *dir;
	FILE *patch; /* of the entry that is written; NULL: none */
	int lock;    /* on the entry that was kept last; -1: none */
	int taken;   /* a lock on the entry that was taken on; -1: none */
	char id[JOURNAL_ID_SIZE];
	long parts_at; /* where the entry notes parts; 0: it does not */
};

/* ---- paths ---- */

/* "<dir>/<id>.<suffix>", freed by the caller. */
static char *entry_path(const struct journal *journal, const char *id,
			const char *suffix, struct err *err)
{
	char *path;

	if (asprintf(&path, "%s/%s.%s", journal->dir, id, suffix) >= 0)
		return path;
	err_set_nomem(err);
	return NULL;
}

static int remove_file(const struct journal *journal, const char *id,
		       const char *suffix, struct err *err)
{
	char *path = entry_path(journal, id, suffix, err);

	if (path && unlink(path) < 0 && errno != ENOENT)
		err_set_errno(err, "cannot remove '%s'", path);
	free(path);
	return err->code;
}

int journal_open(struct journal **journal, const char *dir, struct err *err)
{
	struct journal *self = calloc(1, sizeof(*self));

	*journal = NULL;
	if (!self)
		return err_set_nomem(err);
	self->lock = -1;
	self->taken = -1;
	self->dir = strdup(dir);
	if (!self->dir) {
		free(self);
		return err_set_nomem(err);
	}
	*journal = self;
	return 0;
}

void journal_close(struct journal *journal)
{
	struct err ignored = ERR_INIT;

	if (!journal)
		return;
	if (journal->patch) {
		fclose(journal->patch);
		(void)!remove_file(journal, journal->id, unfinished, &ignored);
		(void)!remove_file(journal, journal->id, copy_suffix, &ignored);
	}
	if (journal->lock >= 0)
		close(journal->lock);
	journal_leave(journal);
	free(journal->dir);
	free(journal);
}

/* Makes the folder and those it is in, for their owner alone. */
static int make_folder(const struct journal *journal, struct err *err)
{
	char *path = strdup(journal->dir);

	if (!path)
		return err_set_nomem(err);
	for (char *end = path + 1; end; end++) {
		end = strchr(end, '/');
		if (end)
			*end = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST) {
			err_set_errno(err, "cannot make the folder '%s'", path);
			break;
		}
		if (!end)
			break;
		*end = '/';
	}
	free(path);
	return err->code;
}

/* A name that was made or changed in the folder lasts. */
static int sync_folder(const struct journal *journal, struct err *err)
{
	int fd = open(journal->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		err_set_errno(err, "cannot write '%s'", journal->dir);
	if (fd >= 0)
		close(fd);
	return err->code;
}

/* ---- writing an entry ---- */

/* Ids sort by time, also those of one second: five digits are microseconds. */
static int make_id(char id[JOURNAL_ID_SIZE], const struct timespec *now,
		   struct err *err)
{
	char stamp[STAMP_SIZE];
	unsigned int number;
	struct tm tm;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return err_set_errno(err, "cannot draw a random number");
	if (!gmtime_r(&now->tv_sec, &tm) ||
	    !strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm))
		return err_set(err, D1_ERROR, "the clock is wrong");
	snprintf(id, JOURNAL_ID_SIZE, "%s-%05x%03x", stamp,
		 (unsigned int)(now->tv_nsec / 1000) & 0xfffff, number & 0xfff);
	return 0;
}

int journal_begin(struct journal *journal, const struct journal_note *note,
		  FILE **patch, struct err *err)
{
	struct timespec now;
	char *path = NULL;
	int fd;

	*patch = NULL;
	if (journal->lock >= 0)
		close(journal->lock);
	journal->lock = -1;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return err_set_errno(err, "cannot read the clock");
	if (make_folder(journal, err) < 0 ||
	    make_id(journal->id, &now, err) < 0 ||
	    !(path = entry_path(journal, journal->id, unfinished, err)))
		return err->code;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		journal->patch = fdopen(fd, "w");
	if (!journal->patch) {
		err_set_errno(err, "cannot write '%s'", path);
		if (fd >= 0)
			close(fd);
	} else if (journal_head_write(journal->patch, &journal->parts_at, note,
				      now.tv_sec, err) == 0) {
		*patch = journal->patch;
	}
	free(path);
	return err->code;
}

/* Gives the entry another name, and makes that last. */
static int rename_entry(const struct journal *journal, const char *id,
			const char *from, const char *to, struct err *err)
{
	char *old = entry_path(journal, id, from, err);
	char *new = entry_path(journal, id, to, err);

	if (old && new) {
		if (rename(old, new) < 0)
			err_set_errno(err, "cannot rename '%s'", old);
		else
			(void)!sync_folder(journal, err);
	}
	free(old);
	free(new);
	return err->code;
}

int journal_keep(struct journal *journal, char id[JOURNAL_ID_SIZE],
		 struct err *err)
{
	FILE *patch = journal->patch;

	if (fflush(patch) == EOF || ferror(patch) || fsync(fileno(patch)) < 0)
		return err_set_errno(err, "cannot write to '%s'", journal->dir);
	/* where there are no locks, entries look as if nobody wrote them */
	journal->lock = fcntl(fileno(patch), F_DUPFD_CLOEXEC, 0);
	if (journal->lock >= 0)
		(void)!flock(journal->lock, LOCK_EX | LOCK_NB);
	journal->patch = NULL;
	if (fclose(patch) == EOF)
		return err_set_errno(err, "cannot write to '%s'", journal->dir);
	if (rename_entry(journal, journal->id, unfinished,
			 state_names[JOURNAL_PENDING], err) == 0)
		memcpy(id, journal->id, JOURNAL_ID_SIZE);
	return err->code;
}

/* True if that is the file at the path. */
static bool is_at(int fd, const char *path)
{
	struct stat open, found;

	return fstat(fd, &open) == 0 && lstat(path, &found) == 0 &&
	       open.st_dev == found.st_dev && open.st_ino == found.st_ino;
}

bool journal_take_on(struct journal *journal, const char *id)
{
	struct err ignored = ERR_INIT;
	char *path =
		entry_path(journal, id, state_names[JOURNAL_PENDING], &ignored);
	int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
	bool others = fd < 0 || (flock(fd, LOCK_EX | LOCK_NB) < 0 &&
				 errno == EWOULDBLOCK);

	/* whoever had the lock before may have said what became of it */
	others = others || !is_at(fd, path);
	free(path);
	journal_leave(journal);
	if (others && fd >= 0)
		close(fd);
	else
		journal->taken = fd;
	return !others;
}

void journal_leave(struct journal *journal)
{
	if (journal->taken >= 0)
		close(journal->taken);
	journal->taken = -1;
}

int journal_copy_path(const struct journal *journal, const char *id,
		      char **path, struct err *err)
{
	*path = entry_path(journal, id ? id : journal->id, copy_suffix, err);
	return err->code;
}

int journal_begin_copy(struct journal *journal, char **path, struct err *err)
{
	int fd;

	if (journal_copy_path(journal, NULL, path, err) < 0)
		return err->code;
	fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	err_set_errno(err, "cannot write '%s'", *path);
	free(*path);
	*path = NULL;
	return err->code;
}

int journal_note_parts(struct journal *journal, uint64_t parts,
		       uint64_t all_parts, struct err *err)
{
	char *path = entry_path(journal, journal->id,
				state_names[JOURNAL_PENDING], err);
	int fd = path ? open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
	char line[JOURNAL_HEAD_PARTS_SIZE];
	int size = journal_head_parts(line, parts, all_parts);

	if (path &&
	    (fd < 0 || journal->parts_at <= 0 ||
	     pwrite(fd, line, (size_t)size, journal->parts_at) != size ||
	     fsync(fd) < 0))
		err_set_errno(err, "cannot write '%s'", path);
	if (fd >= 0)
		close(fd);
	free(path);
	return err->code;
}

int journal_forget(struct journal *journal, const char *id, struct err *err)
{
	for (int state = 0; state < STATES; state++)
		(void)!remove_file(journal, id, state_names[state], err);
	(void)!remove_file(journal, id, copy_suffix, err);
	return err->code ? err->code : sync_folder(journal, err);
}

/* ---- reading ---- */

/* Takes the file's name apart; false if it is none of an entry. */
static bool read_name(struct journal_entry *entry, const char *name)
{
	const char *dot = strchr(name, '.');
	struct tm tm = { .tm_sec = 0 };
	const char *end;

	if (!dot || dot - name != JOURNAL_ID_SIZE - 1)
		return false;
	memcpy(entry->id, name, JOURNAL_ID_SIZE - 1);
	entry->id[JOURNAL_ID_SIZE - 1] = '\0';
	end = strptime(entry->id, "%Y%m%dT%H%M%SZ", &tm);
	if (!end || end - entry->id != STAMP_SIZE - 1 || *end != '-' ||
	    strspn(end + 1, "0123456789abcdef") != strlen(end + 1))
		return false;
	entry->time = timegm(&tm);
	for (int state = 0; state < STATES; state++) {
		entry->state = (enum journal_state)state;
		if (strcmp(dot + 1, state_names[state]) == 0)
			return true;
	}
	return false;
}

/*
 * Finds the entry's file by its id, and with it its state. D1_ENOTFOUND if
 * there is none.
 */
static int find_state(const struct journal *journal, const char *id,
		      enum journal_state *state, struct err *err)
{
	for (int i = 0; i < STATES; i++) {
		char *path = entry_path(journal, id, state_names[i], err);
		bool found;

		if (!path)
			return err->code;
		found = access(path, F_OK) == 0;
		free(path);
		*state = (enum journal_state)i;
		if (found)
			return 0;
	}
	return err_set(err, D1_ENOTFOUND, "the journal has no entry '%s'", id);
}

/*
 * Opens the entry, whatever its state is by now: another program may just have
 * said what became of the write. D1_ENOTFOUND if there is no such entry.
 */
static int open_entry(const struct journal *journal, const char *id,
		      enum journal_state *state, struct stream **stream,
		      struct err *err)
{
	while (!err->code) {
		struct err failure = ERR_INIT;
		char *path = entry_path(journal, id, state_names[*state], err);

		if (!path)
			break;
		(void)!stream_open_file(stream, path, FILE_NO_SYMLINK,
					&failure);
		free(path);
		if (failure.code != D1_ENOTFOUND) {
			*err = failure;
			break;
		}
		(void)!find_state(journal, id, state, err);
	}
	return err->code;
}

static int read_entry(struct journal *journal, struct journal_entry *entry,
		      struct arena *arena, struct err *err)
{
	struct stream *stream;
	struct lines lines;

	if (open_entry(journal, entry->id, &entry->state, &stream, err) < 0)
		return err->code;
	lines_init(&lines, stream, MAX_HEAD);
	(void)!journal_head_read(&entry->note, &lines, arena, err);
	lines_release(&lines);
	return err_context(err, "the journal's entry '%s'", entry->id);
}

static int add_entry(struct journal_entries *entries,
		     const struct journal_entry *entry, struct err *err)
{
	struct journal_entry *items =
		reallocarray(entries->items, entries->count + 1,
			     sizeof(*items));

	if (!items)
		return err_set_nomem(err);
	entries->items = items;
	items[entries->count++] = *entry;
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct journal_entry *left = a, *right = b;
	int order = strcmp(left->id, right->id);

	return order ? order : (int)left->state - (int)right->state;
}

/*
 * A folder may show a file twice that gets another name meanwhile: then what
 * became of it is known.
 */
static void drop_doubles(struct journal_entries *entries)
{
	size_t kept = 0;

	for (size_t i = 0; i < entries->count; i++) {
		const struct journal_entry *entry = &entries->items[i];

		if (kept > 0 &&
		    strcmp(entries->items[kept - 1].id, entry->id) == 0)
			kept--;
		entries->items[kept++] = *entry;
	}
	entries->count = kept;
}

/* Reads the entry of that id, and adds it if it is wanted and still there. */
static int list_entry(struct journal *journal, struct journal_entry *entry,
		      const char *target, struct journal_entries *entries,
		      struct err *err)
{
	struct err failure = ERR_INIT;
	const char *of;

	if (read_entry(journal, entry, &entries->arena, &failure) < 0) {
		if (failure.code != D1_ENOTFOUND)
			*err = failure;
		return err->code;
	}
	of = entry->note.target;
	if (target && (!of || strcmp(of, target) != 0))
		return 0;
	return add_entry(entries, entry, err);
}

int journal_list(struct journal *journal, const char *target,
		 struct journal_entries *entries, struct err *err)
{
	DIR *dir = opendir(journal->dir);
	struct dirent *file;

	memset(entries, 0, sizeof(*entries));
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return err_set_errno(err, "cannot read '%s'", journal->dir);
	while (!err->code && (file = readdir(dir))) {
		struct journal_entry entry = { .state = JOURNAL_PENDING };

		if (read_name(&entry, file->d_name))
			(void)!list_entry(journal, &entry, target, entries,
					  err);
	}
	closedir(dir);
	if (entries->count > 1)
		qsort(entries->items, entries->count, sizeof(*entries->items),
		      compare_entries);
	drop_doubles(entries);
	return err->code;
}

void journal_entries_release(struct journal_entries *entries)
{
	arena_release(&entries->arena);
	free(entries->items);
	memset(entries, 0, sizeof(*entries));
}

int journal_read(struct journal *journal, const struct journal_entry *entry,
		 struct stream **patch, struct err *err)
{
	enum journal_state state = entry->state;

	return open_entry(journal, entry->id, &state, patch, err);
}

/* ---- what became of it ---- */

/*
 * Collects the entry, what it undoes, what that undoes, and so on. An
 * entry undoes an older one, so this ends whatever the files say; one that was
 * forgotten ends it as well. A part of an undo leaves the rest to be undone.
 */
static int collect_undone(struct journal *journal, const char *id,
			  struct journal_entries *entries, struct err *err)
{
	struct err failure = ERR_INIT;

	while (id) {
		struct journal_entry entry = { .state = JOURNAL_PENDING };

		if (strlen(id) != JOURNAL_ID_SIZE - 1 ||
		    strspn(id, "0123456789abcdefTZ-") != strlen(id))
			return 0;
		memcpy(entry.id, id, JOURNAL_ID_SIZE);
		if (read_entry(journal, &entry, &entries->arena, &failure) < 0)
			break;
		if (add_entry(entries, &entry, err) < 0)
			return err->code;
		id = entry.note.undoes;
		if ((id && strcmp(id, entry.id) >= 0) ||
		    entry.note.parts < entry.note.all_parts)
			id = NULL;
	}
	if (failure.code && failure.code != D1_ENOTFOUND)
		*err = failure;
	return err->code;
}

int journal_resolve(struct journal *journal, const char *id,
		    enum journal_state state, struct err *err)
{
	struct journal_entries entries = { .count = 0 };
	enum journal_state found;
	size_t i;

	if (find_state(journal, id, &found, err) < 0 ||
	    collect_undone(journal, id, &entries, err) < 0)
		goto out;
	/* the last one first: then the entry itself stays as it is so long */
	for (i = entries.count; i > 0; i--) {
		const struct journal_entry *entry = &entries.items[i - 1];
		enum journal_state other =
			state == JOURNAL_DONE ? JOURNAL_UNDONE : JOURNAL_DONE;
		enum journal_state wanted = i % 2 == 1 ? state : other;

		if (entry->state != wanted &&
		    rename_entry(journal, entry->id, state_names[entry->state],
				 state_names[wanted], err) < 0)
			goto out;
	}
out:
	journal_entries_release(&entries);
	return err->code;
}

/* True if the file may go: an entry that is over or was never kept, a copy. */
static bool is_prunable(const struct journal *journal, const char *name,
			int64_t before)
{
	struct journal_entry entry;
	char kept[JOURNAL_ID_SIZE + sizeof(".undone")];
	const char *dot = strchr(name, '.');
	bool is_copy = dot && strcmp(dot + 1, copy_suffix) == 0;
	struct err gone = ERR_INIT;

	if (is_copy || (dot && strcmp(dot + 1, unfinished) == 0)) {
		snprintf(kept, sizeof(kept), "%.*s.%s", JOURNAL_ID_SIZE - 1,
			 name, state_names[JOURNAL_DONE]);
		name = kept;
	}
	if (!read_name(&entry, name) || strcmp(entry.id, journal->id) == 0)
		return false;
	/* a copy is what its entry is, and nothing without one */
	if (is_copy && find_state(journal, entry.id, &entry.state, &gone) < 0)
		entry.state = JOURNAL_DONE;
	return entry.state != JOURNAL_PENDING && entry.time < before;
}

int journal_prune(struct journal *journal, int64_t before, struct err *err)
{
	DIR *dir = opendir(journal->dir);
	struct dirent *file;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return err_set_errno(err, "cannot read '%s'", journal->dir);
	while ((file = readdir(dir)))
		if (is_prunable(journal, file->d_name, before) &&
		    unlinkat(dirfd(dir), file->d_name, 0) < 0 &&
		    errno != ENOENT)
			err_set_errno(err, "cannot remove '%s/%s'",
				      journal->dir, file->d_name);
	closedir(dir);
	return err->code;
}
