/*
 * Runs a fuzz target without a fuzzer: over each file of its corpus, over each
 * beginning of it, and over it with each byte changed in a few ways. What it
 * finds, it finds in every run.
 *
 * usage: fuzz-<name> [<file or directory>...]
 *
 * Without arguments the corpus is tests/fuzz/corpus/<name> in TOP_SRCDIR.
 * Speaks TAP, one point a file. A target that fails ends the program.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/compiler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	/* A long seed is changed at this many places only. */
	PLACES_MAX = 512,
	SEED_MAX = 1 << 20,
};

static int points;

static void *allocate(size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (!memory) {
		puts("Bail out! out of memory");
		exit(1);
	}
	return memory;
}

/* Exactly as many bytes as the target may read, for a sanitizer to guard. */
static void run_once(const uint8_t *data, size_t size)
{
	uint8_t *copy = allocate(size);

	memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_changed(uint8_t *data, size_t size, size_t place)
{
	static const uint8_t others[] = { 0x00, 0x0a, '"', '\'', '\\', '9',
					  '-',	'{',  '}', 0x7f, 0xff };
	uint8_t kept = data[place];

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		data[place] = others[i];
		run_once(data, size);
	}
	data[place] = kept ^ 1;
	run_once(data, size);
	data[place] = kept;
}

static void run_seed(uint8_t *data, size_t size)
{
	size_t step = size / PLACES_MAX + 1;

	run_once(data, size);
	for (size_t place = 0; place < size; place += step) {
		run_once(data, place);
		run_changed(data, size, place);
	}
}

static void report(const char *path, const char *why)
{
	points++;
	if (why)
		printf("not ok %d - %s: %s\n", points, path, why);
	else
		printf("ok %d - %s\n", points, path);
	fflush(stdout);
}

static void run_file(const char *path)
{
	uint8_t *data = allocate(SEED_MAX);
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file) {
		report(path, strerror(errno));
		goto out;
	}
	size = fread(data, 1, SEED_MAX, file);
	if (ferror(file)) {
		report(path, strerror(errno));
		goto out;
	}
	run_seed(data, size);
	report(path, NULL);
out:
	if (file)
		fclose(file);
	free(data);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* A directory stands for the files in it. */
static void run_path(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_visible, alphasort);

	if (count < 0) {
		run_file(path);
		return;
	}
	for (int i = 0; i < count; i++) {
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		run_file(file);
		free(entries[i]);
	}
	free(entries);
}

static void run_corpus(const char *program)
{
	const char *top = getenv("TOP_SRCDIR");
	const char *name = strrchr(program, '-');
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", top ? top : ".",
		 name ? name + 1 : program);
	run_path(path);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		run_path(argv[i]);
	if (argc < 2)
		run_corpus(argv[0]);
	printf("1..%d\n", points);
	return 0;
}
