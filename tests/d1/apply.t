#!/bin/sh

test_description='patches are applied to D1 exactly, guarded, all or nothing

PROPERTY_REMOTE_SEEDS is how many random pairs are tried, PROPERTY_FIRST the
first seed.'

. "$(dirname "$0")/pairsetup.sh"

first=${PROPERTY_FIRST:-1}
last=$((first + ${PROPERTY_REMOTE_SEEDS:-24} - 1))

# there_and_back NAME: the patch is applied to the remote database and taken
# back, and each is there the second time.
there_and_back () {
	cp "$(local_database remote id-$1)" $1-old.sqlite &&
	git-d1 diff $1/remote ./$1.sqlite >$1.patch &&
	git-d1 apply --no-limit --to $1/remote $1.patch &&
	git-d1 diff --exit-code $1/remote ./$1.sqlite &&
	git-d1 diff --exit-code $1/remote $1.patch &&
	git-d1 apply --to $1/remote $1.patch >out &&
	echo "already applied: $1/remote is as $1.patch leaves it" >expect &&
	test_cmp expect out &&
	git-d1 apply --no-limit -R --to $1/remote $1.patch &&
	git-d1 diff --exit-code $1/remote ./$1-old.sqlite &&
	git-d1 apply -R --to $1/remote $1.patch >out &&
	echo "already applied: $1/remote is as $1.patch found it" >expect &&
	test_cmp expect out
}

hard_database

database small <<\EOF
CREATE TABLE city(id INTEGER PRIMARY KEY, name TEXT UNIQUE, note);
CREATE TABLE line(id INTEGER PRIMARY KEY, city INT REFERENCES city(id)
	ON DELETE CASCADE, ref TEXT);
INSERT INTO city VALUES(1, 'Ulm', NULL), (2, 'Kiel', 'x'), (3, 'Bonn', 'y');
INSERT INTO line VALUES(1, 1, 'a'), (2, 2, 'b'), (3, 2, 'c'), (4, 3, 'd');
--
UPDATE city SET name = 'Trier' WHERE id = 1;
INSERT INTO city VALUES(4, 'Ulm', 'z');
EOF

database many <<\EOF
CREATE TABLE many(id INTEGER PRIMARY KEY, v);
INSERT INTO many SELECT value, value FROM generate_series(1, 2000);
--
EOF

database wide <<\EOF
CREATE TABLE wide(g INT, k TEXT COLLATE NOCASE, v, w, PRIMARY KEY(g, k));
INSERT INTO wide SELECT value % 7, 'k' || value, value,
	CASE WHEN value % 1700 = 3 THEN printf('%.*c', 30000, 'x') ELSE 'y' END
	FROM generate_series(1, 2500);
CREATE TABLE a(id INTEGER PRIMARY KEY, of INT REFERENCES a(id));
CREATE TABLE b(id INTEGER PRIMARY KEY, a INT REFERENCES a(id));
--
UPDATE wide SET v = -v;
DELETE FROM wide WHERE v % 50 = 0;
INSERT INTO wide SELECT 8, 'n' || value, value, 'z' FROM
	generate_series(1, 700);
EOF

database sets <<\EOF
CREATE TABLE p(id INTEGER PRIMARY KEY, v TEXT UNIQUE);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT DEFAULT '7'
	REFERENCES p(id) ON DELETE SET DEFAULT,
	v TEXT DEFAULT 'z' REFERENCES p(v) ON UPDATE SET DEFAULT);
INSERT INTO p VALUES(1, 'x'), (2, 'y'), (7, 'z');
INSERT INTO c VALUES(1, 1, 'z'), (2, 2, 'y'), (3, 7, 'z'), (4, 1, 'y');
--
PRAGMA foreign_keys=on;
DELETE FROM p WHERE id = 1;
UPDATE p SET v = 'Y' WHERE id = 2;
EOF

