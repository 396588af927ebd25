#!/bin/sh

test_description='git d1 snapshot: the files, and that they are the same for the same rows'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

# Every kind of table, and every value that is hard to keep.
cat >kinds.sql <<\EOF
CREATE TABLE hard(n INTEGER PRIMARY KEY, v);
INSERT INTO hard(v) VALUES (NULL), (''), (x''), (' '), ('0'), (0), (0.0),
	(-0.0), (x'30'), ('0.0'), (1), (1.0), ('1'), (0.1), ('0.1'),
	(9223372036854775807), (-9223372036854775807 - 1),
	(9223372036854775808.0), (-9223372036854775808.0),
	(9007199254740993), (9007199254740992.0),
	(4.9406564584124654e-324), (2.2250738585072009e-308),
	(1.7976931348623157e308), (9e999), (-9e999), (0.3), (0.1 + 0.2),
	('a'), ('A'), ('a '), (CAST(x'6100' AS TEXT)),
	(CAST(x'610063' AS TEXT)), (CAST(x'00' AS TEXT)),
	(CAST(x'ff' AS TEXT)), (CAST(x'efbfbd' AS TEXT)),
	(CAST(x'eda080edb080' AS TEXT)), (CAST(x'efbbbf61' AS TEXT)),
	('NULL'), ('x''00'''), (x'00'), ('\n'), (char(10)), (char(13)),
	(char(13, 10)), (char(9)), ('it''s'), ('it''''s'), (char(8238)),
	(char(8232)), ('replace(''\n'',''\n'',char(10))'), (char(1)),
	(char(127)), ('a' || char(10) || 'b\nc'), (');'), ('); DROP TABLE t'),
	('line one' || char(10) || 'line two' || char(10)),
	(char(1, 2, 3, 4, 5, 6, 7, 8, 11)), (zeroblob(3000)),
	(printf('%.*c', 3000, 'x'));
CREATE TABLE nullable(a TEXT, b INT, v, PRIMARY KEY(a, b));
INSERT INTO nullable VALUES ('b', 2, 1), ('b', NULL, 2), ('a', 1, 3),
	(NULL, 9, 4), (NULL, NULL, 5), (NULL, NULL, 4), (NULL, NULL, 5),
	('a', NULL, 6), ('c', 0, 7), (NULL, 1, 8);
CREATE TABLE folded(name TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO folded VALUES ('b', 1), ('A', 2), ('C', 3), ('a ', 4);
CREATE TABLE trimmed(name TEXT NOT NULL COLLATE RTRIM UNIQUE, v);
INSERT INTO trimmed VALUES ('b ', 1), ('a', 2), ('b  c', 3);
CREATE TABLE backwards(a INT, b INT, v, PRIMARY KEY(a DESC, b));
INSERT INTO backwards VALUES (1, 1, 'x'), (2, 1, 'y'), (1, 2, 'z');
CREATE TABLE bag(level INT, text);
INSERT INTO bag VALUES (2, 'b'), (1, 'a'), (2, 'b'), (NULL, NULL), (10, 'c');
CREATE TABLE strict(id INT PRIMARY KEY NOT NULL, r REAL, a ANY) STRICT;
INSERT INTO strict VALUES (2, 1, '1'), (1, 2.5, 1);
CREATE TABLE computed(id INTEGER PRIMARY KEY AUTOINCREMENT, a INT,
	twice AS (a * 2), b TEXT, both TEXT AS (a || b) STORED);
INSERT INTO computed(a, b) VALUES (1, 'x'), (2, 'y');
CREATE TABLE empty(id INTEGER PRIMARY KEY, v);
CREATE TABLE "odd ""name"", [x]%é"("a ""b""" INTEGER PRIMARY KEY, "c,d", "ö" TEXT);
INSERT INTO "odd ""name"", [x]%é" VALUES (1, 'c', 'ö');
CREATE TABLE "CON"(id INTEGER PRIMARY KEY);
INSERT INTO "CON" VALUES (7);
CREATE TABLE child(id INTEGER PRIMARY KEY, parent INT REFERENCES node(id)
	ON DELETE CASCADE);
CREATE TABLE node(id INTEGER PRIMARY KEY, next INT REFERENCES node(id));
INSERT INTO node VALUES (1, 2), (2, 1);
INSERT INTO child VALUES (1, 2), (2, NULL);
CREATE VIRTUAL TABLE pages USING fts5(title, body);
INSERT INTO pages(rowid, title, body) VALUES (7, 'one', 'text'), (3, 'two', 'it''s');
CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
INSERT INTO boxes VALUES (1, 0.5, 1.5), (2, -1, 1);
CREATE INDEX child_parent ON child(parent) WHERE parent IS NOT NULL;
CREATE UNIQUE INDEX hard_upper ON hard(n, upper(n));
CREATE VIEW upper_view AS SELECT upper(name) AS n FROM folded;
CREATE VIEW a_view AS SELECT n FROM upper_view;
CREATE TABLE audit(id INTEGER PRIMARY KEY, what TEXT);
CREATE TRIGGER folded_insert AFTER INSERT ON folded BEGIN
	INSERT INTO audit(what) VALUES ('insert; ' || new.name);
END;
CREATE TRIGGER computed_update AFTER UPDATE ON computed WHEN new.a > 0 BEGIN
	UPDATE audit SET what = CASE WHEN what IS NULL THEN 'x' ELSE 'y' END;
END;
EOF

test_expect_success 'set up' '
	git init -q . &&
	make_wrangler_project . &&
	printf "%s\n" "/*" "!/d1" "!/.d1config" "!/.gitattributes" \
		"!/.gitignore" >.gitignore &&
	database=$(local_database .) &&
	sqlite3 "$database" <kinds.sql &&
	git d1 init >/dev/null &&
	git d1 track --all &&
	git add -A && test_tick && git commit -q -m start
'

test_expect_success 'the first snapshot' '
	git d1 snapshot >out &&
	test_line out "A	d1/shop/schema.sql" &&
	test_line out "A	d1/shop/triggers.sql" &&
	test_line out "A	d1/shop/data/hard.sql" &&
	grep "^d1/shop: 18 files changed, [0-9]* rows of 16 tables" out &&
	git add -A && test_tick && git commit -q -m rows
'

test_expect_success 'rows stand in lines, in the order of the key' '
	cat >expect <<-\EOF &&
	-- git-d1 snapshot 1
	-- table "nullable" (a, b, v) key a, b
	PRAGMA defer_foreign_keys=on;
	INSERT INTO "nullable" VALUES(NULL,NULL,4);
	INSERT INTO "nullable" VALUES(NULL,NULL,5);
	INSERT INTO "nullable" VALUES(NULL,NULL,5);
	INSERT INTO "nullable" VALUES(NULL,1,8);
	INSERT INTO "nullable" VALUES(NULL,9,4);
	INSERT INTO "nullable" VALUES('\''a'\'',NULL,6);
	INSERT INTO "nullable" VALUES('\''a'\'',1,3);
	INSERT INTO "nullable" VALUES('\''b'\'',NULL,2);
	INSERT INTO "nullable" VALUES('\''b'\'',2,1);
	INSERT INTO "nullable" VALUES('\''c'\'',0,7);
	EOF
	test_cmp expect d1/shop/data/nullable.sql &&
	cat >expect <<-\EOF &&
	-- git-d1 snapshot 1
	-- table "folded" (name, v) key name
	PRAGMA defer_foreign_keys=on;
	INSERT INTO "folded" VALUES('\''A'\'',2);
	INSERT INTO "folded" VALUES('\''a '\'',4);
	INSERT INTO "folded" VALUES('\''b'\'',1);
	INSERT INTO "folded" VALUES('\''C'\'',3);
	EOF
	test_cmp expect d1/shop/data/folded.sql &&
	cat >expect <<-\EOF &&
	-- git-d1 snapshot 1
	-- table "bag" (level, text)
	PRAGMA defer_foreign_keys=on;
	INSERT INTO "bag" VALUES(1,'\''a'\'');
	INSERT INTO "bag" VALUES(10,'\''c'\'');
	INSERT INTO "bag" VALUES(2,'\''b'\'');
	INSERT INTO "bag" VALUES(2,'\''b'\'');
	INSERT INTO "bag" VALUES(NULL,NULL);
	EOF
	test_cmp expect d1/shop/data/bag.sql
'

test_expect_success 'columns are named where the file lacks some' '
	cat >expect <<-\EOF &&
	-- git-d1 snapshot 1
	-- table "computed" (id, a, b) key id
	PRAGMA defer_foreign_keys=on;
	INSERT INTO "computed"("id","a","b") VALUES(1,1,'\''x'\'');
	INSERT INTO "computed"("id","a","b") VALUES(2,2,'\''y'\'');
	EOF
	test_cmp expect d1/shop/data/computed.sql &&
	cat >expect <<-\EOF &&
	-- git-d1 snapshot 1
	-- table "pages" (rowid, title, body) key rowid
	PRAGMA defer_foreign_keys=on;
	INSERT INTO "pages"("rowid","title","body") VALUES(3,'\''two'\'','\''it'\'''\''s'\'');
	INSERT INTO "pages"("rowid","title","body") VALUES(7,'\''one'\'','\''text'\'');
	EOF
	test_cmp expect d1/shop/data/pages.sql
'

test_expect_success 'an empty table is a header' '
	printf "%s\n" "-- git-d1 snapshot 1" \
		"-- table \"empty\" (id, v) key id" \
		"PRAGMA defer_foreign_keys=on;" >expect &&
	test_cmp expect d1/shop/data/empty.sql
'

test_expect_success 'one row is one line, whatever it holds' '
	test "$(sqlite3 "$database" "SELECT count(*) + 3 FROM hard")" = \
		$(wc -l <d1/shop/data/hard.sql) &&
	! LC_ALL=C grep -q "$(printf "\r")" d1/shop/data/hard.sql
'

test_expect_success 'nothing changes the second time, and nothing is touched' '
	ls -l --time-style=full-iso -R d1 | grep -v "^total " >before &&
	git d1 snapshot >out &&
	echo "d1/shop is up to date" >expect &&
	test_cmp expect out &&
	git d1 snapshot --check >out &&
	test_cmp expect out &&
	ls -l --time-style=full-iso -R d1 | grep -v "^total " >after &&
	test_cmp before after
'

test_expect_success 'the snapshot does not differ from what it was taken of' '
	git d1 diff --exit-code snapshot local &&
	git d1 diff --exit-code HEAD local &&
	git d1 diff --exit-code index local
'

test_expect_success '--check writes nothing, and says what would change' '
	test_when_finished "sqlite3 \"$database\" \"DELETE FROM bag WHERE level = 3\"" &&
	sqlite3 "$database" "INSERT INTO bag VALUES (3, NULL)" &&
	test_expect_exit 1 git d1 snapshot --check >out &&
	cat >expect <<-\EOF &&
	M	d1/shop/data/bag.sql
	d1/shop: 1 file would change, 96 rows of 16 tables
	EOF
	sed "s/, [0-9]* rows/, 96 rows/" out >actual &&
	test_cmp expect actual &&
	git diff --exit-code
'

test_expect_success 'restored into an empty database, it gives the same files' '
	git d1 restore snapshot --to ./restored.sqlite &&
	git d1 snapshot --check ./restored.sqlite &&
	git d1 diff --exit-code ./restored.sqlite local
'

test_expect_success 'sqlite3 loads the files to the same rows' '
	cat d1/shop/schema.sql d1/shop/data/*.sql d1/shop/triggers.sql \
		>load.sql &&
	sqlite3 -bail loaded.sqlite <load.sql &&
	git d1 diff --exit-code ./loaded.sqlite local &&
	git d1 snapshot --check ./loaded.sqlite
'

test_expect_success 'other routes to the same rows give the same bytes' '
	sqlite3 vacuumed.sqlite "PRAGMA page_size=512" ".read load.sql" \
		"UPDATE hard SET n = n + 1000" "UPDATE hard SET n = n - 1000" \
		"VACUUM" &&
	git d1 snapshot --check ./vacuumed.sqlite &&
	sqlite3 "$database" .dump >dump.sql &&
	sed "/^PRAGMA/d; /^BEGIN/d; /^COMMIT/d" dump.sql | grep -v fts >kept &&
	(
		cat d1/shop/schema.sql &&
		ls -r d1/shop/data/*.sql | while read -r file
		do
			head -n 3 "$file" && tail -n +4 "$file" | tac
		done &&
		cat d1/shop/triggers.sql
	) >reversed.sql &&
	sqlite3 -bail reversed.sqlite <reversed.sql &&
	git d1 snapshot --check ./reversed.sqlite
'

test_expect_success 'a table that is not tracked any more is pruned' '
	git d1 untrack bag &&
	sqlite3 "$database" "DROP TABLE audit; DROP TRIGGER folded_insert;
		DROP TRIGGER computed_update" &&
	git d1 snapshot >out &&
	test_line out "D	d1/shop/data/bag.sql" &&
	test_line out "D	d1/shop/data/audit.sql" &&
	test_line out "D	d1/shop/triggers.sql" &&
	test_line out "M	d1/shop/schema.sql" &&
	! test -e d1/shop/triggers.sql &&
	! test -e d1/shop/data/bag.sql &&
	git reset -q --hard
'

test_expect_success 'a symbolic link in the place of a file is refused' '
	test_when_finished "git checkout -q -f -- d1 && rm -f outside" &&
	sqlite3 "$database" "UPDATE hard SET v = 5 WHERE n = 1" &&
	echo keep >outside &&
	rm d1/shop/data/hard.sql &&
	ln -s "$PWD/outside" d1/shop/data/hard.sql &&
	test_must_fail git d1 snapshot 2>err &&
	grep "symbolic link" err &&
	echo keep >expect &&
	test_cmp expect outside
'

test_expect_success 'masked columns are masks, and need a key' '
	sqlite3 "$database" "CREATE TABLE users(id INTEGER PRIMARY KEY,
		email TEXT NOT NULL, note TEXT);
		INSERT INTO users VALUES (1, '\''ada@example.com'\'', '\''x'\'');" &&
	git d1 track users 2>/dev/null &&
	git config -f .d1config --add table.users.maskColumns email &&
	test_expect_exit 3 git d1 snapshot >out &&
	test_must_be_empty out &&
	grep "no mask key" err &&
	! test -e d1/shop/data/users.sql &&
	GIT_D1_MASK_KEY=0123456789abcdef0123456789abcdef &&
	export GIT_D1_MASK_KEY &&
	git d1 snapshot >out &&
	sed -n 2p d1/shop/data/users.sql >actual &&
	grep "^-- table \"users\" (id, email, note) key id \[masked email key [0-9a-f]\{8\}\]$" actual &&
	grep "VALUES(1,'\''masked-[0-9a-f]\{64\}'\'','\''x'\'');$" d1/shop/data/users.sql &&
	! grep -r "ada@example" d1 &&
	git d1 diff --exit-code snapshot local
'

test_expect_success 'a masked column stays masked through restore and snapshot' '
	git d1 restore snapshot --to ./masked.sqlite &&
	sqlite3 masked.sqlite "SELECT email FROM users" >actual &&
	grep "^masked-[0-9a-f]\{12\}$" actual &&
	git d1 diff --exit-code snapshot ./masked.sqlite -- users &&
	git d1 snapshot --check ./masked.sqlite
'

test_expect_success 'another key is an error, not a difference' '
	GIT_D1_MASK_KEY=another-key-of-some-length &&
	test_must_fail git d1 diff snapshot local -- users >out 2>err &&
	grep "is masked under the key" out
'

test_expect_success 'a table that is too big is warned of' '
	unset GIT_D1_MASK_KEY &&
	git d1 untrack users &&
	{ git -c d1.snapshotWarnSize=1k d1 snapshot --check >out 2>err || :; } &&
	grep "^warning: the file of table .hard. has [0-9.]* MB" err
'

# ---- the record: what the next restore starts from ----

# rows SQL: rows of the local database here.
rows () {
	sqlite3 "$(local_database .)" "$1"
}

# here DIR: to that folder, wherever the test before has ended.
here () {
	cd "$SHARNESS_TRASH_DIRECTORY/$1" || return
}

records () {
	git for-each-ref --format="%(refname)" refs/d1/local
}

# stock_project DIR: a project with the table "stock" in its local database.
stock_project () {
	here . &&
	make_wrangler_project "$1" "CREATE TABLE stock(id INTEGER PRIMARY KEY,
		name TEXT, n INTEGER); INSERT INTO stock VALUES
		(1, 'apple', 10), (2, 'pear', 20), (3, 'plum', 30);" &&
	git config -f "$1/.d1config" table.stock.track true
}

test_expect_success 'a snapshot of the local database is recorded' '
	stock_project stock && here stock &&
	git init -q . && printf "%s\n" "/*" "!/d1" "!/.d1config" \
		"!/wrangler.jsonc" "!/.gitignore" >.gitignore &&
	git d1 snapshot >out 2>err &&
	test_must_be_empty err &&
	git add -A && test_tick && git commit -q -m first &&
	records >refs &&
	test $(wc -l <refs) = 1 &&
	git rev-parse HEAD:d1/shop >expect &&
	git rev-parse "$(cat refs)^{tree}" >actual &&
	test_cmp expect actual &&
	git show -s --format=%B "$(cat refs)" >actual &&
	grep "^D1-Name: shop$" actual &&
	rows "SELECT * FROM stock" >rows-first
'

test_expect_success 'restore keeps a local edit and takes that of a branch' '
	here stock &&
	git checkout -q -b side &&
	sed "s/10)/11)/" d1/shop/data/stock.sql >new &&
	mv new d1/shop/data/stock.sql &&
	test_tick && git commit -q -a -m "eleven apples" &&
	git checkout -q main &&
	rows "UPDATE stock SET n = 22 WHERE id = 2" &&
	git merge -q side &&
	git d1 restore >actual &&
	cat >expect <<-\EOF &&
	stock: 0 inserted, 1 updated, 0 deleted
	stock: 1 local change kept
	EOF
	test_cmp expect actual &&
	rows "SELECT * FROM stock" >actual &&
	sed -e "s/10$/11/" -e "s/20$/22/" rows-first >expect &&
	test_cmp expect actual
'

test_expect_success 'what a snapshot took is no local change any more' '
	here stock &&
	git d1 snapshot >out &&
	test_tick && git commit -q -a -m "and pears" &&
	git rev-parse HEAD:d1/shop >expect &&
	git rev-parse "$(cat refs)^{tree}" >actual &&
	test_cmp expect actual &&
	git revert --no-edit HEAD >/dev/null &&
	git d1 restore >actual &&
	echo "stock: 0 inserted, 1 updated, 0 deleted" >expect &&
	test_cmp expect actual &&
	test "$(rows "SELECT n FROM stock WHERE id = 2")" = 20
'

test_expect_success 'one commit for each change of the record, and none else' '
	here stock &&
	git rev-list "$(cat refs)" >before &&
	git d1 snapshot >out &&
	git d1 snapshot >out &&
	git rev-list "$(cat refs)" >after &&
	test_cmp before after &&
	rows "INSERT INTO stock VALUES(4, NULL, 4)" &&
	git d1 snapshot >out &&
	git rev-list "$(cat refs)" >after &&
	tail -n +2 after >actual &&
	test_cmp before actual &&
	records >actual &&
	test_cmp refs actual
'

test_expect_success 'rows that were in a snapshot only are in the record still' '
	here stock &&
	git checkout -q -- d1 &&
	git d1 restore >actual &&
	echo "stock: 0 inserted, 0 updated, 1 deleted" >expect &&
	test_cmp expect actual &&
	git show "$(cat refs)~1:data/stock.sql" >actual &&
	test_line actual "INSERT INTO \"stock\" VALUES(4,NULL,4);"
'

test_expect_success '--check and other endpoints do not touch it' '
	here stock &&
	git rev-parse "$(cat refs)" >before &&
	rows "UPDATE stock SET n = 5 WHERE id = 3" &&
	cp "$(local_database .)" other.sqlite &&
	test_expect_exit 1 git d1 snapshot --check >out &&
	git d1 snapshot ./other.sqlite >out &&
	test_line out "M	d1/shop/data/stock.sql" &&
	git d1 snapshot --normalize >out &&
	git rev-parse "$(cat refs)" >after &&
	test_cmp before after &&
	records >actual &&
	test_cmp refs actual
'

test_expect_success 'a snapshot is taken of databases only' '
	here stock &&
	for endpoint in HEAD index snapshot ./d1/shop
	do
		test_expect_exit 3 git d1 snapshot $endpoint >out &&
		test_must_be_empty out &&
		grep "^error: a snapshot is taken of a database, and .*$endpoint" err &&
		grep "^hint: .*git restore --source" err || return 1
	done
'

test_expect_success 'of a large one the files wait for their commit' '
	stock_project large && here large &&
	git init -q . && printf "%s\n" "/*" "!/d1" "!/.d1config" \
		"!/wrangler.jsonc" "!/.gitignore" >.gitignore &&
	rows "WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n
		WHERE i < 20) INSERT INTO stock
		SELECT i, printf('\''%.*c'\'', 1100000, '\''x'\''), i FROM n" &&
	git d1 snapshot -q && git add -A && test_tick && git commit -q -m one &&
	records >actual && test_must_be_empty actual &&
	rows "UPDATE stock SET n = 21 WHERE id = 2" &&
	git d1 snapshot >out 2>err && test_must_be_empty err &&
	git commit -q -a -m two &&
	rows "UPDATE stock SET n = 22 WHERE id = 2" &&
	git d1 restore >out &&
	test "$(rows "SELECT n FROM stock WHERE id = 2")" = 22 &&
	git rev-parse HEAD:d1/shop >expect &&
	git rev-parse "$(records)^{tree}" >actual &&
	test_cmp expect actual &&
	ls .git/d1/local >actual && test_must_be_empty actual &&
	git d1 snapshot -q && mkdir .git/d1/local/0123456789abcdef.new &&
	git reset -q --hard HEAD~1 &&
	git d1 restore >actual &&
	echo "stock: 0 inserted, 1 updated, 0 deleted" >expect &&
	test_cmp expect actual
'

test_expect_success 'a file that waits and is written in place is no record' '
	here large && git reset -q --hard && rm -r .git/d1/local/*.new &&
	git d1 restore --force >out &&
	git d1 snapshot -q && records >before &&
	rows "UPDATE stock SET n = 23 WHERE id = 2" &&
	git d1 snapshot -q && ls .git/d1/local >actual &&
	test "$(wc -l <actual)" = 1 &&
	sed "s/,23);/,24);/" d1/shop/data/stock.sql >edited &&
	cat edited >d1/shop/data/stock.sql &&
	rows "UPDATE stock SET n = 25 WHERE id = 2" &&
	test_expect_exit 2 git d1 restore snapshot &&
	records >actual && test_cmp before actual &&
	ls .git/d1/local >actual && test_must_be_empty actual
'

test_expect_success 'a note that a crash has cut is no record' '
	here large && git reset -q --hard && git d1 restore --force >out &&
	records >before &&
	rows "UPDATE stock SET n = 26 WHERE id = 2" && git d1 snapshot -q &&
	for note in .git/d1/local/*/stat
	do
		>"$note" || return 1
	done &&
	rows "UPDATE stock SET n = 27 WHERE id = 2" &&
	test_expect_exit 2 git d1 restore snapshot &&
	records >actual && test_cmp before actual &&
	ls .git/d1/local >actual && test_must_be_empty actual
'

test_expect_success 'in the middle of a conflict a snapshot is refused' '
	stock_project torn && here torn &&
	git init -q . && printf "%s\n" "/*" "!/d1" "!/.d1config" \
		"!/wrangler.jsonc" "!/.gitignore" >.gitignore &&
	git d1 snapshot -q && git add -A && test_tick && git commit -q -m one &&
	git checkout -q -b side &&
	rows "UPDATE stock SET n = 11 WHERE id = 1" &&
	git d1 snapshot -q && test_tick && git commit -q -a -m eleven &&
	git checkout -q main && git d1 restore >out &&
	rows "UPDATE stock SET n = 12 WHERE id = 1" &&
	git d1 snapshot -q && test_tick && git commit -q -a -m twelve &&
	test_must_fail git merge -q side >out 2>&1 &&
	cp d1/shop/data/stock.sql before &&
	test_expect_exit 2 git d1 snapshot >out &&
	test_must_be_empty out &&
	cat >expect <<-\EOF &&
	error: '\''d1/shop/data/stock.sql'\'' is in conflict: a snapshot would undo the merge
	hint: settle it ('\''git d1 resolve'\'' does), git add it, and take it over: git d1 restore snapshot
	EOF
	test_cmp expect err &&
	test_cmp before d1/shop/data/stock.sql &&
	test_expect_exit 1 git d1 snapshot --check >out &&
	git merge --abort
'

test_expect_success 'what the local database never had is told when it goes' '
	here torn &&
	git reset -q --hard side &&
	git d1 snapshot >out 2>err &&
	cat >expect <<-\EOF &&
	warning: d1/shop/data/stock.sql held changes that the local database, by its record, never had; they are not in it now
	hint: if they are wanted: git checkout -- '\''d1/shop'\'' && git d1 restore; after a merge, a pull or a checkout restore comes before snapshot
	EOF
	test_cmp expect err &&
	git d1 snapshot >out 2>err &&
	test_must_be_empty err &&
	rows "UPDATE stock SET n = 13 WHERE id = 1" &&
	git d1 snapshot >out 2>err &&
	test_must_be_empty err
'

test_expect_success 'of several databases one is there' '
	here . && mkdir several && here several && git init -q . &&
	cat >wrangler.json <<-\EOF &&
	{"d1_databases": [
		{"binding": "A", "database_name": "a", "database_id": "1"},
		{"binding": "B", "database_name": "b", "database_id": "2"}]}
	EOF
	git config -f .d1config table.stock.track true &&
	test_expect_exit 128 git d1 snapshot >out &&
	grep "^fatal: a/local: the database file .* does not exist" err &&
	file=$(local_database . 2) && mkdir -p "$(dirname "$file")" &&
	sqlite3 "$file" "CREATE TABLE stock(id INTEGER PRIMARY KEY)" &&
	git d1 snapshot >actual 2>err &&
	cat >expect <<-\EOF &&
	A	d1/b/schema.sql
	A	d1/b/data/stock.sql
	d1/b: 2 files changed, 0 rows of 1 table
	EOF
	test_cmp expect actual &&
	echo "warning: a/local does not exist yet: its snapshot is left as it is" >expect &&
	test_cmp expect err &&
	test_expect_exit 128 git d1 restore snapshot &&
	test_line err "hint: as in: git d1 restore --to a/local"
'

test_expect_success 'a snapshot that fails does not touch it' '
	here stock &&
	test_when_finished "rm -rf d1/shop/data/stock.sql &&
		git checkout -q -- d1" &&
	git rev-parse "$(cat refs)" >before &&
	rm d1/shop/data/stock.sql &&
	ln -s /dev/null d1/shop/data/stock.sql &&
	test_expect_exit 3 git d1 snapshot >out &&
	git rev-parse "$(cat refs)" >after &&
	test_cmp before after
'

test_expect_success 'a record that cannot be moved is a warning' '
	here stock &&
	lock=.git/$(cat refs).lock &&
	test_when_finished "rm -f \"$lock\"" &&
	>"$lock" &&
	git rev-parse "$(cat refs)" >before &&
	git d1 snapshot >out 2>err &&
	test_line out "M	d1/shop/data/stock.sql" &&
	grep "^warning: the snapshot is written, but not noted" err &&
	git rev-parse "$(cat refs)" >after &&
	test_cmp before after &&
	rm "$lock" &&
	git d1 snapshot >out 2>err &&
	test_must_be_empty err &&
	git add d1 &&
	git write-tree --prefix=d1/shop/ >expect &&
	git rev-parse "$(cat refs)^{tree}" >actual &&
	test_cmp expect actual
'

test_expect_success 'a database that was made again has a record of its own' '
	here stock &&
	sqlite3 "$(local_database .)" .dump >dump.sql &&
	cp "$(local_database .)" keep-the-inode &&
	mv "$(local_database .)" moved.sqlite &&
	sqlite3 "$(local_database .)" <dump.sql &&
	git d1 snapshot >out &&
	records >actual &&
	test $(wc -l <actual) = 2
'

test_expect_success 'in a linked worktree the database is another one' '
	here stock &&
	git add -A && test_tick && git commit -q -m more &&
	git worktree add -q ../linked &&
	before=$(records | wc -l) &&
	cd ../linked &&
	git d1 restore >out &&
	records >after &&
	test $(wc -l <after) = $((before + 1)) &&
	git d1 snapshot >out &&
	echo "d1/shop is up to date" >expect &&
	test_cmp expect out &&
	records >actual &&
	test_cmp after actual
'

test_expect_success 'HEAD may be unborn, detached; there may be no repository' '
	stock_project unborn && here unborn &&
	git init -q . &&
	git d1 snapshot >out 2>err &&
	test_must_be_empty err &&
	test $(records | wc -l) = 1 &&
	stock_project plain && here plain &&
	(
		GIT_CEILING_DIRECTORIES=$SHARNESS_TRASH_DIRECTORY &&
		export GIT_CEILING_DIRECTORIES &&
		git d1 snapshot >out 2>err
	) &&
	test_must_be_empty err &&
	grep "d1/shop: 2 files changed" out &&
	here stock && git checkout -q --detach &&
	rows "DELETE FROM stock WHERE id = 1" &&
	git d1 snapshot >out 2>err &&
	test_must_be_empty err &&
	git add d1 &&
	git write-tree --prefix=d1/shop/ >expect &&
	git for-each-ref --sort=-committerdate --format="%(tree)" \
		refs/d1/local >actual &&
	grep -F -x -f expect actual
'

test_done
