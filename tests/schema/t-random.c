/*
 * Plans between random schemas, with rows, both ways. A plan may be refused;
 * one that is made must lead where it is to lead and keep every row.
 *
 * SCHEMA_SEED=n repeats one world, SCHEMA_ROUNDS=n tries so many.
 */
#include "config.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "judge.h"
#include "random.h"
#include "schema/blueprint.h"
#include "schema/schemaplan.h"
#include "source/functions.h"
#include "util/buf.h"

enum {
	MAX_TABLES = 5,
	MAX_COLUMNS = 6,
	MAX_TEXT = 1 << 20,
	ROUNDS = 300,
	MANY = 40, /* tables of a large schema, which nothing refers to */
};

/* What a schema is made of; zero is "not there". */
struct made_column {
	int name; /* of a few, so that the same ones come back */
	int type, null, value, check, unique, collate, generated;
	int parent; /* the place of a table plus 1 */
	int action;
};

struct made_table {
	bool there;
	int key; /* how the primary key is */
	struct made_column columns[MAX_COLUMNS];
	int ncolumns;
	bool strict, without_rowid;
	int index, view, trigger;
};

struct made {
	struct made_table tables[MAX_TABLES];
	bool is_large; /* a plan is rehearsed part by part */
};

static int choose(struct random *random, int count)
{
	return (int)random_below(random, (size_t)count);
}

/* Something in one of `times` cases, else nothing. */
static int sometimes(struct random *random, int times, int count)
{
	return random_once_in(random, (size_t)times) ? 1 + choose(random, count)
						     : 0;
}

/* ---- making one ---- */

static void make_column(struct made_column *column, struct random *random)
{
	*column = (struct made_column){
		.name = choose(random, 9),
		.type = choose(random, 4),
		.null = sometimes(random, 4, 1),
		.value = sometimes(random, 2, 4),
		.check = sometimes(random, 6, 2),
		.unique = sometimes(random, 8, 1),
		.collate = sometimes(random, 8, 2),
		.generated = sometimes(random, 9, 2),
		.parent = sometimes(random, 3, MAX_TABLES),
		.action = choose(random, 5),
	};
}

static void make_table(struct made_table *table, struct random *random)
{
	table->there = !random_once_in(random, 5);
	table->key = choose(random, 4);
	table->ncolumns = 1 + choose(random, MAX_COLUMNS);
	for (int i = 0; i < MAX_COLUMNS; i++)
		make_column(&table->columns[i], random);
	table->strict = random_once_in(random, 6);
	table->without_rowid = random_once_in(random, 6);
	table->index = sometimes(random, 2, 4);
	table->view = sometimes(random, 3, 2);
	table->trigger = sometimes(random, 3, 2);
}

/* Another schema that is not far from it. */
static void change(struct made *made, struct random *random)
{
	for (int n = 1 + choose(random, 4); n > 0; n--) {
		struct made_table *table =
			&made->tables[choose(random, MAX_TABLES)];
		struct made_column *column =
			&table->columns[choose(random, MAX_COLUMNS)];

		switch (choose(random, 12)) {
		case 0:
			make_table(table, random);
			break;
		case 1:
			make_column(column, random);
			break;
		case 2:
			table->ncolumns = 1 + choose(random, MAX_COLUMNS);
			break;
		case 3:
			column->null = !column->null;
			break;
		case 4:
			column->check = sometimes(random, 2, 2);
			break;
		case 5:
			column->parent = sometimes(random, 2, MAX_TABLES);
			break;
		case 6:
			table->strict = !table->strict;
			break;
		case 7:
			table->key = choose(random, 4);
			break;
		case 8:
			table->index = sometimes(random, 2, 4);
			break;
		case 9:
			table->view = sometimes(random, 2, 2);
			table->trigger = sometimes(random, 2, 2);
			break;
		case 10:
			column->action = choose(random, 5);
			break;
		default:
			column->type = choose(random, 4);
			break;
		}
	}
}

/* ---- as SQL ---- */