database fires <<\EOF
CREATE TABLE t(id INTEGER PRIMARY KEY, v, u UNIQUE);
CREATE TABLE log(id INTEGER, what);
CREATE TRIGGER i AFTER INSERT ON t BEGIN
	INSERT INTO log VALUES(new.id, 'i'); END;
CREATE TRIGGER u AFTER UPDATE OF v ON t BEGIN
	UPDATE t SET v = new.v + 1 WHERE id = new.id; END;
CREATE TRIGGER d BEFORE DELETE ON t BEGIN DELETE FROM log; END;
INSERT INTO t VALUES(1, 1, 1), (2, 2, 2), (3, 3, 3);
INSERT INTO log VALUES(1, 'old'), (2, 'old');
--
EOF

database made <<\EOF
CREATE TABLE made(id INTEGER PRIMARY KEY, n, s TEXT AS (n || '!') STORED,
	UNIQUE(s));
INSERT INTO made(id, n) VALUES(1, 'c'), (2, 'b'), (3, 'a'), (4, 'd');
CREATE VIRTUAL TABLE pages USING fts5(title, body);
INSERT INTO pages VALUES(x'63c7', 'one'), ('two', x'ff'), (3, 3.5);
--
UPDATE made SET n = n || '+';
UPDATE made SET n = 'b' WHERE id = 1;
UPDATE made SET n = 'a' WHERE id = 2;
UPDATE made SET n = 'c' WHERE id = 3;
UPDATE pages SET body = 'eins' WHERE rowid = 1;
UPDATE pages SET title = 'zwei' WHERE rowid = 2;
UPDATE pages SET title = 'drei' WHERE rowid = 3;
EOF

database parts <<\EOF
CREATE TABLE parts(id INTEGER PRIMARY KEY, v);
CREATE TABLE log(m);
INSERT INTO parts SELECT value, value FROM generate_series(1, 3000);
INSERT INTO log VALUES('a'), ('a'), ('b');
--
UPDATE parts SET v = v + 1 WHERE id <= 1000;
DELETE FROM parts WHERE id > 2900;
INSERT INTO parts SELECT value + 5000, 'new' FROM generate_series(1, 1000);
INSERT INTO log VALUES('a');
DELETE FROM log WHERE m = 'b';
EOF

for seed in $(seq "$first" "$last")
do
	random_database "$seed"
done

# only_reads: since the log was cleared, nothing was sent that could write.
only_reads () {
	standin_log >log &&
	sed "s/\"reply\":.*//" log >sent &&
	! grep "/import\"" sent &&
	! grep -i "insert into\|update [^ ]* set\|[^_]delete from\|create \|drop " sent
}

test_expect_success 'set up' '
	make_config &&
	start &&
	standin_env
'

test_expect_success 'every hard value and kind of table' '
	there_and_back hard
'

test_expect_success 'unique values that are generated, blobs in full text' '
	there_and_back made
'

for seed in $(seq "$first" "$last")
do
	test_expect_success "a random pair, seed $seed" '
		git-d1 diff seed$seed/remote ./seed$seed.sqlite >seed$seed.patch &&
		if grep -q "^columns \|^new table\|^deleted table" seed$seed.patch
		then
			say "# tables differ"
		elif grep -q "^@@" seed$seed.patch
		then
			there_and_back seed$seed
		fi
	'
done

test_expect_success 'what a patch would change is shown, without a write' '
	git-d1 diff small/remote ./small.sqlite >p.patch &&
	standin_clear_log &&
	git-d1 diff small/remote p.patch >actual &&
	sed "s/^+++ .*/+++ p.patch/" p.patch >expect &&
	test_cmp expect actual &&
	only_reads &&
	sqlite3 "$(local_database remote id-small)" "DELETE FROM city WHERE id = 1" &&
	test_expect_exit 2 git-d1 diff p.patch small/remote >actual &&
	test_must_be_empty actual &&
	test_line err "row missing: city id=1" &&
	sqlite3 "$(local_database remote id-small)" "INSERT INTO city VALUES(1, '\''Ulm'\'', NULL)"
'

