#!/bin/sh

test_description='git d1 schema: definitions that want more than to define'

. "$(dirname "$0")/lib.sh"

if ! test_have_prereq SQLITE3
then
	skip_all='needs sqlite3'
	test_done
fi

git init -q
echo "CREATE TABLE t(a INT);" >plain.sql
sqlite3 plain.sqlite "CREATE TABLE t(a INT); INSERT INTO t VALUES(1)"
mkdir evil

# Whatever is done with a hostile schema: what would be made is not there.
harmless () {
	test_path_is_missing pwned && test_path_is_missing evil/pwned
}

test_path_is_missing () {
	test ! -e "$1" && return 0
	echo >&2 "$1 is there"
	return 1
}

# every_way FILE: all that reads a text of definitions ends in time, with an
# exit code of its own, and leaves a database as it was.
every_way () {
	sqlite3 plain.sqlite .dump >before.dump
	for words in "diff plain.sql $1" "diff $1 ./plain.sqlite" \
		"plan plain.sql $1" "plan $1 plain.sql" "plan ./plain.sqlite $1" \
		"plan --scratch=prefix ./plain.sqlite $1" \
		"sync --dry-run --to ./plain.sqlite $1"
	do
		# shellcheck disable=SC2086 # words are words
		timeout 60 git-d1 schema $words >out 2>err
		code=$?
		case $code in
		0 | 3 | 128) ;;
		*)
			echo >&2 "exit code $code: git-d1 schema $words"
			cat >&2 err
			return 1
			;;
		esac
		harmless || return 1
	done
	sqlite3 plain.sqlite .dump >after.dump
	test_cmp before.dump after.dump
}

# refuses SQL TEXT: and the plan is refused with that text.
refuses () {
	printf "%s\n" "$1" >hostile.sql &&
	every_way hostile.sql &&
	test_expect_exit 3 git-d1 schema plan ./plain.sqlite hostile.sql >out &&
	test_must_be_empty out &&
	grep -F -e "$2" err
}

# takes SQL: it does nothing but define.
takes () {
	printf "%s\n" "$1" >hostile.sql &&
	every_way hostile.sql
}