static bool has_name(const struct made_table *table, int count, int name)
{
	for (int i = 0; i < count; i++)
		if (table->columns[i].name == name)
			return true;
	return false;
}

static void add_column(struct buf *out, const struct made *made,
		       const struct made_table *table,
		       const struct made_column *column)
{
	static const char *const types[] = { "INT", "TEXT", "REAL", "BLOB" };
	static const char *const values[] = { "", " DEFAULT 7",
					      " DEFAULT 'x;y'",
					      " DEFAULT (1 + 1)",
					      " DEFAULT NULL" };
	static const char *const collations[] = { "", " COLLATE NOCASE",
						  " COLLATE RTRIM" };
	static const char *const actions[] = { "", " ON DELETE CASCADE",
					       " ON DELETE SET NULL",
					       " ON DELETE RESTRICT",
					       " ON UPDATE CASCADE" };
	int parent = column->parent - 1;

	buf_add_format(out, ",\n\t\"c %d\" %s", column->name,
		       types[column->generated ? 1 : column->type]);
	if (column->generated) {
		buf_add_format(out, " AS (id || '%d')%s", column->name,
			       column->generated == 2 ? " STORED" : "");
		return;
	}
	buf_add_format(out, "%s%s%s%s", column->null ? " NOT NULL" : "",
		       values[column->value], collations[column->collate],
		       column->unique ? " UNIQUE" : "");
	if (column->check)
		buf_add_format(out, " CHECK(\"c %d\" IS NOT '%d')",
			       column->name, column->check + 50);
	if (parent >= 0 && made->tables[parent].there &&
	    made->tables[parent].key != 3 && !table->strict &&
	    !made->tables[parent].strict)
		buf_add_format(out, " REFERENCES t%d(id)%s", parent,
			       actions[column->action]);
}

static void add_table(struct buf *out, const struct made *made, int place)
{
	static const char *const keys[] = {
		"id INTEGER PRIMARY KEY",
		"id INTEGER PRIMARY KEY AUTOINCREMENT",
		"id TEXT PRIMARY KEY NOT NULL", "id INTEGER"
	};
	const struct made_table *table = &made->tables[place];
	bool rowid =
		!table->without_rowid || table->key == 1 || table->key == 3;

	buf_add_format(out, "CREATE TABLE t%d(\n\t%s", place, keys[table->key]);
	for (int i = 0; i < table->ncolumns; i++)
		if (!has_name(table, i, table->columns[i].name))
			add_column(out, made, table, &table->columns[i]);
	buf_add_format(out, "\n)%s%s%s;\n", table->strict ? " STRICT" : "",
		       table->strict && !rowid ? "," : "",
		       rowid ? "" : " WITHOUT ROWID");
}

static void add_others(struct buf *out, const struct made *made, int place)
{
	const struct made_table *table = &made->tables[place];
	int name = table->columns[0].name;
	int other = (place + 1) % MAX_TABLES;

	if (table->index)
		buf_add_format(out, "CREATE INDEX i%d ON t%d(%s\"c %d\"%s);\n",
			       place, place, table->index == 2 ? "id, " : "",
			       name, table->index == 3 ? " DESC" : "");
	if (table->view)
		buf_add_format(out,
			       "CREATE VIEW v%d AS SELECT \"c %d\" AS x FROM"
			       " t%d%s;\n",
			       place, name, place,
			       table->view == 2 ? " WHERE x > ';'" : "");
	if (table->view && place > 0 && made->tables[place - 1].view &&
	    made->tables[place - 1].there)
		buf_add_format(out,
			       "CREATE VIEW w%d AS SELECT x FROM v%d"
			       " UNION SELECT x FROM v%d;\n",
			       place, place, place - 1);
	if (table->trigger && made->tables[other].there)
		buf_add_format(out,
			       "CREATE TRIGGER g%d AFTER INSERT ON t%d BEGIN\n"
			       "\tDELETE FROM t%d WHERE id = 'a\n  b;' || "
			       "%d;\nEND;\n",
			       place, place, other, table->trigger);
}

