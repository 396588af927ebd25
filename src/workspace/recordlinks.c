#include "config.h"

#include "workspace/recordlinks.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/file.h"

enum {
	PAUSE = 1000 * 1000, /* nanoseconds */
	PAUSES = 50,
};

/*
 * What a line of the file `stat` says of a linked file: its size and the time
 * of its last change, and its path. An editor that writes in place changes the
 * link as well; then it is no record any more.
 */
static void add_stat(struct buf *lines, const struct stat *info,
		     const char *path)
{
	buf_add_format(lines, "%lld %lld.%09ld %s\n", (long long)info->st_size,
		       (long long)info->st_mtim.tv_sec, info->st_mtim.tv_nsec,
		       path);
}

/* Files while they are linked from one folder to another. */
struct linking {
	const char *from;
	const char *to;
	struct buf stats;
	struct timespec newest; /* of their times */
	bool impossible;	/* another file system, or one without links */
};

static bool is_after(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec > other->tv_sec ||
	       (one->tv_sec == other->tv_sec && one->tv_nsec > other->tv_nsec);
}

/* Where times are whole seconds, that of a change is the end of its second. */
static void note_time(struct linking *linking, struct timespec time)
{
	if (time.tv_nsec == 0)
		time.tv_nsec = 999999999;
	if (is_after(&time, &linking->newest))
		linking->newest = time;
}

/*
 * The times of files move on in ticks of some milliseconds: a change within the
 * tick of the last one could not be told by them. Waits until that is over;
 * false if it does not end soon, as for a time that is still to come.
 */
static bool outlast_tick(const struct linking *linking)
{
	const struct timespec pause = { .tv_nsec = PAUSE };

	for (int i = 0; i < PAUSES; i++) {
		struct timespec now;

		if (clock_gettime(CLOCK_REALTIME_COARSE, &now) < 0)
			return false;
		if (is_after(&now, &linking->newest))
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static int link_file(struct linking *linking, const char *path, struct err *err)
{
	char *from = NULL, *to = NULL;
	struct stat info;

	if (asprintf(&from, "%s/%s", linking->from, path) < 0 ||
	    asprintf(&to, "%s/%s", linking->to, path) < 0) {
		err_set_nomem(err);
	} else if (link(from, to) < 0 || lstat(to, &info) < 0) {
		linking->impossible = errno != ENOENT;
	} else {
		add_stat(&linking->stats, &info, path);
		note_time(linking, info.st_mtim);
	}
	free(from);
	free(to);
	return err->code;
}

static int link_data(void *context, const struct filetree_entry *entry,
		     struct err *err)
{
	struct linking *linking = context;
	char *path = NULL;

	if (entry->kind != FILETREE_FILE || linking->impossible)
		return 0;
	if (asprintf(&path, "data/%s", entry->name) < 0)
		return err_set_nomem(err);
	(void)!link_file(linking, path, err);
	free(path);
	return err->code;
}

static int make_folders(const char *path, struct err *err)
{
	char *data;

	if (asprintf(&data, "%s/data", path) < 0)
		return err_set_nomem(err);
	for (char *end = data + 1; !err->code && end; end++) {
		end = strchr(end, '/');
		if (end)
			*end = '\0';
		if (mkdir(data, 0777) < 0 && errno != EEXIST)
			err_set_errno(err, "cannot make the folder '%s'", data);
		if (!end)
			break;
		*end = '/';
	}
	free(data);
	return err->code;
}

/*
 * Not forced to the disk, which would wait for the snapshot itself: a note that
 * a crash has cut fits no file.
 */
static int write_stats(const char *made, const struct buf *stats,
		       struct err *err)
{
	char *path;
	FILE *file;

	if (asprintf(&path, "%s/stat", made) < 0)
		return err_set_nomem(err);
	if (buf_check(stats, "a list of files", err) == 0) {
		file = fopen(path, "we");
		if (file && stats->len > 0)
			fwrite(stats->data, 1, stats->len, file);
		if (!file || ferror(file) || fclose(file) == EOF)
			err_set_errno(err, "cannot write '%s'", path);
	}
	free(path);
	return err->code;
}

int recordlinks_make(bool *done, const char *made, const char *path,
		     const char *folder, struct filetree *files,
		     struct err *err)
{
	struct linking linking = { .from = folder, .to = path };

	buf_init(&linking.stats, 1 << 24);
	if (make_folders(path, err) == 0 &&
	    link_file(&linking, "schema.sql", err) == 0 &&
	    link_file(&linking, "triggers.sql", err) == 0 &&
	    filetree_list(files, "data", link_data, &linking, err) == 0 &&
	    !linking.impossible) {
		linking.impossible = !outlast_tick(&linking);
		if (!linking.impossible)
			(void)!write_stats(made, &linking.stats, err);
	}
	buf_release(&linking.stats);
	*done = !linking.impossible;
	return err->code;
}

/* Compares one line of `stat` with the file below `path`. */
static bool is_as_noted(const char *line, const char *path)
{
	const char *name = strchr(line, ' ');
	struct stat info;
	struct buf now;
	char *file = NULL;
	bool same;

	name = name ? strchr(name + 1, ' ') : NULL;
	if (!name || asprintf(&file, "%s/%s", path, name + 1) < 0)
		return false;
	buf_init(&now, PATH_MAX + 128);
	same = lstat(file, &info) == 0;
	if (same) {
		add_stat(&now, &info, name + 1);
		same = !now.failed && strlen(line) + 1 == now.len &&
		       strncmp(now.data, line, now.len - 1) == 0;
	}
	buf_release(&now);
	free(file);
	return same;
}

/* True if all lines of the note, which is complete, are as the files are. */
static bool check_lines(char *line, const char *files)
{
	bool any = false;

	for (char *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (!is_as_noted(line, files))
			return false;
		any = true;
	}
	return any && !*line;
}

int recordlinks_check(bool *same, const char *folder, const char *name,
		      struct err *err)
{
	char *path = NULL, *files = NULL;
	struct buf stats;

	*same = true;
	buf_init(&stats, 1 << 24);
	if (asprintf(&path, "%s/stat", folder) < 0 ||
	    asprintf(&files, "%s/%s", folder, name) < 0) {
		err_set_nomem(err);
	} else if (file_read(&stats, path, FILE_NO_SYMLINK, err) ==
		   D1_ENOTFOUND) {
		err_clear(err); /* they are copies */
	} else if (!err->code) {
		*same = stats.len > 0 && check_lines(stats.data, files);
	}
	buf_release(&stats);
	free(files);
	free(path);
	return err->code;
}