test_expect_success 'the target is said, and must be named' '
	git-d1 diff small/remote ./small.sqlite >p.patch &&
	git-d1 apply --check --to small/remote p.patch 2>err &&
	test_must_be_empty err &&
	git-d1 apply --to small/remote p.patch >out 2>err &&
	echo "city: 1 inserted, 1 updated, 0 deleted" >expect &&
	test_cmp expect out &&
	echo "writing small/remote: database small, id id-small, account acc123, environment (top level)" >expect &&
	test_cmp expect err &&
	git-d1 apply -R --to small/remote p.patch &&
	echo "{\"d1_databases\":[{\"binding\":\"DB\",\"database_name\":\"small\",\"database_id\":\"id-small\"}]}" >only.json &&
	standin_clear_log &&
	test_expect_exit 3 git-d1 apply --config only.json --to remote p.patch </dev/null &&
	test_line err "error: a remote database is written only if its name is given" &&
	git config -f .d1config database.B_small.protected true &&
	test_expect_exit 3 git-d1 apply --to small/remote p.patch &&
	test_line err "error: small/remote is protected" &&
	rm .d1config &&
	only_reads
'

test_expect_success 'many rows want to be confirmed' '
	printf "%s\n" "diff --d1 many" "key id" "--- a" "+++ b" >many.patch &&
	for i in $(seq 101)
	do
		printf "%s\n" "@@ ~ id=$i @@" "-v: $i" "+v: 0" || return 1
	done >>many.patch &&
	standin_clear_log &&
	test_expect_exit 3 git-d1 apply --to many/remote many.patch &&
	test_line err "error: 101 rows would be updated or deleted; nothing was written" &&
	test_line err "hint: --yes=101 if that is right" &&
	test_expect_exit 3 git-d1 apply --to many/remote --yes=100 many.patch &&
	only_reads &&
	git-d1 apply --to many/remote --yes=101 many.patch >out &&
	echo "many: 0 inserted, 101 updated, 0 deleted" >expect &&
	test_cmp expect out &&
	git-d1 apply -R --to many/remote --no-limit many.patch
'

test_expect_success 'thousands of rows, some of them wide, in few calls' '
	git-d1 diff wide/remote ./wide.sqlite >wide.patch &&
	test "$(grep -c "^@@" wide.patch)" = 3200 &&
	standin_clear_log &&
	git-d1 apply --no-limit --to wide/remote wide.patch >out &&
	standin_log >log &&
	echo "wide: 700 inserted, 2450 updated, 50 deleted" >expect &&
	test_cmp expect out &&
	git-d1 diff --exit-code wide/remote ./wide.sqlite &&
	test "$(grep -c defer_foreign log)" = 1 &&
	grep -c "\"request\":.* d1_e" log >reads &&
	test "$(cat reads)" -le 12 &&
	test "$(wc -l <log)" -le $(($(cat reads) + 12))
'

test_expect_success 'a row that was changed before: nothing is sent' '
	git-d1 diff small/remote ./small.sqlite >p.patch &&
	standin_sql small "UPDATE city SET name = '\''Bern'\'' WHERE id = 1" &&
	standin_clear_log &&
	test_expect_exit 2 git-d1 apply --to small/remote p.patch >out &&
	test_must_be_empty out &&
	test_line err "value differs: city id=1: name is '\''Bern'\'', not '\''Ulm'\''" &&
	only_reads &&
	standin_sql small "UPDATE city SET name = '\''Ulm'\'' WHERE id = 1"
'

# state: all that must not change if nothing is written.
state () {
	standin_sql small "SELECT * FROM city ORDER BY id" &&
	standin_sql small "SELECT * FROM line ORDER BY id" &&
	curl --silent --noproxy "*" \
		--header "Authorization: Bearer dummy-token" \
		"$(standin_url)/accounts/acc123/d1/database/id-small/time_travel/bookmark"
}