test_expect_success 'functions that reach beyond, in what is evaluated' '
	for function in "load_extension('\''./evil'\'')" "writefile('\''pwned'\'', 1)" \
		"fts3_tokenizer('\''simple'\'')"
	do
		name=${function%%(*}
		refuses "CREATE TABLE t(a INT, CHECK ($function));" \
			"the function $name is not allowed in this file" &&
		refuses "CREATE TABLE t(a INT); CREATE INDEX i ON t(a) WHERE $function;" \
			"the function $name is not allowed in this file" &&
		refuses "CREATE TABLE t(b INT AS ($function) STORED, a INT);" \
			"the function $name is not allowed in this file" &&
		refuses "CREATE TABLE t(a INT, b DEFAULT ($function));" \
			"$name()" &&
		takes "CREATE TABLE t(a INT, b AS ($function));" &&
		takes "CREATE TABLE t(a INT); CREATE VIEW v AS SELECT $function AS x FROM t;" &&
		takes "CREATE TABLE t(a INT);
			CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT $function; END;" ||
		return 1
	done
'

test_expect_success 'modules, statements and databases' '
	refuses "CREATE VIRTUAL TABLE x USING csv(filename='\''plain.sql'\'');" \
		"D1 has no module" &&
	refuses "CREATE VIRTUAL TABLE x USING dbstat;" "D1 has no module" &&
	refuses "ATTACH '\''pwned'\'' AS x;" "is no definition" &&
	refuses "VACUUM INTO '\''pwned'\'';" "is no definition" &&
	refuses "CREATE TABLE other.t(a);" "it is made in another database" &&
	takes "CREATE TABLE t(a INT); CREATE VIEW v AS SELECT * FROM pragma_database_list;"
'

test_expect_success 'what never ends, and what is too deep or too large' '
	takes "CREATE TABLE t(a INT); CREATE VIEW v AS SELECT * FROM w; CREATE VIEW w AS SELECT * FROM v;" &&
	takes "CREATE TABLE t(a INT); CREATE VIEW v AS WITH RECURSIVE c(n) AS
		(SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c;" &&
	refuses "CREATE TABLE t(a INT, CHECK (a < (WITH RECURSIVE c(n) AS
		(SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c)));" \
		"subqueries prohibited in CHECK constraints" &&
	takes "CREATE TABLE t(a INT, b TEXT);
		CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO t VALUES(1, 2); END;
		CREATE TRIGGER h AFTER DELETE ON t BEGIN INSERT INTO t VALUES(1, 2); END;" &&
	takes "CREATE TABLE t(a INT, b AS (zeroblob(2000000000)) STORED);" &&
	takes "CREATE TABLE t(a INT, b AS (replace(hex(zeroblob(1000000)), 0, hex(zeroblob(1000000)))));" &&
	for before in "CHECK " "DEFAULT " "CHECK (-" "CHECK (a AND "
	do
		awk -v before="$before" "BEGIN {
			printf \"CREATE TABLE t(a INT %s\", before
			for (i = 0; i < 40000; i++) printf \"(\"
			printf \"a\"
			for (i = 0; i < 40000; i++) printf \")\"
			print before ~ /[(]/ ? \"));\" : \");\" }" >hostile.sql &&
		every_way hostile.sql || return 1
	done &&
	awk "BEGIN {
		printf \"CREATE TABLE t(a INT); CREATE VIEW v AS SELECT \"
		for (i = 0; i < 8000; i++) printf \"(SELECT \"
		printf \"a\"
		for (i = 0; i < 8000; i++) printf \")\"
		print \" FROM t;\" }" >hostile.sql &&
	every_way hostile.sql
'

# craft NAME SQL: a file whose catalogue holds what SQLite would not have taken.
craft () {
	rm -f crafted.sqlite &&
	sqlite3 crafted.sqlite "CREATE TABLE t(a INT, b); CREATE INDEX i ON t(a);
		INSERT INTO t(a) VALUES(1)" &&
	sqlite3 -cmd ".dbconfig defensive off" crafted.sqlite "
		PRAGMA writable_schema=ON;
		UPDATE sqlite_schema SET sql = '$2' WHERE name = '$1'" >/dev/null
}

test_expect_success 'a file that was made by hand' '
	sqlite3 other.sqlite "CREATE TABLE t(a INT, b); INSERT INTO t(a) VALUES(2)" &&
	for sql in "CREATE TABLE t(a INT, b AS (load_extension('\'''\''./evil'\'''\'')))" \
		"CREATE TABLE t(a INT, b AS (writefile('\'''\''pwned'\'''\'', a)))" \
		"CREATE TABLE t(a INT, b CHECK (fts3_tokenizer('\'''\''a'\'''\'', x'\'''\''4141414141414141'\'''\'')))" \
		"CREATE TABLE t(a INT, b DEFAULT (load_extension('\'''\''./evil'\'''\'')))" \
		"CREATE INDEX i ON t(load_extension('\'''\''./evil'\'''\''))" \
		"CREATE INDEX i ON t(a) WHERE writefile('\'''\''pwned'\'''\'', a)"
	do
		case "$sql" in
		*TABLE*) name=t ;;
		*) name=i ;;
		esac
		craft $name "$sql" &&
		cp crafted.sqlite kept.sqlite || return 1
		for words in "schema diff plain.sql ./crafted.sqlite" \
			"schema plan ./crafted.sqlite plain.sql" \
			"schema plan --scratch=prefix ./crafted.sqlite plain.sql" \
			"schema sync --to ./crafted.sqlite plain.sql" \
			"schema lint ./crafted.sqlite" \
			"diff ./crafted.sqlite ./other.sqlite"
		do
			timeout 60 git-d1 $words >out 2>err
			case $? in
			0 | 1 | 3 | 128) ;;
			*) cat >&2 err; return 1 ;;
			esac
			harmless && cmp crafted.sqlite kept.sqlite || return 1
		done
	done
'

test_expect_success 'a folder of migrations' '
	make_wrangler_project shop "CREATE TABLE t(a INT)" &&
	(
		cd shop && git init -q && mkdir migrations &&
		cat >migrations/0001_a.sql <<-\EOT &&
		CREATE TABLE m(a INT);
		CREATE TRIGGER g AFTER INSERT ON m BEGIN
			SELECT load_extension('\''./evil'\'');
		END;
		INSERT INTO m VALUES(1);
		EOT
		test_expect_exit 3 git-d1 migrations apply &&
		grep "0001_a.sql:5: .*load_extension" err &&
		printf "SELECT writefile('\''pwned'\'', 1);\n" >migrations/0001_a.sql &&
		test_must_fail git-d1 migrations apply 2>err &&
		grep "writefile" err &&
		printf "ATTACH '\''pwned'\'' AS x;\n" >migrations/0001_a.sql &&
		test_must_fail git-d1 migrations apply 2>err &&
		grep "ATTACH is not allowed in this file" err &&
		test_path_is_missing pwned &&
		test "$(sqlite3 "$(local_database .)" "SELECT count(*) FROM
			sqlite_schema WHERE name = '\''m'\''")" = 0
	)
'

test_done
