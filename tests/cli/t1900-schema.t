#!/bin/sh

test_description='git d1 schema: comparing and planning'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

# refused WORD...: the plan is refused with these lines, and nothing is printed.
refused () {
	test_expect_exit 3 git-d1 schema plan ./db.sqlite want.sql >out &&
	test_must_be_empty out &&
	for line
	do
		test_line err "$line" || return 1
	done
}

test_expect_success 'the second word is wanted, and known' '
	test_expect_exit 129 git-d1 schema &&
	test_line err "error: no git d1 schema command given" &&
	test_expect_exit 129 git-d1 schema paln &&
	test_line err "error: '\''paln'\'' is not a git d1 schema command" &&
	test_line err "hint: the closest command is '\''plan'\''" &&
	test_expect_exit 129 git-d1 schema plan one &&
	test_line err "hint: see '\''git d1 schema plan -h'\''" &&
	test_expect_exit 129 git-d1 schema plan -h >out &&
	grep "^usage: git d1 schema plan " out &&
	git-d1 schema --help >out &&
	grep "^usage: git d1 schema diff " out &&
	grep "^   or: git d1 schema plan " out
'

cat >a.sql <<'EOT'
CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
CREATE INDEX i ON c(p);
CREATE VIEW v AS SELECT n FROM p;
EOT
cat >b.sql <<'EOT'
create table P("id" integer primary key, n text not null, -- a comment
	x text default 'a
b');
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
CREATE INDEX i ON c(p DESC);
CREATE TRIGGER g AFTER INSERT ON p BEGIN SELECT 1; END;
EOT

test_expect_success 'diff: what differs in meaning' '
	cat >expected <<-\EOT &&
	changed table p
	  -n TEXT
	  +n text not null,
	  +x text default '\''a
	  +b'\''
	changed index i
	  -CREATE INDEX i ON c(p)
	  +CREATE INDEX i ON c(p DESC)
	removed view v
	  -CREATE VIEW v AS SELECT n FROM p
	added trigger g
	  +CREATE TRIGGER g AFTER INSERT ON p BEGIN
	  +SELECT 1;
	  +END
	EOT
	git-d1 schema diff a.sql b.sql >actual &&
	test_cmp expected actual &&
	test_expect_code 1 git-d1 schema diff --exit-code a.sql b.sql &&
	test_expect_code 1 git-d1 schema diff -q a.sql b.sql >actual &&
	test_must_be_empty actual
'

test_expect_success 'diff: spelling is no difference' '
	sed -e "s/CREATE/create/" -e "s/(id/([ID]/" a.sql >spelled.sql &&
	git-d1 schema diff --exit-code a.sql spelled.sql >actual &&
	test_must_be_empty actual &&
	git-d1 schema plan a.sql spelled.sql >actual &&
	test_must_be_empty actual &&
	git-d1 schema diff --json a.sql spelled.sql >actual &&
	echo "[]" >expected &&
	test_cmp expected actual
'

test_expect_success 'diff: the name of a constraint is shown, and no more' '
	echo "CREATE TABLE t(a INT, CONSTRAINT one CHECK(a > 0));" >one.sql &&
	echo "CREATE TABLE t(a INT, CONSTRAINT two CHECK(a > 0));" >two.sql &&
	cat >expected <<-\EOT &&
	renamed constraints of table t
	  -CONSTRAINT one CHECK(a > 0)
	  +CONSTRAINT two CHECK(a > 0)
	EOT
	git-d1 schema diff --exit-code one.sql two.sql >actual &&
	test_cmp expected actual &&
	git-d1 schema plan one.sql two.sql >actual &&
	test_must_be_empty actual
'

test_expect_success 'plan: statements, with what they are for' '
	cat >old.sql <<-\EOT &&
	CREATE TABLE t(a INT, b TEXT, c REAL);
	CREATE TABLE gone(x INT);
	CREATE VIEW v AS SELECT b FROM t;
	EOT
	cat >new.sql <<-\EOT &&
	CREATE TABLE t(a INT, c REAL, d INT DEFAULT 1 CHECK(d > 0));
	CREATE UNIQUE INDEX i ON t(a);
	EOT
	cat >expected <<-\EOT &&
	-- All of it is one transaction.
	-- foreign keys are checked at the end
	PRAGMA defer_foreign_keys=on;
	-- view '\''v'\'' is dropped
	DROP VIEW "v";
	-- column '\''b'\'' of '\''t'\'' is dropped
	-- destructive: lost are the values of '\''b'\'' in table '\''t'\''
	ALTER TABLE "t" DROP COLUMN "b";
	-- column '\''d'\'' of '\''t'\'' is new
	ALTER TABLE "t" ADD COLUMN d INT DEFAULT 1 CHECK(d > 0);
	-- index '\''i'\'' is made
	CREATE UNIQUE INDEX i ON t(a);
	-- table '\''gone'\'' is dropped
	-- destructive: lost are all rows of '\''gone'\''
	DROP TABLE "gone";
	EOT
	git-d1 schema plan old.sql new.sql >actual &&
	test_cmp expected actual &&
	git-d1 schema plan --json old.sql new.sql >json &&
	test 2 = "$(grep -c "\"kind\":\"destructive\"" json)" &&
	grep "\"object\":\"t.b\"" json
'

