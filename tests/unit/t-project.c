/* From a wrangler configuration to a database. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/project.h"
#include "config/wrangler.h"
#include "sandbox.h"

#define ONE_ID "11111111-2222-3333-4444-555555555555"

static const char shop[] =
	"{\n"
	"  // the shop\n"
	"  \"name\": \"shop\",\n"
	"  \"account_id\": \"acc123\",\n"
	"  \"d1_databases\": [\n"
	"    { \"binding\": \"DB\", \"database_name\": \"shop\",\n"
	"      \"database_id\": \"" ONE_ID "\",\n"
	"      \"migrations_dir\": \"db/migrations\",\n"
	"      \"migrations_table\": \"ledger\" },\n"
	"    { \"binding\": \"LOGS\", \"database_name\": \"logs\",\n"
	"      \"database_id\": \"id-of-logs\",\n"
	"      \"preview_database_id\": \"preview-id-1\" },\n"
	"    { \"binding\": \"NOID\", },\n"
	"  ],\n"
	"  \"env\": {\n"
	"    \"staging\": { \"account_id\": \"acc456\", \"d1_databases\": [\n"
	"      { \"binding\": \"DB\", \"database_name\": \"shop-staging\",\n"
	"        \"database_id\": \"id-of-staging\" } ] },\n"
	"    \"empty\": {}\n"
	"  }\n"
	"}\n";

/* Loads the project in the sandbox. */
static int load(struct project *project, const char *environment,
		struct err *err)
{
	const struct project_options options = {
		.dir = sandbox_dir,
		.environment = environment,
	};

	err_clear(err);
	return project_load(project, &options, err);
}

static void check_found(const char *dir, const char *expected)
{
	struct err err = ERR_INIT;
	char *path;

	assert_int_equal(wrangler_config_find(&path, sandbox_path(dir), &err),
			 0);
	assert_string_equal(path, sandbox_path(expected));
	free(path);
}

static void files_are_searched_as_wrangler_does(void **state)
{
	struct project project = PROJECT_INIT;
	struct err err = ERR_INIT;
	char *path;

	(void)state;
	mkdir("a", 0777);
	mkdir("a/b", 0777);
	/* A temporary directory may lie below somebody's configuration. */
	if (wrangler_config_find(&path, sandbox_dir, &err) == 0) {
		free(path);
		skip();
	}
	assert_int_equal(load(&project, NULL, &err), D1_ENOTFOUND);
	assert_non_null(strstr(err.message, "no wrangler.json"));
	assert_non_null(strstr(err.hint, "--config"));
	sandbox_write("a/b/wrangler.toml", "");
	check_found("a/b", "a/b/wrangler.toml");
	sandbox_write("a/wrangler.jsonc", "{}");
	check_found("a/b", "a/wrangler.jsonc");
	sandbox_write("wrangler.json", "{}");
	check_found("a/b", "wrangler.json");
	mkdir("a/b/wrangler.json", 0777);
	check_found("a/b", "wrangler.json");
	project_release(&project);
}

static void databases_are_read(void **state)
{
	struct project project = PROJECT_INIT;
	const struct database *database;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write("wrangler.jsonc", shop);
	assert_int_equal(load(&project, NULL, &err), 0);
	assert_int_equal(project.count, 3);
	assert_int_equal(project_find(&database, &project, "shop", NULL, &err),
			 0);
	assert_string_equal(database->name, "shop");
	assert_string_equal(database->binding, "DB");
	assert_null(database->environment);
	assert_string_equal(database->id, ONE_ID);
	assert_null(database->preview_id);
	assert_string_equal(database->migrations_dir,
			    sandbox_path("db/migrations"));
	assert_string_equal(database->migrations_table, "ledger");
	assert_null(database->migrations_pattern);
	assert_string_equal(database->local_path,
			    sandbox_path(".wrangler/state/v3/d1/"
					 "miniflare-D1DatabaseObject/"
					 "f023adf8de81e80d62670e09f086149a"
					 "f129cccda34c51f26517069258c53e8c"
					 ".sqlite"));
	assert_int_equal(project_find(&database, &project, "LOGS", NULL, &err),
			 0);
	assert_string_equal(database->name, "logs");
	assert_string_equal(database->migrations_table, "d1_migrations");
	assert_string_equal(database->migrations_dir,
			    sandbox_path("migrations"));
	assert_non_null(strstr(database->local_path, "/67441a0b8c8ac167"));
	assert_int_equal(project_find(&database, &project, "NOID", NULL, &err),
			 0);
	assert_string_equal(database->name, "NOID");
	assert_non_null(strstr(database->local_path, "/4352776c43bd0755"));
	project_release(&project);
}

