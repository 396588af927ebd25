#include "config.h"

#include "config/d1config.h"

#include <string.h>

#include "util/buf.h"
#include "util/compiler.h"
#include "util/file.h"
#include "util/path.h"

enum { MAX_FILE = 1024 * 1024 };

static const char *const policy_names[] = {
	[CONFLICT_ABORT] = "abort",
	[CONFLICT_LOCAL_WINS] = "local-wins",
	[CONFLICT_REMOTE_WINS] = "remote-wins",
	[CONFLICT_NEWER_WINS] = "newer-wins",
};

static bool conflict_policy_read(enum conflict_policy *policy, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(policy_names); i++) {
		if (!strcmp(policy_names[i], text)) {
			*policy = (enum conflict_policy)i;
			return true;
		}
	}
	return false;
}

const char *conflict_policy_name(enum conflict_policy policy)
{
	return policy_names[policy];
}

void d1config_release(struct d1config *config)
{
	arena_release(&config->arena);
	*config = (struct d1config)D1CONFIG_INIT;
}

/* One source being read. */
struct reading {
	struct d1config *config;
	const char *name; /* for messages */
	bool is_users;	  /* not a tracked file */
	bool protected_only;
};

/* Adds the names of a comma separated list. */
static int add_names(struct name_list *list, const char *value,
		     struct arena *arena, struct err *err)
{
	static const char blanks[] = " \t\r\n";
	int result = 0;

	while (!result && *value) {
		size_t size;
		const char *next;

		value += strspn(value, blanks);
		size = strcspn(value, ",");
		next = value + size + (value[size] == ',');
		while (size && strchr(blanks, value[size - 1]))
			size--;
		if (size)
			result = name_list_add(list,
					       arena_copy(arena, value, size),
					       arena, err);
		value = next;
	}
	return result;
}

static int set_string(const char **out, const char *value, struct arena *arena,
		      struct err *err)
{
	/* An empty value takes back an earlier one. */
	*out = *value ? arena_string(arena, value) : NULL;
	return *value && !*out ? err_set_nomem(err) : 0;
}

static int bad_value(const struct reading *reading, const char *key,
		     const char *value, const char *wanted, struct err *err)
{
	return err_set(err, D1_ERROR, "bad value '%s' of '%s' in %s: %s", value,
		       key, reading->name, wanted);
}

/* A secret in a tracked file. */
static int ignore_secret(const struct reading *reading, const char *key,
			 struct err *err)
{
	struct arena *arena = &reading->config->arena;

	if (reading->is_users)
		return 0;
	return name_list_add(
		&reading->config->warnings,
		arena_format(arena,
			     "ignored '%s' in %s: a secret cannot "
			     "stand in a tracked file; make a new one, "
			     "and set it in git's configuration",
			     key, reading->name),
		arena, err);
}

/* A key of a tracked file that has no meaning there. */
static int ignore(const struct reading *reading, const char *key,
		  struct err *err)
{
	struct arena *arena = &reading->config->arena;

	if (reading->is_users || reading->protected_only)
		return 0;
	return name_list_add(&reading->config->warnings,
			     arena_format(arena,
					  "ignored '%s' in %s: such a file "
					  "cannot set it",
					  key, reading->name),
			     arena, err);
}

/* Sets d1.<variable>. */
static int set_general(const struct reading *reading, const char *variable,
		       const char *key, const char *value, struct err *err)
{
	struct d1config *config = reading->config;

	if (!strcmp(variable, "tables"))
		return add_names(&config->tables, value, &config->arena, err);
	if (!strcmp(variable, "excludetables"))
		return add_names(&config->exclude_tables, value, &config->arena,
				 err);
	if (!strcmp(variable, "timestampcolumn"))
		return set_string(&config->timestamp_column, value,
				  &config->arena, err);
	if (!strcmp(variable, "snapshotpath")) {
		if (!*value || *value == '/')
			return bad_value(reading, key, value,
					 "it must be a relative path", err);
		return set_string(&config->snapshot_path, value, &config->arena,
				  err);
	}
	if (!strcmp(variable, "conflict")) {
		if (conflict_policy_read(&config->conflict, value))
			return 0;
		return bad_value(reading, key, value,
				 "it must be abort, local-wins, remote-wins or "
				 "newer-wins",
				 err);
	}
	if (!strcmp(variable, "maskkey"))
		return ignore_secret(reading, key, err);
	return ignore(reading, key, err);
}