test_expect_success 'plan: what leads wrangler astray is written otherwise' '
	echo "CREATE TABLE t(id INTEGER PRIMARY KEY, a, end);" >old.sql &&
	cat >new.sql <<-\EOT &&
	CREATE TABLE t(id INTEGER PRIMARY KEY, a, end, begin TEXT);
	CREATE VIEW v AS
		SELECT case when a then '\'' case '\'' end AS b, end FROM t;
	CREATE VIEW w AS SELECT case when a then 1 end, a FROM t;
	create trigger r after insert on t begin
		update t set end = (case new.a when 1 then 2 end ); -- the end
		select case when new.a then 1 end;
	end;
	EOT
	cat >expected <<-\EOT &&
	-- All of it is one transaction.
	-- column '\''begin'\'' of '\''t'\'' is new
	ALTER TABLE "t" ADD COLUMN "begin" TEXT;
	-- view '\''v'\'' is made
	CREATE VIEW v AS SELECT CASE when a then '\'' case '\'' END AS b, "end" FROM t;
	-- view '\''w'\'' is made
	CREATE VIEW w AS SELECT case when a then 1 end, a FROM t;
	-- trigger '\''r'\'' is made
	-- note: if wrangler applies this to a remote database, D1 takes the END of the CASE for that of the trigger
	-- note: put the CASE in parentheses, or apply it with git d1 migrations apply
	CREATE TRIGGER r after insert on t BEGIN
		update t set "end" = (case new.a when 1 then 2 end);
		select CASE when new.a then 1 END;
	END;
	EOT
	git-d1 schema plan old.sql new.sql >plan 2>err &&
	tr -d "\t" <plan >actual &&
	test_cmp expected actual &&
	cat >expected <<-\EOT &&
	warning: trigger '\''r'\'' is made: if wrangler applies this to a remote database, D1 takes the END of the CASE for that of the trigger
	hint: put the CASE in parentheses, or apply it with git d1 migrations apply
	EOT
	test_cmp expected err &&
	rm -f wrangled.sqlite &&
	cat old.sql plan | sqlite3 wrangled.sqlite &&
	git-d1 schema diff --exit-code ./wrangled.sqlite new.sql &&
	git-d1 schema plan --json old.sql new.sql >json &&
	grep "\"trouble\":\"if wrangler applies this" json
'

# It is right all the same, but D1 takes no more bytes at once.
test_expect_success 'plan: what wrangler takes for one statement may be too long' '
	: >old.sql &&
	echo "CREATE VIEW a AS SELECT case when 1 then 2 end, 3;" >new.sql &&
	for i in 1 2 3
	do
		printf "CREATE VIEW b$i AS SELECT '\''%030000d'\'' AS c;\n" 0
	done >>new.sql &&
	git-d1 schema plan old.sql new.sql >actual 2>err &&
	test_must_be_empty err &&
	printf "CREATE VIEW b4 AS SELECT '\''%030000d'\'' AS c;\n" 0 >>new.sql &&
	git-d1 schema plan old.sql new.sql >actual 2>err &&
	cat >expected <<-\EOT &&
	warning: view '\''a'\'' is made: wrangler before 4.137 takes this and what follows for one statement, which is too long
	hint: apply it with git d1 migrations apply
	EOT
	test_cmp expected err
'

test_expect_success 'plan: what sqlite3 makes of it' '
	sqlite3 db.sqlite <a.sql &&
	sqlite3 db.sqlite "INSERT INTO p VALUES(1,'\''one'\''),(2,'\''two'\'');
		INSERT INTO c VALUES(10,1),(11,2)" &&
	cp db.sqlite copy.sqlite &&
	git-d1 schema plan ./copy.sqlite b.sql >plan &&
	grep "^-- note: .c. refers to .p. with ON DELETE CASCADE: its 2 rows" \
		plan &&
	{ echo "PRAGMA foreign_keys=ON; BEGIN;" && cat plan && echo "COMMIT;"; } |
		sqlite3 -bail copy.sqlite &&
	git-d1 schema plan ./copy.sqlite b.sql >actual &&
	test_must_be_empty actual &&
	echo "10|1 11|2" >expected &&
	sqlite3 copy.sqlite "SELECT * FROM c" | paste -s -d " " >actual &&
	test_cmp expected actual
'

test_expect_success 'plan: children stay, unless there are fewer rows of them' '
	rm -f few.sqlite &&
	sqlite3 few.sqlite "CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
		CREATE TABLE c(p INT REFERENCES p);
		INSERT INTO p VALUES(1,'\''one'\''); INSERT INTO c VALUES(1),(1)" &&
	cat >few.sql <<-\EOT &&
	CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
	CREATE TABLE c(p INT REFERENCES p);
	EOT
	git-d1 schema plan ./few.sqlite few.sql >plan &&
	grep -v "^--" plan | sed "s/git_d1_[0-9a-f]*/SCRATCH/" >actual &&
	cat >expected <<-\EOT &&
	PRAGMA defer_foreign_keys=on;
	CREATE INDEX "SCRATCH" ON "c"("p");
	CREATE TABLE "SCRATCH" AS SELECT * FROM "p";
	DROP TABLE "p";
	CREATE TABLE p(
		id INTEGER PRIMARY KEY,
		n TEXT NOT NULL
	);
	INSERT INTO "p"("id","n") SELECT "id","n" FROM "SCRATCH";
	DROP INDEX "SCRATCH";
	DROP TABLE "SCRATCH";
	EOT
	tr -d "\t" <expected >wanted && tr -d "\t" <actual >given &&
	test_cmp wanted given &&
	sqlite3 few.sqlite "DELETE FROM c; INSERT INTO p VALUES(2,'\''two'\'')" &&
	git-d1 schema plan ./few.sqlite few.sql >plan &&
	grep "^ALTER TABLE \"p\" RENAME" plan && grep "^CREATE TABLE c" plan &&
	! grep "AS SELECT" plan
'

test_expect_success 'plan: children with ON DELETE CASCADE stay, if there are more' '
	rm -f few.sqlite &&
	sqlite3 few.sqlite "CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
		CREATE TABLE c(p INT REFERENCES p ON DELETE CASCADE);
		CREATE INDEX i ON c(p);
		INSERT INTO p VALUES(1,'\''one'\''); INSERT INTO c VALUES(1),(1)" &&
	cat >few.sql <<-\EOT &&
	CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
	CREATE TABLE c(p INT REFERENCES p ON DELETE CASCADE);
	CREATE INDEX i ON c(p);
	EOT
	git-d1 schema plan ./few.sqlite few.sql >plan &&
	cat >expected <<-\EOT &&
	CREATE TABLE "SCRATCH" AS SELECT * FROM "p";
	UPDATE "p" SET "id" = ("id" | 0x4769745f64310000) - ("id" & 0x4769745f64310000);
	DROP TABLE "p";
	EOT
	sed -n "s/git_d1_[0-9a-f]*/SCRATCH/; /AS SELECT/,/DROP TABLE \"p\"/{/^--/!p}" \
		plan >actual &&
	test_cmp expected actual &&
	sqlite3 few.sqlite "INSERT INTO p VALUES(2,'\''two'\'')" &&
	git-d1 schema plan ./few.sqlite few.sql >plan &&
	grep "^ALTER TABLE \"p\" RENAME" plan && grep "^CREATE TABLE c" plan