static void remote_ids_may_be_missing(void **state)
{
	struct project project = PROJECT_INIT;
	const struct database *database;
	struct err err = ERR_INIT;
	const char *id;

	(void)state;
	sandbox_write("wrangler.jsonc", shop);
	assert_int_equal(load(&project, NULL, &err), 0);
	assert_int_equal(project_find(&database, &project, "logs", NULL, &err),
			 0);
	assert_int_equal(project_remote_id(&id, &project, database, false,
					   &err),
			 0);
	assert_string_equal(id, "id-of-logs");
	assert_int_equal(project_remote_id(&id, &project, database, true, &err),
			 0);
	assert_string_equal(id, "preview-id-1");
	assert_int_equal(project_find(&database, &project, "NOID", NULL, &err),
			 0);
	assert_int_equal(project_remote_id(&id, &project, database, false,
					   &err),
			 D1_ERROR);
	assert_string_equal(err.message, "binding 'NOID' in 'wrangler.jsonc' "
					 "has no database_id");
	project_release(&project);
}

static void a_name_is_needed_where_there_are_several(void **state)
{
	struct project project = PROJECT_INIT;
	const struct database *database;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write("wrangler.jsonc", shop);
	assert_int_equal(load(&project, NULL, &err), 0);
	assert_int_equal(project_find(&database, &project, NULL, NULL, &err),
			 D1_ERROR);
	assert_null(database);
	assert_string_equal(err.message, "'wrangler.jsonc' has several "
					 "databases: name the one you mean");
	assert_string_equal(err.hint, "databases here: shop (binding DB), logs "
				      "(binding LOGS), NOID");
	err_clear(&err);
	assert_int_equal(project_find(&database, &project, "shpo", NULL, &err),
			 D1_ENOTFOUND);
	assert_string_equal(err.message,
			    "no database 'shpo' in 'wrangler.jsonc'");
	assert_string_equal(err.hint, "did you mean 'shop'?");
	err_clear(&err);
	assert_int_equal(project_find(&database, &project, "warehouse", NULL,
				      &err),
			 D1_ENOTFOUND);
	assert_non_null(strstr(err.hint, "databases here: shop"));
	err_clear(&err);
	assert_int_equal(project_find(&database, &project, "shop-staging", NULL,
				      &err),
			 D1_ENOTFOUND);
	assert_string_equal(err.hint,
			    "environment staging has it: use --env staging");
	project_release(&project);
}

static void environments_do_not_inherit(void **state)
{
	struct project project = PROJECT_INIT;
	struct account account = ACCOUNT_INIT;
	const struct database *database;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write("wrangler.jsonc", shop);
	assert_int_equal(load(&project, "staging", &err), 0);
	assert_int_equal(project.count, 1);
	assert_int_equal(project_find(&database, &project, NULL, NULL, &err),
			 0);
	assert_string_equal(database->name, "shop");
	assert_string_equal(database->database_name, "shop-staging");
	assert_string_equal(database->environment, "staging");
	assert_int_equal(project_account(&account, &project, database, &err),
			 0);
	assert_string_equal(account.id, "acc456");
	assert_int_equal(project_find(&database, &project, "shop", "", &err),
			 0);
	assert_string_equal(database->id, ONE_ID);
	assert_int_equal(project_account(&account, &project, database, &err),
			 0);
	assert_string_equal(account.id, "acc123");
	assert_int_equal(project_find(&database, &project, NULL, "empty", &err),
			 D1_ENOTFOUND);
	assert_string_equal(err.message, "'wrangler.jsonc' has no d1_databases "
					 "in environment empty");
	assert_non_null(strstr(err.hint, "not inherited"));
	err_clear(&err);
	assert_int_equal(project_find(&database, &project, "shop", "prod",
				      &err),
			 D1_ENOTFOUND);
	assert_non_null(strstr(err.message, "no environment 'prod' in '"));
	assert_string_equal(err.hint, "its environments are: staging, empty");
	account_release(&account);
	project_release(&project);
}

static void the_environment_may_come_from_variables(void **state)
{
	struct project project = PROJECT_INIT;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write("wrangler.jsonc", shop);
	sandbox_write(".env", "CLOUDFLARE_ENV=empty\n");
	assert_int_equal(load(&project, NULL, &err), 0);
	assert_string_equal(project.environment, "empty");
	assert_string_equal(project.environment_origin, ".env");
	setenv("CLOUDFLARE_ENV", "staging", 1);
	assert_int_equal(load(&project, NULL, &err), 0);
	assert_string_equal(project.environment, "staging");
	assert_int_equal(load(&project, "", &err), 0);
	assert_null(project.environment);
	setenv("CLOUDFLARE_ENV", "prod", 1);
	assert_int_equal(load(&project, NULL, &err), D1_ENOTFOUND);
	assert_non_null(strstr(err.message,
			       "environment from CLOUDFLARE_ENV: no "
			       "environment 'prod'"));
	project_release(&project);
}

