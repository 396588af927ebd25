/* .d1config and the same settings in the user's git configuration. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/d1config.h"
#include "config/tablesettings.h"
#include "sandbox.h"

static const char example[] = "[d1]\n"
			      "\ttables = users, orders ,audit_*\n"
			      "\ttables = shop/extra\n"
			      "\texcludeTables = audit_2019\n"
			      "\ttimestampColumn = updated_at\n"
			      "\tconflict = newer-wins\n"
			      "\tsnapshotPath = data/d1\n"
			      "[table \"users\"]\n"
			      "\tkey = tenant, email\n"
			      "\tlabel = name\n"
			      "\ttrack = true\n"
			      "\tmaskColumns = phone\n"
			      "[table \"*\"]\n"
			      "\tignoreColumns = _*\n"
			      "\tlabel = title\n"
			      "[table \"shop/users\"]\n"
			      "\tmaskColumns = email, ip_?\n"
			      "\ttimestampColumn = seen\n"
			      "[database \"DB\"]\n"
			      "\tname = shop\n"
			      "[database \"DB@production\"]\n"
			      "\tprotected = true\n";

static void tables_are_chosen(void **state)
{
	struct d1config config = D1CONFIG_INIT;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".d1config", example);
	assert_int_equal(d1config_load(&config, ".d1config", NULL, &err), 0);
	assert_int_equal(config.warnings.count, 0);
	assert_true(d1config_wants_table(&config, "shop", "Users"));
	assert_true(d1config_wants_table(&config, "shop", "audit_2020"));
	assert_false(d1config_wants_table(&config, "shop", "audit_2019"));
	assert_false(d1config_wants_table(&config, "shop", "other"));
	assert_true(d1config_wants_table(&config, "shop", "extra"));
	assert_false(d1config_wants_table(&config, "blog", "extra"));
	assert_false(d1config_wants_table(&config, "shop", "d1_migrations"));
	assert_int_equal(config.conflict, CONFLICT_NEWER_WINS);
	assert_string_equal(conflict_policy_name(config.conflict),
			    "newer-wins");
	assert_string_equal(config.snapshot_path, "data/d1");
	assert_string_equal(config.timestamp_column, "updated_at");
	d1config_release(&config);

	assert_int_equal(d1config_load(&config, "none", NULL, &err), 0);
	assert_null(config.path);
	assert_string_equal(config.snapshot_path, "d1");
	assert_true(d1config_wants_table(&config, "shop", "any"));
	assert_false(d1config_wants_table(&config, "shop", "d1_migrations"));
	d1config_release(&config);

	sandbox_write(".d1config", "[d1]\ntables = d1_migrations\n");
	assert_int_equal(d1config_load(&config, ".d1config", NULL, &err), 0);
	assert_true(d1config_wants_table(&config, "shop", "d1_migrations"));
	d1config_release(&config);
}

static void sections_of_a_table_add_up(void **state)
{
	struct d1config config = D1CONFIG_INIT;
	struct arena arena = ARENA_INIT;
	struct table_settings settings;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".d1config", example);
	assert_int_equal(d1config_load(&config, ".d1config", NULL, &err), 0);
	assert_int_equal(d1config_table(&settings, &config, "shop", "USERS",
					&arena, &err),
			 0);
	assert_int_equal(settings.key.count, 2);
	assert_string_equal(settings.key.names[0], "tenant");
	assert_string_equal(settings.key.names[1], "email");
	assert_string_equal(settings.label, "name");
	assert_string_equal(settings.timestamp_column, "seen");
	assert_true(settings.is_tracked);
	assert_int_equal(settings.mask_columns.count, 3);
	assert_true(name_list_match(&settings.mask_columns, "Email"));
	assert_true(name_list_match(&settings.mask_columns, "ip_4"));
	assert_true(name_list_match(&settings.mask_columns, "phone"));
	assert_true(name_list_match(&settings.ignore_columns, "_rowver"));
	assert_false(name_list_match(&settings.ignore_columns, "name"));

	assert_int_equal(d1config_table(&settings, &config, "blog", "users",
					&arena, &err),
			 0);
	assert_int_equal(settings.mask_columns.count, 1);
	assert_string_equal(settings.timestamp_column, "updated_at");

	assert_int_equal(d1config_table(&settings, &config, "blog", "posts",
					&arena, &err),
			 0);
	assert_string_equal(settings.label, "title");
	assert_int_equal(settings.key.count, 0);
	assert_false(settings.is_tracked);
	arena_release(&arena);
	d1config_release(&config);
}

static void many_names_fit_in_a_list(void **state)
{
	struct d1config config = D1CONFIG_INIT;
	struct err err = ERR_INIT;
	char text[4096] = "[d1]\n";

	(void)state;
	for (int i = 0; i < 100; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "tables = t%d,,\n",
			 i);
	}
	sandbox_write(".d1config", text);
	assert_int_equal(d1config_load(&config, ".d1config", NULL, &err), 0);
	assert_int_equal(config.tables.count, 100);
	assert_string_equal(config.tables.names[0], "t0");
	assert_string_equal(config.tables.names[99], "t99");
	d1config_release(&config);
}

static void unsafe_keys_are_ignored_with_a_warning(void **state)
{
	struct d1config config = D1CONFIG_INIT;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".d1config",
		      "[d1]\n\tapiBaseUrl = http://evil\n\tautoPull = true\n"
		      "[core]\n\tpager = evil\n[table \"t\"]\n\tcommand = x\n"
		      "[database \"DB@production\"]\n\tname = x\n"
		      "[d1 \"table.t\"]\n\tkey = id\n");
	assert_int_equal(d1config_load(&config, ".d1config", NULL, &err), 0);
	assert_int_equal(config.warnings.count, 6);
	assert_string_equal(config.warnings.names[0],
			    "ignored 'd1.apibaseurl' in '.d1config': such a "
			    "file cannot set it");
	assert_int_equal(config.database_count, 0);
	d1config_release(&config);
}

static void bad_values_are_named(void **state)
{
	struct d1config config = D1CONFIG_INIT;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".d1config", "[d1]\n\tconflict = mine\n");
	assert_int_equal(d1config_load(&config, ".d1config", NULL, &err),
			 D1_ERROR);
	assert_string_equal(err.message,
			    "bad value 'mine' of 'd1.conflict' in "
			    "'.d1config': it must be abort, local-wins, "
			    "remote-wins or newer-wins");
	err_clear(&err);
	sandbox_write(".d1config", "[d1]\n\tsnapshotPath = /etc\n");
	assert_int_equal(d1config_load(&config, ".d1config", NULL, &err),
			 D1_ERROR);
	err_clear(&err);
	sandbox_write(".d1config", "[database \"DB\"]\n\tprotected = maybe\n");
	assert_int_equal(d1config_load(&config, ".d1config", NULL, &err),
			 D1_ERROR);
	err_clear(&err);
	sandbox_write(".d1config", "[d1\n");
	assert_int_equal(d1config_load(&config, ".d1config", NULL, &err),
			 D1_ERROR);
	assert_string_equal(err.message, "'.d1config' line 1 is not in the "
					 "syntax of git config");
	err_clear(&err);
	sandbox_write("real", "");
	unlink(".d1config");
	assert_int_equal(symlink("real", ".d1config"), 0);
	assert_int_equal(d1config_load(&config, ".d1config", NULL, &err),
			 D1_EREFUSED);
	d1config_release(&config);
}

static void the_user_has_the_last_word(void **state)
{
	struct d1config config = D1CONFIG_INIT;
	struct arena arena = ARENA_INIT;
	struct table_settings settings;
	struct git_config user;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".d1config", example);
	sandbox_write(".gitconfig",
		      "[d1]\n\tconflict = abort\n\ttables = mine\n"
		      "\tapiBaseUrl = http://localhost\n"
		      "[d1 \"table.users\"]\n\tkey = id\n"
		      "\tmaskColumns = street\n"
		      "[d1 \"database.DB\"]\n\tprotected\n"
		      "[d1 \"prePush\"]\n\tremote = warn\n"
		      "[table \"users\"]\n\tkey = not-ours\n");
	git_config_init(&user);
	assert_int_equal(git_config_load(&user, NULL, &err), 0);
	assert_int_equal(d1config_load(&config, ".d1config", &user, &err), 0);
	assert_int_equal(config.warnings.count, 0);
	assert_int_equal(config.conflict, CONFLICT_ABORT);
	assert_true(d1config_wants_table(&config, "shop", "mine"));
	assert_true(d1config_wants_table(&config, "shop", "users"));
	assert_int_equal(d1config_table(&settings, &config, "shop", "users",
					&arena, &err),
			 0);
	assert_int_equal(settings.key.count, 1);
	assert_string_equal(settings.key.names[0], "id");
	assert_int_equal(settings.mask_columns.count, 4);
	assert_true(d1config_is_protected(&config, "DB", NULL));
	git_config_release(&user);
	arena_release(&arena);
	d1config_release(&config);
}

static void protection_is_never_lifted(void **state)
{
	static const char head[] = "[database \"DB\"]\n\tprotected = true\n"
				   "\tname = other\n"
				   "[d1]\n\ttables = x\n\tbad = y\n";
	struct d1config config = D1CONFIG_INIT;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".d1config", example);
	assert_int_equal(d1config_load(&config, ".d1config", NULL, &err), 0);
	assert_string_equal(d1config_database_name(&config, "DB"), "shop");
	assert_null(d1config_database_name(&config, "db"));
	assert_true(d1config_is_protected(&config, "DB", "production"));
	assert_false(d1config_is_protected(&config, "DB", "staging"));
	assert_false(d1config_is_protected(&config, "DB", NULL));
	assert_int_equal(d1config_add_protected(&config, head, strlen(head),
						"HEAD:.d1config", &err),
			 0);
	assert_true(d1config_is_protected(&config, "DB", "staging"));
	assert_true(d1config_is_protected(&config, "DB", NULL));
	assert_string_equal(d1config_database_name(&config, "DB"), "shop");
	assert_int_equal(config.warnings.count, 0);
	assert_false(d1config_wants_table(&config, "shop", "x"));
	d1config_release(&config);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tables_are_chosen),
		TEST(sections_of_a_table_add_up),
		TEST(many_names_fit_in_a_list),
		TEST(unsafe_keys_are_ignored_with_a_warning),
		TEST(bad_values_are_named),
		TEST(the_user_has_the_last_word),
		TEST(protection_is_never_lifted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