'

test_expect_success 'plan: rows that are in the way are named' '
	sqlite3 db.sqlite "INSERT INTO p VALUES(3,NULL),(4,NULL),(5,'\''one'\'');
		INSERT INTO c VALUES(12,NULL)" &&
	cat >want.sql <<-\EOT &&
	CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT NOT NULL);
	CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);
	EOT
	refused "error: column '\''n'\'' becomes NOT NULL, and is NULL in 2 rows of table '\''p'\'': id=3; id=4" \
		"hint: fill these rows first, or give the column a DEFAULT" &&
	sed -i "s/NOT NULL/UNIQUE/" want.sql &&
	refused "error: values of \"n\" are to be unique, and are not in 2 rows of table '\''p'\'': id=1; id=5" &&
	sed -i "s/UNIQUE/CHECK(n <> '\''two'\'')/" want.sql &&
	refused "error: CHECK(n <> '\''two'\'') does not hold in 1 row of table '\''p'\'': id=2" &&
	sed -i "s/ TEXT CHECK.*/ INTEGER) STRICT;/" want.sql &&
	refused "error: column '\''n'\'' is to hold integer only, and does not in 3 rows of table '\''p'\'': id=1; id=2; id=5" &&
	sed -i "s/ INTEGER) STRICT/ TEXT, x INT NOT NULL)/" want.sql &&
	refused "error: column '\''x'\'' of table '\''p'\'' is new and is NOT NULL without a default: there is no value for the rows that are there" &&
	sqlite3 db.sqlite "DELETE FROM c; DELETE FROM p" &&
	git-d1 schema plan ./db.sqlite want.sql >out &&
	grep "^CREATE TABLE p" out
'

test_expect_success 'plan: values that a key cannot hold are named' '
	sqlite3 key.sqlite "CREATE TABLE t(a INT, b ANY) STRICT;
		INSERT INTO t VALUES(NULL,1),(2,2),(3,'\'''\''),(4,'\''007'\'')" &&
	refused_key () {
		echo "$1" >want.sql || return 1
		git-d1 schema plan ./key.sqlite want.sql >out 2>problem
		test $? = 3 &&
		head -n 1 problem >line &&
		echo "error: $2" >expect &&
		test_cmp expect line
	} &&
	refused_key "CREATE TABLE t(a INT, b ANY, PRIMARY KEY(a, b)) STRICT;" \
		"column '\''a'\'' becomes NOT NULL, and is NULL in 1 row of table '\''t'\'': rowid=1" &&
	refused_key "CREATE TABLE t(a INT, b INTEGER PRIMARY KEY);" \
		"column '\''b'\'' is to hold integer only, and does not in 1 row of table '\''t'\'': rowid=3" &&
	refused_key "CREATE TABLE t(a INT, b ANY, c INT DEFAULT 1 UNIQUE) STRICT;" \
		"column '\''c'\'' of table '\''t'\'' is new and UNIQUE, and its default is the same for all rows that are there" &&
	sqlite3 key.sqlite "DELETE FROM t WHERE b <> '\''007'\''" &&
	git-d1 schema plan ./key.sqlite want.sql >out &&
	grep "UNIQUE" out &&
	echo "CREATE TABLE t(a INT, b INTEGER PRIMARY KEY);" >want.sql &&
	git-d1 schema plan ./key.sqlite want.sql >out &&
	grep "^-- destructive" out
'

# looked_at BEFORE AFTER [LINE]: with rows as in BEFORE, the plan for AFTER is
# refused with the line; without one, it can be carried out.
looked_at () {
	rm -f looked.sqlite &&
	sqlite3 looked.sqlite "$1" &&
	echo "$2" >looked.sql &&
	if test $# = 2
	then
		git-d1 schema sync --to ./looked.sqlite looked.sql >out &&
		git-d1 schema diff --exit-code ./looked.sqlite looked.sql
	else
		test_expect_exit 3 git-d1 schema plan ./looked.sqlite \
			looked.sql >out &&
		test_must_be_empty out &&
		test_line err "error: $3"
	fi
}

test_expect_success 'plan: a CHECK of columns that are new, or of another type' '
	before="CREATE TABLE t(id INTEGER PRIMARY KEY, a INT); INSERT INTO t VALUES(1, 1), (2, 5)" &&
	looked_at "$before" \
		"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b INT DEFAULT '\''3'\'' CHECK(b > a));" \
		"CHECK(b > a) does not hold in 1 row of table '\''t'\'': id=2" &&
	looked_at "$before" \
		"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b INT DEFAULT '\''6'\'' CHECK(b > a));" &&
	looked_at "$before" \
		"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT DEFAULT '\''X'\'' COLLATE NOCASE CHECK(b = '\''x'\''));" &&
	looked_at "$before" \
		"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT DEFAULT '\''X'\'' CHECK(b = '\''x'\''));" \
		"CHECK(b = '\''x'\'') does not hold in 2 rows of table '\''t'\'': id=1; id=2" &&
	looked_at "$before" \
		"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT CHECK(a <> '\''5'\''));" \
		"CHECK(a <> '\''5'\'') does not hold in 1 row of table '\''t'\'': id=2" &&
	looked_at "$before" \
		"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, g INT AS (h * 2), h INT AS (a - 3), CHECK(t.g < 4));" \
		"CHECK(t.g < 4) does not hold in 1 row of table '\''t'\'': id=2" &&
	looked_at "$before" \
		"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, g INT AS (h * 2), h INT AS (a - 3), CHECK(t.g < 5));" &&
	before="CREATE TABLE t(a INT); INSERT INTO t VALUES(NULL), (2)" &&
	looked_at "$before" "CREATE TABLE t(a INT NOT NULL DEFAULT 3 CHECK(a IS NOT NULL));" &&
	looked_at "$before" "CREATE TABLE t(a INT NOT NULL DEFAULT 3 CHECK(a <> 3));" \
		"CHECK(a <> 3) does not hold in 1 row of table '\''t'\'': rowid=1" &&
	looked_at "$before" "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, CHECK(id < 2));" \
		"CHECK(id < 2) does not hold in 1 row of table '\''t'\'': rowid=2" &&
	looked_at "CREATE TABLE t(a TEXT, b INT, CHECK(a < b)); INSERT INTO t VALUES('\''x'\'', '\''y'\'')" \
		"CREATE TABLE t(a BLOB, b INT, CHECK(a < b));"