# no_entry STATE: the journal has none in that state.
no_entry () {
	! ls .local/state/git-d1/*.$1
}

test_expect_success 'a row that is changed meanwhile: all is as it was' '
	standin_fault "{\"kind\":\"sql\",\"database\":\"small\",
		\"sql\":\"UPDATE city SET name = '\''Bern'\'' WHERE id = 1\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}" &&
	test_expect_exit 2 git-d1 apply --to small/remote p.patch >out &&
	test_must_be_empty out &&
	grep "table '\''city'\'', row id=1: value differs: name is '\''Bern'\'', not '\''Ulm'\''" err &&
	standin_sql small "SELECT name FROM city ORDER BY id" >actual &&
	printf "%s\n" "[\"Bern\"]" "[\"Kiel\"]" "[\"Bonn\"]" >expect &&
	test_cmp expect actual &&
	standin_sql small "UPDATE city SET name = '\''Ulm'\'' WHERE id = 1" &&
	no_entry pending
'

# break_at WHEN: the connection breaks before or after the rows are written.
break_at () {
	standin_fault "{\"kind\":\"drop\",\"when\":\"$1\",\"path\":\"/raw$\",
		\"request\":\"defer_foreign_keys\"}"
}

test_expect_success 'a connection that is cut: all or nothing, and it says which' '
	state >before &&
	break_at before &&
	test_expect_exit 5 git-d1 apply --to small/remote p.patch >out 2>err &&
	test_must_be_empty out &&
	grep "^error: nothing was written: cannot reach .*: it closed the connection without a reply" err &&
	state >after &&
	test_cmp before after &&
	no_entry pending &&
	break_at after &&
	git-d1 apply --to small/remote p.patch >out &&
	echo "city: 1 inserted, 1 updated, 0 deleted" >expect &&
	test_cmp expect out &&
	git-d1 diff --exit-code small/remote ./small.sqlite &&
	for kind in cut half-json
	do
		git-d1 apply -R --to small/remote p.patch &&
		standin_fault "{\"kind\":\"$kind\",\"path\":\"/raw$\",
			\"request\":\"defer_foreign_keys\"}" &&
		git-d1 apply --to small/remote p.patch >out &&
		test_cmp expect out &&
		git-d1 diff --exit-code small/remote ./small.sqlite || return 1
	done &&
	no_entry pending &&
	git-d1 apply -R --to small/remote p.patch
'

test_expect_success 'no bookmark after a write: it is written all the same' '
	standin_clear_log &&
	git-d1 apply --to small/remote p.patch >expect &&
	calls=$(standin_log | grep -c "time_travel/bookmark") &&
	git-d1 apply -R --to small/remote p.patch &&
	standin_fault "{\"kind\":\"drop\",\"times\":0,\"path\":\"bookmark$\",
		\"skip\":$((calls - 1))}" &&
	git-d1 apply --to small/remote p.patch >out &&
	standin_faults_left | grep "bookmark" &&
	standin_no_faults &&
	test_cmp expect out &&
	no_entry pending &&
	git-d1 diff --exit-code small/remote ./small.sqlite &&
	git-d1 apply -R --to small/remote p.patch
'

test_expect_success 'a write that nobody has seen the end of' '
	entry=20261121T093005Z-00000001 &&
	mkdir -p .local/state/git-d1 &&
	{
		printf "%s\n" "D1-Journal: 1" "Command: git d1 apply" \
			"Target: remote id-small" "Name: small/remote" "" &&
		printf "%s\n" "diff --d1 small/city" "key id" "--- a" "+++ b" \
			"@@ ~ id=1 @@" "-name: '\''Trier'\''" "+name: '\''Ulm'\''"
	} >.local/state/git-d1/$entry.pending &&
	git-d1 apply --check --to small/remote p.patch >out 2>err &&
	test_line err "warning: git d1 apply ($entry) was not seen to end: nothing of it was written" &&
	test_expect_code 2 ls .local/state/git-d1/$entry.* &&
	{
		printf "%s\n" "D1-Journal: 1" "Command: git d1 apply" \
			"Target: remote id-small" "Name: small/remote" "" &&
		printf "%s\n" "diff --d1 small/city" "key id" "--- a" "+++ b" \
			"@@ ~ id=1 @@" "-name: '\''Ulm'\''" "+name: '\''Trier'\''"
	} >.local/state/git-d1/$entry.pending &&
	git-d1 apply --check --to small/remote p.patch >out 2>err &&
	test_line err "warning: git d1 apply ($entry) was not seen to end: it was carried out" &&
	ls .local/state/git-d1/$entry.done
'

test_expect_success 'what foreign keys do besides is listed, and taken back' '
	printf "%s\n" "diff --d1 city" "key id" "--- a" "+++ b" "@@ - id=2 @@" \
		"-name: '\''Kiel'\''" "-note: '\''x'\''" >q.patch &&
	standin_sql small "SELECT * FROM line ORDER BY id" >before &&
	rm -rf .local &&
	git-d1 apply --to small/remote q.patch >out 2>err &&
	printf "%s\n" "city: 0 inserted, 0 updated, 1 deleted" \
		"line: 0 inserted, 0 updated, 2 deleted by foreign keys" >expect &&
	test_cmp expect out &&
	test_line err "besides: line id=2 is deleted by a foreign key" &&
	standin_sql small "SELECT id FROM line ORDER BY id" >actual &&
	printf "[%s]\n" 1 4 >expect &&
	test_cmp expect actual &&
	grep "^Bookmark: " .local/state/git-d1/*.done &&
	git-d1 apply --to small/remote .local/state/git-d1/*.done &&
	standin_sql small "SELECT * FROM line ORDER BY id" >after &&
	test_cmp before after
'

test_expect_success 'what they set to a default is as the engine would' '
	printf "%s\n" "diff --d1 p" "key id" "--- a" "+++ b" "@@ - id=1 @@" \
		"-v: '\''x'\''" "@@ ~ id=2 @@" "-v: '\''y'\''" "+v: '\''Y'\''" >s.patch &&
	cp "$(local_database remote id-sets)" sets-old.sqlite &&
	rm -rf .local &&
	git-d1 apply --to sets/remote s.patch >out 2>err &&
	printf "%s\n" "p: 0 inserted, 1 updated, 1 deleted" \
		"c: 0 inserted, 2 updated, 0 deleted by foreign keys" \
		"c: 0 inserted, 1 updated, 0 deleted by foreign keys" >expect &&
	test_cmp expect out &&
	git-d1 diff --exit-code sets/remote ./sets.sqlite &&
	git-d1 undo --no-limit sets/remote &&
	git-d1 diff --exit-code sets/remote ./sets-old.sqlite
'

# ---- triggers that fire ----

test_expect_success 'triggers fire if they are to, and what they did is counted' '
	rm -rf .local &&
	printf "%s\n" "diff --d1 t" "key id" "--- a" "+++ b" "@@ ~ id=1 @@" \
		"-v: 1" "+v: 10" "@@ - id=2 @@" "-v: 2" "-u: 2" \
		"@@ + id=4 @@" "+v: 4" "+u: 4" >f.patch &&
	git-d1 apply --fire-triggers --to fires/remote f.patch >out &&
	cat >expect <<-\EOF &&
	t: 1 inserted, 1 updated, 1 deleted
	triggers changed 7 more rows
	not as the patch has them: 1 row
	table '\''t'\'', row id=1
	EOF
	test_cmp expect out &&
	standin_sql fires "SELECT id, v FROM t ORDER BY id" >actual &&
	printf "%s\n" "[1,11]" "[3,3]" "[4,4]" >expect &&
	test_cmp expect actual &&
	test "$(ls .local/state/git-d1 | wc -l)" = 1 &&
	test_line .local/state/git-d1/*.done "Way-Back: bookmark" &&
	bookmark=$(sed -n "s/^Bookmark: \([0-9a-f]\)/\1/p" .local/state/git-d1/*.done) &&
	test "$(sed "1,/^\$/d" .local/state/git-d1/*.done)" = "" &&
	test_expect_exit 3 git-d1 undo fires/remote &&
	test_line err "hint: Time Travel goes back to before it: git d1 rewind fires/remote $bookmark" &&
	git-d1 rewind --dry-run fires/remote $bookmark >out &&
	grep "^    git d1 apply to fires/remote, at $bookmark$" out
'

test_expect_success 'a trigger that forbids it: nothing is written' '
	rm -rf .local &&
	printf "%s\n" "diff --d1 t" "key id" "--- a" "+++ b" \
		"@@ + id=5 @@" "+v: 5" "+u: 5" >n.patch &&
	standin_sql fires "CREATE TRIGGER no BEFORE INSERT ON t BEGIN
		SELECT RAISE(ABORT, '\''not today'\''); END" &&
	standin_sql fires "SELECT * FROM t" >before &&
	test_expect_exit 2 git-d1 apply --fire-triggers --to fires/remote n.patch &&
	test_line err "error: the rows contradict a constraint: not today" &&
	test_line err "hint: nothing was written" &&
	standin_sql fires "SELECT * FROM t" >after &&
	test_cmp before after &&
	test "$(ls .local/state/git-d1 | wc -l)" = 0 &&
	standin_sql fires "DROP TRIGGER no"
'

test_expect_success 'what foreign keys do is not counted as done by triggers' '
	git-d1 apply --fire-triggers --to small/remote q.patch >out &&
	printf "%s\n" "city: 0 inserted, 0 updated, 1 deleted" \
		"line: 0 inserted, 0 updated, 2 deleted by foreign keys" \
		"triggers changed no other row" >expect &&
	test_cmp expect out
'

test_expect_success 'rows exchange no unique values while triggers fire' '
	printf "%s\n" "diff --d1 t" "key id" "--- a" "+++ b" "@@ ~ id=3 @@" \
		"-u: 3" "+u: 4" "@@ ~ id=4 @@" "-u: 4" "+u: 3" >g.patch &&
	rm -rf .local &&
	standin_clear_log &&
	test_expect_exit 3 git-d1 apply --fire-triggers --to fires/remote g.patch &&
	test_line err "error: rows of table '\''t'\'' exchange unique or referenced values, which would fire triggers for no change" &&
	only_reads &&
	test "$(ls .local/state/git-d1 | wc -l)" = 0 &&
	git-d1 apply --to fires/remote g.patch
'

# ---- parts ----

# in_parts PATCH [ENTRY]: applies it to a server that has no import and takes no
# more than 8,000 bytes, in parts. It undoes that entry of the journal.
in_parts () {
	"$TOP_BUILDDIR/tests/d1/applyparts" --in-parts parts/remote "$@"
}

# spoil KIND WHEN: it happens to the third part, before or after it is written.
spoil () {
	standin_fault "{\"kind\":\"$1\",\"when\":\"$2\",\"skip\":2,
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}"
}

# is_like FILE: the rows of "parts" are those of that database.
is_like () {
	git-d1 diff --exit-code parts/remote "./$1"
}

test_expect_success 'what neither a call nor an import takes wants --in-parts' '
	cp "$(local_database remote id-parts)" parts-old.sqlite &&
	git-d1 diff parts/remote ./parts.sqlite >parts.patch &&
	rm -rf .local &&
	standin_clear_log &&
	test_expect_exit 3 "$TOP_BUILDDIR/tests/d1/applyparts" parts/remote parts.patch &&
	test_line err "error: the changes do not fit into one call of 8000 bytes, and this server has no import" &&
	test_line err "hint: write fewer changes at once, or allow several calls with --in-parts" &&
	only_reads &&
	test "$(ls .local/state/git-d1 | wc -l)" = 0 &&
	in_parts parts.patch >out &&
	printf "%s\n" "log: 1 inserted, 0 updated, 1 deleted" \
		"parts: 1000 inserted, 1000 updated, 100 deleted" >expect &&
	test_cmp expect out &&
	is_like parts.sqlite &&
	grep "^Parts: 000000000\([3-9]\) of 000000000\1$" .local/state/git-d1/*.done &&
	git-d1 apply --no-limit --to parts/remote .local/state/git-d1/*.done &&
	is_like parts-old.sqlite
'

# stopped CODE MESSAGE: the write in parts is, and says so.
stopped () {
	rm -rf .local &&
	test_expect_exit "$1" in_parts parts.patch >out &&
	test_must_be_empty out &&
	grep "^[a-z]*: 2 of [4-9] parts were written$2: " err &&
	test_line err "hint: run the same command again to write the rest" &&
	grep "^Parts: 0000000002 of 000000000[4-9]$" .local/state/git-d1/*
}

test_expect_success 'a part that fails: the same command writes the rest' '
	spoil overloaded before &&
	stopped 5 "" &&
	test_must_fail is_like parts.sqlite &&
	test_must_fail is_like parts-old.sqlite &&
	in_parts parts.patch >out 2>err &&
	test_must_fail grep ^warning err &&
	is_like parts.sqlite &&
	git-d1 apply -R --no-limit --to parts/remote parts.patch &&
	is_like parts-old.sqlite
'

test_expect_success 'or the entry takes back what is written' '
	spoil overloaded before &&
	stopped 5 "" &&
	hint=$(sed -n "s/^hint: or take back what is written: git d1 undo //p" err) &&
	git-d1 undo --list parts >list &&
	grep "^    test to parts/remote, at .*, 2 of [4-9] parts seen written$" list &&
	git-d1 undo --no-limit --in-parts $hint &&
	is_like parts-old.sqlite &&
	git-d1 undo --list parts >list &&
	test "$(sed -n "s/^[-0-9a-zTZ]* \\([a-z]*\\),.*/\\1/p" list | xargs)" = "done undone"
'

test_expect_success 'a part of an undo: the write is still to be undone' '
	rm -rf .local &&
	in_parts parts.patch >out &&
	id=$(ls .local/state/git-d1 | sed "s/\..*//") &&
	cp .local/state/git-d1/$id.done back.patch &&
	spoil overloaded before &&
	test_expect_exit 5 in_parts back.patch $id &&
	test_must_fail is_like parts.sqlite &&
	test_must_fail is_like parts-old.sqlite &&
	ls .local/state/git-d1/$id.done &&
	git-d1 undo --no-limit parts/remote $id &&
	is_like parts-old.sqlite &&
	ls .local/state/git-d1/$id.undone
'

for when in before after
do
	test_expect_success "a part nobody saw the end of, broken off $when it" '
		spoil drop $when &&
		stopped 5 ", the next one may be, too" &&
		in_parts parts.patch >out 2>err &&
		grep "^warning: test ([-0-9a-zTZ]*) was not seen to end: a part of it was written" err &&
		is_like parts.sqlite &&
		git-d1 apply -R --no-limit --to parts/remote parts.patch &&
		spoil drop $when &&
		stopped 5 ", the next one may be, too" &&
		git-d1 apply --no-limit --to parts/remote .local/state/git-d1/*.pending &&
		is_like parts-old.sqlite
	'
done

test_expect_success 'a row that is changed before its part is written' '
	standin_fault "{\"kind\":\"sql\",\"database\":\"parts\",\"skip\":2,
		\"sql\":\"INSERT INTO parts VALUES(6000, 0)\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}" &&
	rm -rf .local &&
	test_expect_exit 2 in_parts parts.patch &&
	cat err &&
	grep "parts were written: the rows contradict a constraint: UNIQUE constraint failed: parts.id" err &&
	test_must_fail grep "nothing was written" err &&
	standin_sql parts "DELETE FROM parts WHERE id = 6000" &&
	git-d1 apply --no-limit --to parts/remote .local/state/git-d1/*.done &&
	is_like parts-old.sqlite
'

test_expect_success 'no token is shown or kept' '
	! grep -r "dummy-token" .local out err
'

test_done