static void pages_fall_back_to_the_top_level(void **state)
{
	struct project project = PROJECT_INIT;
	const struct database *database;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write("wrangler.jsonc",
		      "{\"pages_build_output_dir\": \"dist\", \"d1_databases\":"
		      "[{\"binding\":\"DB\",\"database_id\":\"x\"}]}");
	assert_int_equal(load(&project, "production", &err), 0);
	assert_int_equal(project_find(&database, &project, "DB", "preview",
				      &err),
			 0);
	assert_string_equal(database->id, "x");
	assert_int_equal(load(&project, "staging", &err), D1_ENOTFOUND);
	project_release(&project);
}

static void options_move_the_files(void **state)
{
	struct project project = PROJECT_INIT;
	struct project_options options = {
		.dir = sandbox_path("sub"),
		.config = "../conf/my.jsonc",
		.persist_to = "../state/",
	};
	const struct database *database;
	struct err err = ERR_INIT;

	(void)state;
	mkdir("sub", 0777);
	sandbox_write("conf/my.jsonc", shop);
	assert_int_equal(project_load(&project, &options, &err), 0);
	assert_int_equal(project_find(&database, &project, "NOID", NULL, &err),
			 0);
	assert_string_equal(project.persist_dir, sandbox_path("state"));
	assert_string_equal(database->migrations_dir,
			    sandbox_path("conf/migrations"));
	assert_string_equal(database->local_path,
			    sandbox_path("state/v3/d1/"
					 "miniflare-D1DatabaseObject/"
					 "4352776c43bd0755e466d0f7c7a1f4b7"
					 "61c294a796aa48768ba01c743affd068"
					 ".sqlite"));
	options.config = "none.jsonc";
	assert_int_equal(project_load(&project, &options, &err), D1_ENOTFOUND);
	assert_non_null(strstr(err.message, "none.jsonc' does not exist"));
	project_release(&project);
}

static void check_invalid(const char *text, const char *message)
{
	struct wrangler_config config = WRANGLER_CONFIG_INIT;
	struct err err = ERR_INIT;

	sandbox_write("w.jsonc", text);
	assert_int_equal(wrangler_config_load(&config, "w.jsonc", &err),
			 D1_ERROR);
	assert_string_equal(err.message, message);
	wrangler_config_release(&config);
}

static void mistakes_are_named(void **state)
{
	(void)state;
	check_invalid("{\"d1_databases\": {}}",
		      "'w.jsonc': d1_databases must be an array");
	check_invalid("{\"d1_databases\": [1]}",
		      "'w.jsonc': d1_databases[0] must be an object");
	check_invalid("{\"d1_databases\": [{}]}",
		      "'w.jsonc': d1_databases[0].binding is missing");
	check_invalid("{\"env\": {\"x\": {\"d1_databases\": [{\"binding\": "
		      "\"A\", \"database_id\": 5}]}}}",
		      "'w.jsonc': env.x.d1_databases[0].database_id must be a "
		      "string");
	check_invalid("{\"env\": []}", "'w.jsonc': env must be an object");
	check_invalid("{\"env\": {\"x\": 1}}",
		      "'w.jsonc': env.x must be an object");
	check_invalid("{\n\"account_id\": 5}",
		      "'w.jsonc': account_id must be a string");
	check_invalid("{\n\"account_id\" 5}",
		      "'w.jsonc' line 2, column 14: not valid JSON");
}

static void toml_is_read_too(void **state)
{
	struct project project = PROJECT_INIT;
	const struct database *database;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write("wrangler.toml",
		      "name = \"shop\"\naccount_id = \"acc123\"\n"
		      "[[d1_databases]]\nbinding = \"DB\"\n"
		      "database_name = \"shop\"\ndatabase_id = \"one\"\n"
		      "[env.staging]\n[[env.staging.d1_databases]]\n"
		      "binding = \"DB\"\ndatabase_id = \"two\"\n");
#ifdef WITH_TOML
	assert_int_equal(load(&project, NULL, &err), 0);
	assert_int_equal(project_find(&database, &project, NULL, "staging",
				      &err),
			 0);
	assert_string_equal(database->id, "two");
	assert_string_equal(database->name, "shop");
#else
	(void)database;
	assert_int_equal(load(&project, NULL, &err), D1_ERROR);
	assert_non_null(strstr(err.message, "built without TOML support"));
#endif
	project_release(&project);
}