'

test_expect_success 'plan: unique indexes of expressions, collations and parts' '
	before="CREATE TABLE t(a TEXT); INSERT INTO t VALUES('\''a'\''), ('\''A'\''), ('\''b'\''), (NULL), (NULL)" &&
	looked_at "$before" "CREATE TABLE t(a TEXT); CREATE UNIQUE INDEX i ON t(lower(a) DESC);" \
		"values of lower(a) are to be unique, and are not in 2 rows of table '\''t'\'': rowid=1; rowid=2" &&
	looked_at "$before" "CREATE TABLE t(a TEXT); CREATE UNIQUE INDEX i ON t(a COLLATE NOCASE, lower(a)) WHERE a <> '\''c'\'';" \
		"values of a COLLATE NOCASE, lower(a) are to be unique, and are not in 2 rows of table '\''t'\'': rowid=1; rowid=2" &&
	looked_at "$before" "CREATE TABLE t(a TEXT); CREATE UNIQUE INDEX i ON t(a COLLATE NOCASE) WHERE a <> '\''A'\'';" &&
	looked_at "$before" "CREATE TABLE t(a TEXT); CREATE UNIQUE INDEX i ON t(upper(a), length(a)) WHERE a > '\''A'\'';" &&
	looked_at "$before" "CREATE TABLE t(a TEXT COLLATE NOCASE UNIQUE);" \
		"values of \"a\" are to be unique, and are not in 2 rows of table '\''t'\'': rowid=1; rowid=2" &&
	before="CREATE TABLE t(a TEXT); CREATE UNIQUE INDEX i ON t(a); INSERT INTO t VALUES('\''a'\''), ('\''A'\'')" &&
	looked_at "$before" "CREATE TABLE t(a TEXT COLLATE NOCASE); CREATE UNIQUE INDEX i ON t(a);" \
		"values of a are to be unique, and are not in 2 rows of table '\''t'\'': rowid=1; rowid=2" &&
	looked_at "$before" "CREATE TABLE t(a TEXT NOT NULL); CREATE UNIQUE INDEX i ON t(a);" &&
	looked_at "CREATE TABLE t(a INT); INSERT INTO t VALUES(NULL), (NULL)" \
		"CREATE TABLE t(a INT, g INT UNIQUE AS (json_quote(a)) STORED);" \
		"values of \"g\" are to be unique, and are not in 2 rows of table '\''t'\'': rowid=1; rowid=2" &&
	looked_at "CREATE TABLE t(a INT UNIQUE); INSERT INTO t VALUES(1), (2), ('\''x'\'')" \
		"CREATE TABLE t(a TEXT UNIQUE);" &&
	looked_at "CREATE TABLE t(a INT); INSERT INTO t VALUES(1), (1)" \
		"CREATE TABLE t(a INT, b INT DEFAULT 7, UNIQUE(a, b));" \
		"values of \"a\", \"b\" are to be unique, and are not in 2 rows of table '\''t'\'': rowid=1; rowid=2"
'

test_expect_success 'plan: what is generated, and defaults of a STRICT table' '
	before="CREATE TABLE t(a TEXT) STRICT; INSERT INTO t VALUES('\''7'\''), ('\''x'\''), (NULL)" &&
	looked_at "$before" "CREATE TABLE t(a TEXT, g TEXT NOT NULL AS (a || 1)) STRICT;" \
		"column '\''g'\'' is NOT NULL, and what generates it is NULL in 1 row of table '\''t'\'': rowid=3" &&
	looked_at "$before" "CREATE TABLE t(a TEXT, g INT AS (a)) STRICT;" \
		"column '\''g'\'' holds int only, and something else is generated in 1 row of table '\''t'\'': rowid=2" &&
	looked_at "$before" "CREATE TABLE t(a TEXT, g INT AS (nullif(a, '\''x'\''))) STRICT;" &&
	looked_at "$before" "CREATE TABLE t(a TEXT, b INT DEFAULT '\''x'\'') STRICT;" \
		"column '\''b'\'' is to hold int only, its default is none, and is needed in 3 rows of table '\''t'\'': rowid=1; rowid=2; rowid=3" &&
	looked_at "$before" "CREATE TABLE t(a TEXT, b INT DEFAULT '\''5'\'') STRICT;" &&
	looked_at "$before" "CREATE TABLE t(a TEXT NOT NULL DEFAULT x'\''00'\'') STRICT;" \
		"column '\''a'\'' is to hold text only, its default is none, and is needed in 1 row of table '\''t'\'': rowid=3" &&
	looked_at "CREATE TABLE t(a TEXT) STRICT" "CREATE TABLE t(a TEXT, b INT DEFAULT '\''x'\'') STRICT;"
'

test_expect_success 'plan: rows are looked at under their old names' '
	sqlite3 db.sqlite "INSERT INTO p VALUES(3,NULL)" &&
	cat >want.sql <<-\EOT &&
	-- @renamed from=p
	CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT NOT NULL -- @renamed from=n
	);
	CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES people ON DELETE CASCADE);
	EOT
	refused "error: column '\''name'\'' becomes NOT NULL, and is NULL in 1 row of table '\''people'\'': id=3" &&
	sqlite3 db.sqlite "DELETE FROM p" &&
	git-d1 schema plan ./db.sqlite want.sql >out &&
	grep "^ALTER TABLE \"p\" RENAME TO \"people\";" out &&
	grep "^ALTER TABLE \"people\" RENAME COLUMN \"n\" TO \"name\";" out
'