static void make_sql(struct buf *out, const struct made *made)
{
	buf_init(out, MAX_TEXT);
	buf_add_string(out, "");
	for (int i = 0; made->is_large && i < MANY; i++)
		buf_add_format(out, "CREATE TABLE one_of_many%d(id);\n", i);
	for (int i = 0; i < MAX_TABLES; i++)
		if (made->tables[i].there)
			add_table(out, made, i);
	for (int i = 0; i < MAX_TABLES; i++)
		if (made->tables[i].there)
			add_others(out, made, i);
}

/* ---- trying ---- */

static bool is_valid(const struct buf *sql)
{
	sqlite3 *db;
	bool valid;

	sqlite3_open(":memory:", &db);
	valid = sqlite3_exec(db, sql->data, NULL, NULL, NULL) == SQLITE_OK;
	sqlite3_close(db);
	return valid;
}

struct counts {
	size_t made, empty, refused, data;
};

static void plan_one(const struct buf *a, const struct buf *b, uint64_t seed,
		     struct counts *counts)
{
	const struct schemaplan_options options = { .renames = NULL };
	struct judged judged = { .before = a->data, .after = b->data };
	struct schemaplan plan = { .count = 0 };
	struct blueprint from, to;
	struct err err = ERR_INIT;
	char *why = NULL;

	blueprint_init(&from, "a");
	blueprint_init(&to, "b");
	if (blueprint_add_text(&from, a->data, a->len, "a", &err) == 0 &&
	    blueprint_add_text(&to, b->data, b->len, "b", &err) == 0 &&
	    blueprint_finish(&from, &err) == 0 &&
	    blueprint_finish(&to, &err) == 0 &&
	    schemaplan_make(&plan, &from, &to, &options, &err) == 0) {
		counts->made++;
		counts->empty += plan.count == 0;
		why = judge_plan(&judged, &plan);
		if (why && (strstr(why, "constraint failed") ||
			    strstr(why, "cannot store") ||
			    strstr(why, "datatype mismatch"))) {
			/* rows that a new rule does not allow */
			counts->data++;
			free(why);
			judged.rows = "SELECT 1";
			why = judge_plan(&judged, &plan);
		}
	} else {
		counts->refused++;
		if (err.code != D1_EREFUSED)
			why = strdup(err.message);
	}
	if (why) {
		/* longer than what a failure may say */
		fprintf(stderr, "from\n%sto\n%s", a->data, b->data);
		fail_msg("SCHEMA_SEED=%" PRIu64 ": %s", seed, why);
	}
	schemaplan_release(&plan);
	blueprint_release(&from);
	blueprint_release(&to);
}

static void try_world(uint64_t seed, struct counts *counts)
{
	struct random random = { .state = seed };
	struct made made;
	struct buf a, b;

	memset(&made, 0, sizeof(made));
	made.is_large = seed % 3 == 0;
	for (int i = 0; i < MAX_TABLES; i++)
		make_table(&made.tables[i], &random);
	make_sql(&a, &made);
	change(&made, &random);
	make_sql(&b, &made);
	if (is_valid(&a) && is_valid(&b)) {
		plan_one(&a, &b, seed, counts);
		plan_one(&b, &a, seed, counts);
		plan_one(&a, &a, seed, counts);
	}
	buf_release(&a);
	buf_release(&b);
}

static void test_random_schemas(void **state)
{
	const char *only = getenv("SCHEMA_SEED");
	const char *rounds = getenv("SCHEMA_ROUNDS");
	uint64_t count = rounds ? strtoull(rounds, NULL, 10) : ROUNDS;
	struct counts counts = { 0 };

	(void)state;
	if (only) {
		try_world(strtoull(only, NULL, 10), &counts);
		return;
	}
	for (uint64_t seed = 1; seed <= count; seed++)
		try_world(seed, &counts);
	print_message("seeds 1 to %" PRIu64 ": %zu plans, %zu empty, %zu whose "
		      "rows are in the way, %zu refused\n",
		      count, counts.made, counts.empty, counts.data,
		      counts.refused);
	assert_true(counts.made > counts.refused);
	assert_true(counts.made > 2 * counts.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_schemas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