static void two_databases_need_two_names(void **state)
{
	struct project project = PROJECT_INIT;
	const struct database *database;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write("wrangler.jsonc",
		      "{\"d1_databases\": ["
		      "{\"binding\":\"A\",\"database_name\":\"x\","
		      "\"database_id\":\"1\"},"
		      "{\"binding\":\"B\",\"database_name\":\"X\","
		      "\"database_id\":\"2\"},"
		      "{\"binding\":\"C\",\"database_name\":\"../y\","
		      "\"database_id\":\"3\"}]}");
	assert_int_equal(load(&project, NULL, &err), 0);
	assert_int_equal(project_find(&database, &project, "A", NULL, &err),
			 D1_EREFUSED);
	assert_non_null(strstr(err.message, "'A' and 'B' are different"));
	assert_non_null(strstr(err.hint, "database.B.name"));
	err_clear(&err);
	assert_int_equal(project_find(&database, &project, "C", NULL, &err),
			 D1_EREFUSED);
	assert_non_null(strstr(err.hint, "database.C.name"));
	sandbox_write(".d1config", "[database \"B\"]\n\tname = b\n"
				   "[database \"C\"]\n\tname = c\n"
				   "[database \"D\"]\n\tprotected\n");
	assert_int_equal(load(&project, NULL, &err), 0);
	assert_int_equal(project_find(&database, &project, "A", NULL, &err), 0);
	assert_int_equal(project_find(&database, &project, "b", NULL, &err), 0);
	assert_string_equal(database->id, "2");
	assert_int_equal(project_find(&database, &project, "c", NULL, &err), 0);
	assert_string_equal(database->id, "3");
	assert_int_equal(project.warnings.count, 1);
	assert_non_null(strstr(project.warnings.names[0], "binding 'D'"));
	project_release(&project);
}

static void one_database_may_have_two_bindings(void **state)
{
	struct project project = PROJECT_INIT;
	const struct database *database;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write("wrangler.jsonc",
		      "{\"d1_databases\": ["
		      "{\"binding\":\"A\",\"database_name\":\"x\","
		      "\"database_id\":\"1\"},"
		      "{\"binding\":\"B\",\"database_name\":\"x\","
		      "\"database_id\":\"1\"}]}");
	assert_int_equal(load(&project, NULL, &err), 0);
	assert_int_equal(project_find(&database, &project, NULL, NULL, &err),
			 0);
	assert_string_equal(database->binding, "A");
	assert_int_equal(project_find(&database, &project, "x", NULL, &err), 0);
	assert_string_equal(database->binding, "A");
	project_release(&project);
}

static void paths_stay_inside_the_worktree(void **state)
{
	struct project project = PROJECT_INIT;
	struct project_options options = {
		.dir = sandbox_path("app"),
	};
	const struct database *database;
	struct err err = ERR_INIT;
	char *dir;

	(void)state;
	options.worktree = sandbox_dir;
	sandbox_write("app/wrangler.jsonc",
		      "{\"d1_databases\": ["
		      "{\"binding\":\"A\",\"migrations_dir\":\"../sql\"},"
		      "{\"binding\":\"B\",\"migrations_dir\":\"../../sql\"}]}");
	sandbox_write(".d1config", "[database \"A\"]\n\tprotected\n");
	assert_int_equal(project_load(&project, &options, &err), 0);
	assert_int_equal(project_find(&database, &project, "A", NULL, &err), 0);
	assert_true(project_is_protected(&project, database));
	assert_int_equal(project_migrations_dir(&dir, &project, database, &err),
			 0);
	assert_string_equal(dir, sandbox_path("sql"));
	free(dir);
	assert_int_equal(project_snapshot_dir(&dir, &project, database, &err),
			 0);
	assert_string_equal(dir, sandbox_path("d1/A"));
	free(dir);
	assert_int_equal(project_find(&database, &project, "B", NULL, &err), 0);
	assert_false(project_is_protected(&project, database));
	assert_int_equal(project_migrations_dir(&dir, &project, database, &err),
			 D1_EREFUSED);
	assert_null(dir);
	err_clear(&err);
	assert_int_equal(symlink("/tmp", "d1"), 0);
	assert_int_equal(project_snapshot_dir(&dir, &project, database, &err),
			 D1_EREFUSED);
	assert_null(dir);
	project_release(&project);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_searched_as_wrangler_does),
		TEST(databases_are_read),
		TEST(remote_ids_may_be_missing),
		TEST(a_name_is_needed_where_there_are_several),
		TEST(environments_do_not_inherit),
		TEST(the_environment_may_come_from_variables),
		TEST(pages_fall_back_to_the_top_level),
		TEST(options_move_the_files),
		TEST(mistakes_are_named),
		TEST(toml_is_read_too),
		TEST(two_databases_need_two_names),
		TEST(one_database_may_have_two_bindings),
		TEST(paths_stay_inside_the_worktree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