test_expect_success 'plan: what is meant must be said' '
	sqlite3 db.sqlite "DROP TABLE c; DROP VIEW v" &&
	echo "CREATE TABLE p(id INTEGER PRIMARY KEY, title TEXT);" >want.sql &&
	refused "error: column '\''n'\'' of table '\''p'\'' goes, and '\''title'\'' of the same type comes: that looks like a rename" &&
	git-d1 schema plan --rename p.n=title ./db.sqlite want.sql >out &&
	grep RENAME out &&
	git-d1 schema plan --allow-destructive=p.n ./db.sqlite want.sql >out &&
	grep "DROP COLUMN" out &&
	test_expect_exit 129 git-d1 schema plan --rename=x ./db.sqlite want.sql
'

test_expect_success 'a file of definitions has nothing else' '
	printf "%s\n" "CREATE TABLE t(a);" "" "DELETE FROM t;" >bad.sql &&
	test_expect_exit 3 git-d1 schema diff a.sql bad.sql &&
	test_line err "error: bad.sql:3: '\''DELETE'\'' is no definition: a schema has only CREATE statements" &&
	printf "%s\n" "CREATE TABLE t(a);" "CREATE TABLE T(b);" >bad.sql &&
	test_expect_exit 3 git-d1 schema diff a.sql bad.sql &&
	test_line err "error: bad.sql:2: '\''T'\'' is defined twice" &&
	printf "%s\n" "CREATE INDEX i ON nothing(a);" >bad.sql &&
	test_expect_exit 3 git-d1 schema diff a.sql bad.sql &&
	test_line err "error: bad.sql:1: no such table: '\''nothing'\''" &&
	echo "CREATE TABLE t(a INT,);" >bad.sql &&
	test_expect_exit 3 git-d1 schema plan a.sql bad.sql &&
	test_line err "error: bad.sql:1: near \")\": syntax error"
'

test_expect_success 'snapshots and the local database are sides' '
	git init -q repo &&
	(
		cd repo &&
		make_wrangler_project . "$(cat ../a.sql)" &&
		mkdir -p d1/shop &&
		cp ../a.sql d1/shop/schema.sql &&
		git add . && test_tick && git commit -q -m one &&
		git-d1 schema diff --exit-code local HEAD &&
		git-d1 schema diff --exit-code snapshot local &&
		head -n 2 ../a.sql >d1/shop/schema.sql &&
		git-d1 schema plan HEAD snapshot >actual &&
		cat >expected <<-\EOT &&
		-- All of it is one transaction.
		-- view '\''v'\'' is dropped
		DROP VIEW "v";
		-- index '\''i'\'' is dropped
		DROP INDEX "i";
		EOT
		test_cmp expected actual
	)
'

# big COLUMN: 100 tables, each of which refers to the one before.
big () {
	for table in $(seq 1 100)
	do
		case $table in
		*3) column=$1 ;;
		*) column="c TEXT" ;;
		esac
		echo "CREATE TABLE t$table(id INTEGER PRIMARY KEY, $column,
			p INT REFERENCES t$((table - 1)) $2);
			CREATE INDEX i$table ON t$table(c);
			CREATE TRIGGER g$table AFTER INSERT ON t$table BEGIN
				DELETE FROM t$((table * 37 % 100 + 1)) WHERE 0;
			END;"
	done | sed "s/ REFERENCES t[0-9]*0 $2//"
}

test_expect_success 'plan: many tables that hang together' '
	for actions in "ON DELETE CASCADE" "ON DELETE CASCADE ON UPDATE CASCADE"
	do
		big "c TEXT" "$actions" >big1.sql &&
		big "c TEXT NOT NULL" "$actions" >big2.sql &&
		git-d1 schema plan big1.sql big2.sql >plan &&
		rm -f big.sqlite &&
		{ cat big1.sql && echo "INSERT INTO t1 VALUES(1,1,NULL);" &&
			seq 2 10 | sed "s/.*/INSERT INTO t& VALUES(1,1,1);/" &&
			echo "PRAGMA foreign_keys=ON; BEGIN;" && cat plan &&
			echo "COMMIT;"; } | sqlite3 -bail big.sqlite &&
		git-d1 schema diff --exit-code ./big.sqlite big2.sql &&
		test 1 = "$(sqlite3 big.sqlite "SELECT count(*) FROM t10")" ||
			return 1
	done &&
	sed "s/\(TABLE t50(.*c TEXT\)/\1 NOT NULL/" big1.sql >big3.sql &&
	git-d1 schema plan big1.sql big3.sql >plan &&
	grep "RENAME TO" plan &&
	{ cat big1.sql && echo "CREATE INDEX i ON t50(id);"; } >big4.sql &&
	{ cat big1.sql && echo "CREATE INDEX i ON t50(c);"; } >big5.sql &&
	git-d1 schema plan big4.sql big5.sql >plan &&
	grep "^DROP INDEX \"i\";" plan &&
	sed "s/\(TABLE t51(.*c TEXT\)/\1 NOT NULL/" big1.sql >big6.sql &&
	git-d1 schema plan big4.sql big6.sql >plan &&
	grep "^DROP INDEX \"i\";" plan &&
	grep "RENAME TO" plan &&
	{ cat big1.sql && echo "CREATE VIEW w AS SELECT 1 AS a;" &&
		echo "CREATE TABLE x(a INT);"; } >big7.sql &&
	{ cat big1.sql && echo "CREATE TABLE w(a INT);" &&
		echo "CREATE VIEW x AS SELECT 1 AS a;"; } >big8.sql &&
	git-d1 schema plan big7.sql big8.sql >plan &&
	grep "^DROP VIEW \"w\";" plan &&
	grep "^DROP TABLE \"x\";" plan
'

# related P A B C GRANDCHILD KEY REF: a large schema in which tables refer to
# one another, with these names of tables and columns.
related () {
	seq 1 30 | sed "s/.*/CREATE TABLE r&(a INT); CREATE INDEX s& ON r&(a);/" &&
	cat <<-EOT
	CREATE TABLE $1($6 INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT);
	CREATE TABLE child(id INTEGER PRIMARY KEY, $7 INT REFERENCES $1($6) ON DELETE CASCADE);
	CREATE INDEX child_p ON child($7);
	CREATE TABLE $5(id INTEGER PRIMARY KEY, c INT REFERENCES child(id), $7 INT REFERENCES $1($6));
	CREATE TABLE $2(id INTEGER PRIMARY KEY, of_a INT);
	CREATE TABLE $3(id INTEGER PRIMARY KEY, of_b INT REFERENCES $2(id));
	CREATE TABLE $4(id INTEGER PRIMARY KEY, of_c INT REFERENCES $3(id));
	EOT
}