/* The section of `name`, made if there is none yet; NULL if out of memory. */
static struct d1config_table *table_section(struct d1config *config,
					    const char *name)
{
	struct d1config_table *sections = config->table_sections;
	size_t count = config->table_count;

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(sections[i].name, name))
			return &sections[i];
	}
	sections = arena_array(&config->arena, count + 1, sizeof(*sections));
	if (!sections)
		return NULL;
	if (count)
		memcpy(sections, config->table_sections,
		       count * sizeof(*sections));
	sections[count].name = arena_string(&config->arena, name);
	if (!sections[count].name)
		return NULL;
	config->table_sections = sections;
	config->table_count++;
	return &sections[count];
}

/* Sets table.<name>.<variable>. */
static int set_table(const struct reading *reading, const char *name,
		     const char *variable, const char *key, const char *value,
		     struct err *err)
{
	struct arena *arena = &reading->config->arena;
	struct d1config_table *table = table_section(reading->config, name);

	if (!table)
		return err_set_nomem(err);
	if (!strcmp(variable, "key")) {
		if (reading->is_users && !table->key_is_users)
			table->key.count = 0;
		table->key_is_users = reading->is_users;
		return add_names(&table->key, value, arena, err);
	}
	if (!strcmp(variable, "ignorecolumns"))
		return add_names(&table->ignore_columns, value, arena, err);
	if (!strcmp(variable, "maskcolumns"))
		return add_names(&table->mask_columns, value, arena, err);
	if (!strcmp(variable, "label"))
		return set_string(&table->label, value, arena, err);
	if (!strcmp(variable, "timestampcolumn"))
		return set_string(&table->timestamp_column, value, arena, err);
	if (!strcmp(variable, "track")) {
		table->has_track = true;
		if (git_config_read_bool(&table->track, value))
			return 0;
		return bad_value(reading, key, value,
				 "it must be true or false", err);
	}
	return ignore(reading, key, err);
}

/* The same for a section "<binding>" or "<binding>@<environment>". */
static struct d1config_database *database_section(struct d1config *config,
						  const char *name)
{
	struct d1config_database *sections;
	size_t count = config->database_count;
	const char *at = strchr(name, '@');
	struct d1config_database *last;

	sections = arena_array(&config->arena, count + 1, sizeof(*sections));
	if (!sections)
		return NULL;
	if (count)
		memcpy(sections, config->database_sections,
		       count * sizeof(*sections));
	last = &sections[count];
	last->binding = arena_copy(&config->arena, name,
				   at ? (size_t)(at - name) : strlen(name));
	if (at)
		last->environment = arena_string(&config->arena, at + 1);
	if (!last->binding || (at && !last->environment))
		return NULL;
	config->database_sections = sections;
	config->database_count++;
	return last;
}

/* Sets database.<name>.<variable>. */
static int set_database(const struct reading *reading, const char *name,
			const char *variable, const char *key,
			const char *value, struct err *err)
{
	bool is_name = !strcmp(variable, "name");
	bool is_protected = !strcmp(variable, "protected");
	struct d1config_database *database;

	/* A database has one logical name in all environments. */
	if ((!is_name && !is_protected) || (is_name && strchr(name, '@')))
		return ignore(reading, key, err);
	if (is_name && reading->protected_only)
		return 0;
	database = database_section(reading->config, name);
	if (!database)
		return err_set_nomem(err);
	if (is_name)
		return set_string(&database->name, value,
				  &reading->config->arena, err);
	if (git_config_read_bool(&database->is_protected, value))
		return 0;
	return bad_value(reading, key, value, "it must be true or false", err);
}

/* Sorts a key into its kind and sets it. */
static int set_key(const struct reading *reading, const char *key,
		   const char *value, struct err *err)
{
	struct arena *arena = &reading->config->arena;
	const char *rest = key;
	const char *variable = strrchr(key, '.') + 1;
	const char *name = NULL;
	const char *dot;

	if (reading->is_users && !strncmp(key, "d1.", 3) &&
	    strchr(key + 3, '.'))
		rest = key + 3;
	dot = strchr(rest, '.');
	if (dot + 1 < variable) {
		name = arena_copy(arena, dot + 1, (size_t)(variable - dot - 2));
		if (!name)
			return err_set_nomem(err);
	}
	if (name && !strncmp(rest, "database.", 9))
		return set_database(reading, name, variable, key, value, err);
	if (reading->protected_only)
		return 0;
	if (name && !strncmp(rest, "table.", 6))
		return set_table(reading, name, variable, key, value, err);
	if (!name && !strncmp(rest, "d1.", 3))
		return set_general(reading, variable, key, value, err);
	return ignore(reading, key, err);
}