test_expect_success 'plan: renames of what hangs together in a large schema' '
	related p a b c grandchild id p >names1.sql &&
	related p b a c grandson pid ref >names2.sql &&
	sed -i "s/TABLE r3(a INT)/TABLE r3(z INT)/; s/ON r3(a)/ON r3(z)/" names2.sql &&
	git-d1 schema plan --rename=p.id=pid --rename=child.p=ref \
		--rename=r3.a=z --rename=grandchild=grandson \
		--rename=grandson.p=ref --rename=a=b --rename=b=a \
		names1.sql names2.sql >plan &&
	sed -n "/^ALTER/p; /^CREATE/p; /^DROP/p; /^INSERT/p" plan |
		sed "s/git_d1_[0-9a-f]*_[0-9]*/parked/" >actual &&
	cat >expected <<-\EOT &&
	ALTER TABLE "grandchild" RENAME TO "grandson";
	ALTER TABLE "a" RENAME TO "parked";
	ALTER TABLE "b" RENAME TO "a";
	ALTER TABLE "parked" RENAME TO "b";
	ALTER TABLE "p" RENAME COLUMN "id" TO "pid";
	ALTER TABLE "child" RENAME COLUMN "p" TO "ref";
	ALTER TABLE "r3" RENAME COLUMN "a" TO "z";
	ALTER TABLE "grandson" RENAME COLUMN "p" TO "ref";
	EOT
	test_cmp expected actual &&
	{ cat names1.sql && cat <<-\EOT && cat plan && echo "COMMIT;"; } |
	INSERT INTO p VALUES(1, 1), (2, 2);
	INSERT INTO child VALUES(10, 1);
	INSERT INTO grandchild VALUES(20, 10, 2);
	INSERT INTO a VALUES(1, 5);
	INSERT INTO b VALUES(2, 1);
	INSERT INTO c VALUES(3, 2);
	PRAGMA foreign_keys=ON; BEGIN;
	EOT
		sqlite3 -bail names.sqlite &&
	git-d1 schema diff --exit-code ./names.sqlite names2.sql &&
	test "10|1,20|10|2,1|5,2|1,3|2" = "$(sqlite3 names.sqlite \
		"SELECT * FROM child; SELECT * FROM grandson; SELECT * FROM b;
		SELECT * FROM a; SELECT * FROM c; PRAGMA foreign_key_check" |
		paste -s -d , -)"
'

test_expect_success 'plan: renames that meet in one name in a large schema' '
	related p a b c grandchild id p >names1.sql &&
	sed "s/TABLE r3(/TABLE x(/; s/ON r3(/ON x(/; /TABLE r4/d" names1.sql >names2.sql &&
	test_expect_exit 3 git-d1 schema plan --rename=r3=x --rename=r4=x names1.sql names2.sql &&
	test_line err "error: SQLite cannot rename that: there is already another table or index with this name: x" &&
	sed "s/TABLE r3(/TABLE s4(/; s/ON r3(/ON s4(/; s/TABLE r4(a/TABLE r4(b/; s/INDEX s4 ON r4(a/INDEX x ON r4(b/" names1.sql >names2.sql &&
	git-d1 schema plan --rename=r4.a=b --rename=r3=s4 names1.sql names2.sql >plan &&
	sed -n "/^[A-Z]/p" plan >actual &&
	cat >expected <<-\EOT &&
	DROP INDEX "s4";
	ALTER TABLE "r3" RENAME TO "s4";
	ALTER TABLE "r4" RENAME COLUMN "a" TO "b";
	CREATE INDEX x ON r4(b);
	EOT
	test_cmp expected actual &&
	{ cat names1.sql && echo "CREATE TABLE y(a INT, b INT REFERENCES x(a));"; } >names3.sql &&
	sed "s/TABLE r3(a/TABLE x(k/; s/ON r3(a/ON x(k/; s/TABLE y(a/TABLE y(z/; s/x(a)/x(k)/" names3.sql >names2.sql &&
	git-d1 schema plan --rename=r3=x --rename=x.a=k --rename=y.a=z names3.sql names2.sql >plan &&
	sed -n "/^[A-Z]/p" plan >actual &&
	cat >expected <<-\EOT &&
	ALTER TABLE "r3" RENAME TO "x";
	ALTER TABLE "x" RENAME COLUMN "a" TO "k";
	ALTER TABLE "y" RENAME COLUMN "a" TO "z";
	EOT
	test_cmp expected actual
'

test_expect_success 'plan: a large copy is pointed out' '
	sqlite3 rows.sqlite "CREATE TABLE t(a INT);
		WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL
			SELECT i + 1 FROM n WHERE i < 200000)
		INSERT INTO t SELECT i FROM n" &&
	echo "CREATE TABLE t(a TEXT);" >rows.sql &&
	git-d1 schema plan ./rows.sqlite rows.sql >plan &&
	test_line plan "-- note: the 200000 rows of '\''t'\'' are copied, and D1 takes no longer than 30 seconds for all of it"
'

test_expect_success 'sync: a local database' '
	sqlite3 live.sqlite <a.sql &&
	sqlite3 live.sqlite "INSERT INTO p VALUES(1,'\''one'\''),(2,'\''two'\'');
		INSERT INTO c VALUES(10,1),(11,2)" &&
	git-d1 schema sync --to ./live.sqlite --dry-run b.sql >out &&
	grep "^DROP VIEW" out &&
	git-d1 schema diff --exit-code ./live.sqlite a.sql &&
	git-d1 schema sync --to ./live.sqlite b.sql >out 2>err &&
	grep "^\./live.sqlite: [0-9]* statements$" out &&
	git-d1 schema diff --exit-code ./live.sqlite b.sql &&
	echo "10|1 11|2" >expected &&
	sqlite3 live.sqlite "SELECT * FROM c" | paste -s -d " " >actual &&
	test_cmp expected actual &&
	git-d1 schema sync --to ./live.sqlite b.sql >actual &&
	echo "already as it is to be" >expected &&
	test_cmp expected actual &&
	git-d1 undo --list ./live.sqlite >actual &&
	grep "git d1 schema sync to \./live.sqlite" actual
'

test_expect_success 'sync: each thing that is lost is named' '
	echo "CREATE TABLE p(id INTEGER PRIMARY KEY);" >less.sql &&
	sqlite3 live.sqlite .dump >before &&
	test_expect_exit 3 git-d1 schema sync --to ./live.sqlite less.sql &&
	test_line err "error: this would lose the values of '\''n'\'' in table '\''P'\''; the values of '\''x'\'' in table '\''P'\''; all 2 rows of '\''c'\''" &&
	test_line err "hint: if that is meant: --allow-destructive=P.n --allow-destructive=P.x --allow-destructive=c" &&
	test_expect_exit 3 git-d1 schema sync --to ./live.sqlite \
		--allow-destructive=p.n --allow-destructive=c less.sql &&
	test_line err "hint: if that is meant: --allow-destructive=P.x" &&
	sqlite3 live.sqlite .dump >after &&
	test_cmp before after &&
	git-d1 schema sync --to ./live.sqlite --allow-destructive=p.n \
		--allow-destructive=P.X --allow-destructive=c less.sql &&
	git-d1 schema diff --exit-code ./live.sqlite less.sql
'

test_expect_success 'sync: a rename takes the name of a table that is lost' '
	rm -f taken.sqlite &&
	sqlite3 taken.sqlite <<-\EOT &&
	CREATE TABLE users(id INTEGER PRIMARY KEY, n TEXT);
	CREATE TABLE people(id INTEGER PRIMARY KEY, old TEXT);
	CREATE TABLE c(p INT REFERENCES people(id) ON DELETE CASCADE);
	INSERT INTO users VALUES(1, '\''a'\''), (2, '\''b'\'');
	INSERT INTO people VALUES(1, '\''x'\''), (3, '\''y'\'');
	INSERT INTO c VALUES(1), (3);
	EOT
	cat >taken.sql <<-\EOT &&
	-- @renamed from=users
	CREATE TABLE people(id INTEGER PRIMARY KEY, n TEXT);
	CREATE TABLE c(p INT REFERENCES people(id) ON DELETE CASCADE);
	EOT
	test_expect_exit 3 git-d1 schema sync --to ./taken.sqlite taken.sql &&
	test_line err "error: both '\''users'\'' and '\''people'\'' are there: which is which after the rename cannot be told" &&
	test_line err "hint: if the '\''people'\'' that is there is to be lost: --allow-destructive people" &&
	test_expect_exit 3 git-d1 schema sync --to ./taken.sqlite \
		--allow-destructive people taken.sql &&
	test_line err "error: a foreign key leads to no row of '\''people'\'' in 1 row of table '\''c'\'': rowid=2" &&
	sqlite3 taken.sqlite "UPDATE c SET p = 2 WHERE p = 3" &&
	git-d1 schema plan --allow-destructive people ./taken.sqlite taken.sql >out &&
	grep "^-- destructive: lost are all 2 rows of '\''people'\''" out &&
	git-d1 schema sync --to ./taken.sqlite --allow-destructive people taken.sql &&
	sqlite3 taken.sqlite "SELECT n FROM people; SELECT p FROM c" >actual &&
	printf "%s\n" a b 1 2 >expected &&
	test_cmp expected actual &&
	git-d1 schema sync --to ./taken.sqlite --allow-destructive people taken.sql >out &&
	echo "already as it is to be" >expected &&
	test_cmp expected out
'

test_expect_success 'sync: rows that refer to a table that does not exist' '
	rm -f absent.sqlite &&
	sqlite3 absent.sqlite <<-\EOT &&
	CREATE TABLE c(id INTEGER PRIMARY KEY, n INT REFERENCES absent(k) ON DELETE CASCADE, v INT);
	INSERT INTO c VALUES(1, NULL, 1), (2, 9, 2);
	EOT
	cat >absent.sql <<-\EOT &&
	CREATE TABLE c(id INTEGER PRIMARY KEY, n INT REFERENCES absent(k) ON DELETE CASCADE, v TEXT);
	EOT
	git-d1 schema sync --to ./absent.sqlite absent.sql >out 2>err &&
	test_line err "hint: '\''c'\'' refers to '\''absent'\'', which does not exist: as long as it does not, D1 puts no row into '\''c'\''" &&
	sqlite3 absent.sqlite .dump >actual &&
	cat >expected <<-\EOT &&
	PRAGMA foreign_keys=OFF;
	BEGIN TRANSACTION;
	CREATE TABLE c(
		id INTEGER PRIMARY KEY,
		n INT REFERENCES absent(k) ON DELETE CASCADE,
		v TEXT
	);
	INSERT INTO c VALUES(1,NULL,'\''1'\'');
	INSERT INTO c VALUES(2,9,'\''2'\'');
	COMMIT;
	EOT
	sed "s/^	*//" expected >expected.flat &&
	sed "s/^	*//" actual >actual.flat &&
	test_cmp expected.flat actual.flat &&
	sed "s/absent(k) ON/other ON/" absent.sql >other.sql &&
	test_expect_exit 3 git-d1 schema plan ./absent.sqlite other.sql >out &&
	test_line err "error: a foreign key leads to no row of '\''other'\'' in 1 row of table '\''c'\'': id=2"
'

test_expect_success 'sync: an empty table is lost, too' '
	echo "CREATE TABLE t(a); CREATE TABLE e(a);" >two.sql &&
	echo "CREATE TABLE t(a);" >one.sql &&
	sqlite3 two.sqlite <two.sql &&
	test_expect_exit 3 git-d1 schema sync --to ./two.sqlite one.sql &&
	test_line err "error: this would lose the table '\''e'\'', which is empty"
'

test_expect_success 'sync: a local database that is not there yet' '
	make_wrangler_project absent &&
	rm -r absent/.wrangler &&
	cp b.sql absent &&
	(
		cd absent &&
		test_expect_exit 128 git-d1 schema diff local b.sql &&
		grep "^hint: there is no local database yet" err &&
		git-d1 schema plan local b.sql >plan &&
		git-d1 schema sync --dry-run b.sql >out &&
		test_cmp plan out &&
		! test -e .wrangler &&
		git-d1 schema sync b.sql >out &&
		grep "^shop/local: [0-9]* statements$" out &&
		git-d1 schema diff --exit-code local b.sql &&
		git-d1 undo --list local >out &&
		grep "git d1 schema sync to shop/local" out
	)