/* Sets all keys in the order they stand in, as a later one may win. */
static int set_all(const struct reading *reading,
		   const struct git_config *source, struct err *err)
{
	struct git_config_entry *order;
	int result = 0;

	order = arena_array(&reading->config->arena, source->count + 1,
			    sizeof(*order));
	if (!order)
		return err_set_nomem(err);
	for (size_t i = 0; i < source->count; i++)
		order[source->entries[i].place] = source->entries[i];
	for (size_t i = 0; !result && i < source->count; i++) {
		const struct git_config_entry *entry = &order[i];
		const char *value = entry->value;

		/* The user's configuration has other sections, too. */
		if (reading->is_users && strncmp(entry->key, "d1.", 3) != 0)
			continue;
		/* A key without "=" is true. */
		result = set_key(reading, entry->key, value ? value : "true",
				 err);
	}
	return result;
}

static int set_text(const struct reading *reading, const char *text,
		    size_t size, const char *path, struct err *err)
{
	struct git_config source;
	int result;

	git_config_init(&source);
	result = git_config_parse(&source, text, size, path, err);
	if (!result)
		result = set_all(reading, &source, err);
	git_config_release(&source);
	return result;
}

static int read_text(struct d1config *config, const char *text, size_t size,
		     const char *path, struct err *err)
{
	struct reading reading = { .config = config };

	config->path = arena_string(&config->arena, path);
	reading.name =
		arena_format(&config->arena, "'%s'", path_basename(path));
	if (!config->path || !reading.name)
		return err_set_nomem(err);
	return size ? set_text(&reading, text, size, path, err) : 0;
}

static int load_file(struct d1config *config, const char *path, struct err *err)
{
	struct err missing = ERR_INIT;
	struct buf text;
	int result;

	buf_init(&text, MAX_FILE);
	result = file_read(&text, path, FILE_NO_SYMLINK, &missing);
	if (result == D1_ENOTFOUND) {
		result = 0;
		goto out;
	}
	if (result) {
		*err = missing;
		goto out;
	}
	result = read_text(config, text.data, text.len, path, err);
out:
	buf_release(&text);
	return result;
}

static void begin(struct d1config *config)
{
	d1config_release(config);
	config->snapshot_path = "d1";
}

static int add_users(struct d1config *config, const struct git_config *user,
		     struct err *err)
{
	const struct reading reading = {
		.config = config,
		.name = "git's configuration",
		.is_users = true,
	};

	return user ? set_all(&reading, user, err) : 0;
}

int d1config_load(struct d1config *config, const char *path,
		  const struct git_config *user, struct err *err)
{
	begin(config);
	if (path && load_file(config, path, err) < 0)
		return err->code;
	return add_users(config, user, err);
}

int d1config_read(struct d1config *config, const char *text, size_t size,
		  const char *name, const struct git_config *user,
		  struct err *err)
{
	begin(config);
	if (read_text(config, text, size, name, err) < 0)
		return err->code;
	return add_users(config, user, err);
}

int d1config_add_protected(struct d1config *config, const char *text,
			   size_t size, const char *name, struct err *err)
{
	const struct reading reading = {
		.config = config,
		.name = name,
		.protected_only = true,
	};

	return set_text(&reading, text, size, name, err);
}

bool d1config_is_protected(const struct d1config *config, const char *binding,
			   const char *environment)
{
	for (size_t i = 0; i < config->database_count; i++) {
		const struct d1config_database *section =
			&config->database_sections[i];

		if (!section->is_protected ||
		    strcmp(section->binding, binding) != 0)
			continue;
		if (!section->environment ||
		    !strcmp(section->environment,
			    environment ? environment : ""))
			return true;
	}
	return false;
}

const char *d1config_database_name(const struct d1config *config,
				   const char *binding)
{
	const char *name = NULL;

	for (size_t i = 0; i < config->database_count; i++) {
		const struct d1config_database *section =
			&config->database_sections[i];

		if (section->name && !strcmp(section->binding, binding))
			name = section->name;
	}
	return name;
}