'

test_expect_success 'sync: nothing is written if a statement fails' '
	sqlite3 live.sqlite "CREATE TABLE k(a TEXT); INSERT INTO k VALUES('\''x'\'')" &&
	cat >fails.sql <<-\EOT &&
	CREATE TABLE p(id INTEGER PRIMARY KEY);
	CREATE TABLE k(a TEXT, b INT DEFAULT (1 + 1) UNIQUE);
	EOT
	sqlite3 live.sqlite "INSERT INTO k VALUES('\''y'\'')" &&
	sqlite3 live.sqlite .dump >before &&
	test_expect_exit 128 git-d1 schema sync --to ./live.sqlite fails.sql &&
	grep "UNIQUE constraint failed" err &&
	sqlite3 live.sqlite .dump >after &&
	test_cmp before after
'

test_expect_success 'sync: what is no database is not written' '
	test_expect_exit 3 git-d1 schema sync --to a.sql b.sql &&
	test_line err "error: '\''a.sql'\'' is no database that can be changed"
'

test_expect_success 'a type that changes values which are there loses them' '
	sqlite3 types.sqlite "CREATE TABLE t(id INTEGER PRIMARY KEY, zip TEXT,
			n INT, r REAL, kept TEXT);
		INSERT INTO t VALUES(1, '\''007'\'', 9007199254740993, 0.1 + 0.2, '\''7'\''),
			(2, '\''x'\'', 3, 0.5, '\''y'\'')" &&
	echo "CREATE TABLE t(id INTEGER PRIMARY KEY, zip INT, n REAL, r TEXT,
		kept INT);" >types.sql &&
	git-d1 schema plan ./types.sqlite types.sql >out &&
	grep -e "-- note" -e "-- destructive" out >actual &&
	cat >expect <<-\EOF &&
	-- note: 1 value of '\''zip'\'' in table '\''t'\'' cannot stay as written with the type int: id=1
	-- note: 1 value of '\''n'\'' in table '\''t'\'' cannot stay as written with the type real: id=1
	-- note: 1 value of '\''r'\'' in table '\''t'\'' cannot stay as written with the type text: id=1
	-- destructive: lost are the values of '\''zip,n,r'\'' in table '\''t'\''
	EOF
	test_cmp expect actual &&
	test_expect_exit 3 git-d1 schema sync --to ./types.sqlite types.sql &&
	test_line err "hint: if that is meant: --allow-destructive=t.zip --allow-destructive=t.n --allow-destructive=t.r" &&
	sqlite3 types.sqlite "DELETE FROM t WHERE id = 1" &&
	git-d1 schema sync --to ./types.sqlite types.sql
'

test_expect_success 'ANY leaves values as they are in a STRICT table only' '
	sqlite3 any.sqlite "CREATE TABLE t(id INTEGER PRIMARY KEY, zip TEXT);
		INSERT INTO t VALUES(1, '\''007'\'')" &&
	echo "CREATE TABLE t(id INTEGER PRIMARY KEY, zip ANY);" >any.sql &&
	git-d1 schema plan ./any.sqlite any.sql >out &&
	grep "^-- destructive" out >actual &&
	echo "-- destructive: lost are the values of '\''zip'\'' in table '\''t'\''" >expect &&
	test_cmp expect actual &&
	echo "CREATE TABLE t(id INTEGER PRIMARY KEY, zip ANY) STRICT;" >any.sql &&
	git-d1 schema plan ./any.sqlite any.sql >out &&
	test_must_fail grep "^-- destructive" out
'

test_expect_success 'lint: values of another class, with examples' '
	rm -f lint.sqlite &&
	sqlite3 lint.sqlite <<-\EOT &&
	CREATE TABLE product(id INTEGER PRIMARY KEY, price REAL, "a b" STRING,
		secret INTEGER);
	CREATE TABLE other(n INTEGER);
	INSERT INTO product VALUES(1, 1.5, '\''x'\'', '\''s1'\''),
		(2, '\''12,50'\'', 7, '\''s2'\''),
		(3, '\''fr'\'' || char(10) || '\''ee'\'', '\''8'\'', 3),
		(4, '\''d'\'', NULL, 4), (5, '\''y'\'', NULL, 4);
	INSERT INTO other VALUES(x'\''00ff'\'');
	EOT
	printf "[table \"product\"]\n\tmaskColumns = secret\n" >.d1config &&
	git-d1 schema lint ./lint.sqlite >actual &&
	cat >expected <<-\EOT &&
	other.n: 1 value of class blob in a column of type INTEGER
	  x'\''00ff'\''
	product.price: 4 values of class text in a column of type REAL
	  '\''12,50'\'', replace('\''fr\nee'\'','\''\n'\'',char(10)), '\''d'\'', ...
	product."a b": 2 values of class integer in a column of type STRING
	  7, 8
	EOT
	test_cmp expected actual &&
	git-d1 schema lint --redact ./lint.sqlite -- product >actual &&
	sed -e "/^  /d" -e "/^other/d" expected >redacted &&
	test_cmp redacted actual &&
	test_expect_code 1 git-d1 schema lint --exit-code --json ./lint.sqlite -- other >actual &&
	cat >expected <<-\EOT &&
	[
	{"count":1,"table":"other","column":"n","type":"INTEGER","class":"blob","examples":["x'\''00ff'\''"]}]
	EOT
	test_cmp expected actual &&
	git-d1 schema lint --json --redact ./lint.sqlite -- other >actual &&
	grep "\"class\":\"blob\",\"redacted\":true}\]$" actual &&
	sqlite3 lint.sqlite "DELETE FROM other" &&
	git-d1 schema lint --exit-code ./lint.sqlite -- other >actual &&
	test_must_be_empty actual &&
	test_expect_exit 129 git-d1 schema lint ./lint.sqlite -- nothing &&
	rm .d1config
'

test_done
