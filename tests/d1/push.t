#!/bin/sh

test_description='rows move between a local database and D1: push and pull

PROPERTY_REMOTE_SEEDS is how many random pairs are tried, PROPERTY_FIRST the
first seed.'

. "$(dirname "$0")/transfers.sh"

first=${PROPERTY_FIRST:-1}
last=$((first + ${PROPERTY_REMOTE_SEEDS:-5} - 1))

hard_database

# One table for each bucket.
CELLS="local_only remote_only local_newer remote_newer differs same"
{
	for table in $CELLS
	do
		echo "CREATE TABLE $table(id INTEGER PRIMARY KEY, v, updated_at);"
		case $table in
		remote_newer) echo "INSERT INTO $table VALUES(1, 'remote', 999);" ;;
		local_only) ;;
		*) echo "INSERT INTO $table VALUES(1, 'remote', 900);" ;;
		esac
	done
	echo --
	echo "INSERT INTO local_only VALUES(1, 'local', 900);"
	echo "DELETE FROM remote_only;"
	# as texts it would be the other way round
	echo "UPDATE local_newer SET v = 'local', updated_at = 1000;"
	echo "UPDATE remote_newer SET v = 'local', updated_at = '1970-01-01';"
	echo "UPDATE differs SET v = 'local';"
} >cells.in
database cells <cells.in

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

database three <<\EOF
CREATE TABLE t(who TEXT PRIMARY KEY NOT NULL, a, b);
CREATE TABLE bag(v);
CREATE TABLE times(id INTEGER PRIMARY KEY, v, w, updated_at);
INSERT INTO t VALUES('same', 1, 1), ('local', 1, 1), ('remote', 1, 1),
	('alike', 1, 1), ('cells', 1, 1), ('differently', 1, 1),
	('gone here', 1, 1), ('gone there', 1, 1), ('gone both', 1, 1),
	('local gone', 1, 1), ('remote gone', 1, 1);
INSERT INTO bag VALUES('same'), ('gone here'), ('gone there'), ('one more'),
	('both');
INSERT INTO times VALUES(1, 'b', 'b', 0), (2, 'b', 'b', 0), (3, 'b', 'b', 0);
--
EOF

for seed in $(seq "$first" "$last")
do
	random_database "$seed"
done

test_expect_success 'set up' '
	git init -q . &&
	make_config &&
	start &&
	standin_env &&
	for name in $names
	do
		to_local $name &&
		cp "$(local_database remote id-$name)" $name-remote.sqlite ||
			return 1
	done
'

# as_before NAME: both sides hold again what they held at the beginning.
as_before () {
	to_local $1 &&
	if ! test -f $1-back.sql
	then
		for table in $(sqlite3 $1-remote.sqlite "SELECT name FROM
			sqlite_schema WHERE type = 'table'")
		do
			echo "DELETE FROM $table;" &&
			sqlite3 $1-remote.sqlite ".mode insert $table" \
				"SELECT * FROM $table" || return 1
		done >$1-back.sql
	fi &&
	query $1 "$(cat $1-back.sql)"
}

# all SIDE: a line for each table of "cells", with the value that is there.
all () {
	sql=SELECT
	for table in $CELLS
	do
		sql="$sql '$table=' || coalesce((SELECT v FROM $table), ''),"
	done
	rows $1 cells "$sql ''" | tr , "\n"
}

# cells COMMAND POLICY [OPTION...]: moves each table of "cells" by itself; each
# line of standard input names a table and what becomes of its row: it is
# written, left or in conflict.
cells () {
	command=$1 how=$2 &&
	shift 2 &&
	cat >wanted &&
	as_before cells &&
	all local >at-local && all remote >at-remote &&
	from=remote to=local &&
	{ test $command = pull || from=local to=remote; } &&
	cp at-$from from-expect && cp at-$to to-expect &&
	while read table want
	do
		code=0
		test $want != conflict || code=2
		test_expect_exit $code git-d1 $command --no-limit "$@" \
			--conflict=$how cells -- $table >out </dev/null ||
			return 1
		if test $want = write
		then
			line=$(grep "^$table=" at-$from) &&
			sed "s/^$table=.*/$line/" to-expect >to-new &&
			mv to-new to-expect || return 1
		fi
	done <wanted &&
	all local >is-local && all remote >is-remote &&
	test_cmp from-expect is-$from && test_cmp to-expect is-$to
}

# The table of the manual, for push; for pull the sides are swapped.
cat >policies <<\EOF
local_only write write write write
remote_only leave leave leave leave
local_newer write write leave write
remote_newer conflict write leave leave
differs conflict write leave conflict
same leave leave leave leave
EOF

# column N: of the table.
column () {
	cut -d " " -f 1,$1 policies
}

swap () {
	sed -e "s/local/@/" -e "s/remote/local/" -e "s/@/remote/"
}

number=1
for policy in abort local-wins remote-wins newer-wins
do
	number=$((number + 1))
	test_expect_success "push without a base: $policy" '
		column $number >want &&
		cells push $policy <want
	'
	other=$(echo $policy | swap)
	test_expect_success "pull without a base: $other" '
		column $number | swap >want &&
		cells pull $other <want
	'
	deletes=leave
	case $policy in abort | local-wins) deletes='write' ;; esac
	test_expect_success "deletes without a base: $policy" '
		echo remote_only $deletes >want &&
		cells push $policy --delete <want &&
		echo local_only $deletes >want &&
		cells pull $other --delete <want
	'
done

test_expect_success 'conflicts are listed, every one; nothing is written' '
	as_before cells &&
	all remote >before &&
	test_expect_exit 2 git-d1 push cells >out &&
	cat >expect <<-\EOF &&
	conflict: differs id=1: v '\''local'\'' in cells/local, '\''remote'\'' in cells/remote
	conflict: remote_newer id=1: v '\''local'\'' in cells/local, '\''remote'\'' in cells/remote; updated_at '\''1970-01-01'\'' in cells/local, 999 in cells/remote
	EOF
	test_cmp expect out &&
	test_line err "error: 2 rows differ in cells/local and cells/remote, and it is not known which is to stay; nothing was written" &&
	all remote >after &&
	test_cmp before after &&
	all local >before &&
	test_expect_exit 2 git-d1 pull cells >out &&
	grep ^conflict out >actual &&
	cut -d " " -f 2 actual >names &&
	printf "%s\n" differs local_newer >expect &&
	test_cmp expect names &&
	all local >after &&
	test_cmp before after
'

test_expect_success 'what is written and what is left is told' '
	git-d1 push --conflict=newer-wins cells -- local_only local_newer \
		remote_newer remote_only >out &&
	cat >expect <<-\EOF &&
	local_newer: 0 inserted, 1 updated, 0 deleted
	local_only: 1 inserted, 0 updated, 0 deleted
	1 row newer on the remote: git d1 pull
	1 row only on the remote, left there (--delete deletes them)
	EOF
	test_cmp expect out &&
	git-d1 pull --conflict=local-wins cells -- differs >out &&
	echo "1 row differs and stays as it is" >expect &&
	test_cmp expect out
'

test_expect_success 'the policy of .d1config counts, and --conflict more' '
	as_before cells &&
	git config -f .d1config d1.conflict local-wins &&
	git-d1 push cells -- differs >out &&
	echo "differs: 0 inserted, 1 updated, 0 deleted" >expect &&
	test_cmp expect out &&
	as_before cells &&
	test_expect_exit 2 git-d1 push --conflict=abort cells -- differs &&
	rm .d1config
'

# ---- safety ----

# only_reads: since the log was cleared, nothing was sent that could write.
only_reads () {
	standin_log >log &&
	sed "s/\"reply\":.*//" log >sent &&
	! grep "/import\"" sent &&
	! grep -i "insert into\|update [^ ]* set\|[^_]delete from\|create \|drop " sent
}

test_expect_success 'a dry run shows a patch and what it costs, and writes nothing' '
	rm -rf .git/d1/journal &&
	git-d1 diff small/remote small/local >expect &&
	standin_clear_log &&
	git-d1 push --dry-run --conflict=local-wins small >out 2>err </dev/null &&
	test_cmp expect out &&
	echo "up to 4 rows written, with indexes, about 6 read; 1 request of 2500 bytes" >expect &&
	sed "s/of [0-9]* bytes/of 2500 bytes/" err >actual &&
	test_cmp expect actual &&
	only_reads &&
	! test -d .git/d1/journal &&
	sqlite3 "$(local_file small)" .dump >before &&
	git-d1 pull -n --conflict=remote-wins --delete small >out 2>err &&
	test_must_be_empty err &&
	git-d1 diff small/local small/remote >expect &&
	test_cmp expect out &&
	sqlite3 "$(local_file small)" .dump >after &&
	test_cmp before after
'

test_expect_success 'the database is named, or nothing is written' '
	echo "{\"d1_databases\":[{\"binding\":\"DB\",\"database_name\":\"small\",\"database_id\":\"id-small\"}]}" >only.json &&
	standin_clear_log &&
	test_expect_exit 3 git-d1 push --config only.json </dev/null &&
	test_line err "error: a remote database is written only if its name is given" &&
	test_line err "hint: name it: git d1 push small" &&
	git config -f .d1config database.B_small.protected true &&
	test_expect_exit 3 git-d1 push small &&
	test_line err "error: small/remote is protected" &&
	rm .d1config &&
	only_reads &&
	test_expect_exit 129 git-d1 push small/local &&
	test_line err "error: '\''small/local'\'' is no remote database"
'

test_expect_success 'many rows want to be confirmed' '
	standin_clear_log &&
	test_expect_exit 3 git-d1 push --delete --conflict=local-wins hard &&
	grep "rows would be updated or deleted; nothing was written" err &&
	only_reads
'

test_expect_success 'foreign keys of a deleted parent are told, and undone' '
	as_before small &&
	sqlite3 "$(local_file small)" "DELETE FROM city WHERE id IN (2, 4);
		UPDATE city SET name = '\''Ulm'\'' WHERE id = 1" &&
	git-d1 push --delete small -- city >out 2>err &&
	cat >expect <<-\EOF &&
	city: 0 inserted, 0 updated, 1 deleted
	line: 0 inserted, 0 updated, 2 deleted by foreign keys
	EOF
	test_cmp expect out &&
	test_line err "besides: line id=2 is deleted by a foreign key" &&
	has remote small "SELECT id FROM line ORDER BY id" 1 4 &&
	git-d1 undo small/remote &&
	has remote small "SELECT id FROM line ORDER BY id" 1 2 3 4 &&
	has remote small "SELECT id FROM city ORDER BY id" 1 2 3
'

test_expect_success 'so they are by a dry run of a pull' '
	as_before small &&
	sqlite3 "$(local_file small)" "INSERT INTO city VALUES(9, 9, 9);
		INSERT INTO line VALUES(9, 9, 9)" &&
	git-d1 pull -n --delete --conflict=remote-wins small -- city >out 2>err &&
	echo "besides: line id=9 is deleted by a foreign key" >expect &&
	test_cmp expect err &&
	has local small "SELECT count(*) FROM line" 5
'

test_expect_success 'a row that is changed meanwhile: all is as it was' '
	as_before small &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"small\",
		\"sql\":\"UPDATE city SET name = '\''Bern'\'' WHERE id = 1\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}" &&
	test_expect_exit 2 git-d1 push --conflict=local-wins small >out &&
	test_must_be_empty out &&
	grep "table '\''city'\'', row id=1: value differs" err &&
	has remote small "SELECT name FROM city ORDER BY id" Bern Kiel Bonn &&
	! ls .git/d1/journal/*.pending
'

# A cascade would take it along, and no undo would know of it.
test_expect_success 'a row that comes to refer to a deleted one stops all' '
	as_before small &&
	sqlite3 "$(local_file small)" "DELETE FROM city WHERE id IN (2, 4);
		DELETE FROM line WHERE city = 2;
		UPDATE city SET name = '\''Ulm'\'' WHERE id = 1" &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"small\",
		\"sql\":\"INSERT INTO line VALUES(9, 2, '\''new'\'')\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}" &&
	test_expect_exit 2 git-d1 push --delete small >out &&
	test_must_be_empty out &&
	grep "rows that refer to deleted ones were written meanwhile" err &&
	has remote small "SELECT id FROM city ORDER BY id" 1 2 3 &&
	has remote small "SELECT id FROM line ORDER BY id" 1 2 3 4 9 &&
	! ls .git/d1/journal/*.pending
'

# push_twice: two at once, whose exit codes are then in "codes", the lesser one
# first.
push_twice () {
	git-d1 push --conflict=local-wins small >out1 2>err1 &
	git-d1 push --conflict=local-wins small >out2 2>err2
	set -- $?
	wait $!
	printf "%s\n" $1 $? | sort >codes
}

test_expect_success 'two at once: one wins, the other is told' '
	as_before small &&
	push_twice &&
	cat err1 err2 &&
	has remote small "SELECT name FROM city ORDER BY id" Trier Kiel Bonn Ulm &&
	echo "# $(xargs <codes)" &&
	test "$(head -n 1 codes)" = 0 &&
	! grep -v "^[02]$" codes
'

test_expect_success 'a column that the target lacks: no value is lost unseen' '
	as_before small &&
	sqlite3 "$(local_file small)" "ALTER TABLE line ADD stops;
		CREATE TABLE fresh(a)" &&
	git-d1 push --conflict=local-wins small -- city 2>err &&
	git-d1 push small 2>err &&
	test_line err "warning: table '\''fresh'\'' is not in small/remote: its rows are left out" &&
	grep "^hint: tables are made by .git d1 migrations apply small/remote. or .git d1 schema sync --to small/remote small/local.$" err &&
	sqlite3 "$(local_file small)" "UPDATE line SET ref = '\''z'\'' WHERE id = 1" &&
	test_expect_exit 3 git-d1 push --conflict=local-wins small &&
	test_line err "error: table '\''line'\'' has no column '\''stops'\'' in small/remote; nothing was written" &&
	git-d1 pull --conflict=remote-wins small &&
	has local small "SELECT ref FROM line WHERE id = 1" a
'

test_expect_success 'a slice: only its rows, and none is deleted' '
	as_before small &&
	test_expect_exit 129 git-d1 push --delete --where 1 small &&
	test_expect_exit 2 git-d1 push --where "id = 4" small &&
	grep "UNIQUE constraint failed: city.name" err &&
	git-d1 push --conflict=local-wins --where "id IN (1, 4)" small >out &&
	echo "city: 1 inserted, 1 updated, 0 deleted" >expect &&
	test_cmp expect out
'

test_expect_success 'masked columns are left, and local ones get placeholders' '
	as_before small &&
	git config d1.maskKey 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f &&
	git config -f .d1config table.city.maskColumns note &&
	sqlite3 "$(local_file small)" "DELETE FROM city WHERE id IN (2, 4);
		UPDATE city SET note = '\''mine'\'' WHERE id = 3" &&
	git-d1 pull --conflict=remote-wins small -- city >out &&
	cat >expect <<-\EOF &&
	city: 1 inserted, 1 updated, 0 deleted
	EOF
	head -n 1 out >actual &&
	test_cmp expect actual &&
	has local small "SELECT note LIKE '\''masked-____________'\'' FROM city WHERE id = 2" 1 &&
	has local small "SELECT note FROM city WHERE id = 3" mine &&
	git-d1 push small -- city >out &&
	has remote small "SELECT note FROM city ORDER BY id" null x y &&
	rm .d1config
'

# ---- with a base ----

# edit_both: each row of "three" is what its name says of what became of it
# since the base was committed.
edit_both () {
	as_before three &&
	sqlite3 "$(local_file three)" "
		UPDATE t SET a = 'L' WHERE who IN ('local', 'cells',
			'differently', 'remote gone');
		UPDATE t SET a = 'both' WHERE who = 'alike';
		DELETE FROM t WHERE who IN ('gone here', 'gone both',
			'local gone');
		INSERT INTO t VALUES('new here', 'L', 1), ('new alike', 'n', 1),
			('new differently', 'L', 1);
		INSERT INTO bag VALUES('here'), ('one more'), ('both');
		DELETE FROM bag WHERE v = 'gone here';
		UPDATE times SET v = 'L', w = 'L',
			updated_at = iif(id = 1, 20, 10) WHERE id < 3;
		DELETE FROM times WHERE id = 3" &&
	query three "
		UPDATE t SET a = 'R' WHERE who IN ('remote', 'differently',
			'local gone');
		UPDATE t SET a = 'both' WHERE who = 'alike';
		UPDATE t SET b = 'R' WHERE who IN ('cells', 'differently');
		DELETE FROM t WHERE who IN ('gone there', 'gone both',
			'remote gone');
		INSERT INTO t VALUES('new there', 'R', 1),
			('new alike', 'n', 1), ('new differently', 'R', 1);
		INSERT INTO bag VALUES('there'), ('both');
		DELETE FROM bag WHERE v = 'gone there';
		UPDATE times SET v = 'R', updated_at = iif(id = 1, 10, 20);"
}

# The rows of table t on each side, and what they are to be.
t () {
	rows $1 three "SELECT who || '=' || a || b FROM t ORDER BY 1"
}

bag () {
	rows $1 three "SELECT v FROM bag ORDER BY v" | xargs
}

stamps () {
	rows $1 three "SELECT id || v || w || updated_at FROM times ORDER BY id" |
	xargs
}

test_expect_success 'a commit is the base' '
	to_local three &&
	git-d1 track three/t three/bag three/times 2>err &&
	git-d1 snapshot three/local &&
	git add -A d1 .d1config && git commit -q -m base && git tag base
'

CONFLICTS="conflict: t who='differently': a 'L' in three/local, 'R' in three/remote
conflict: t who='local gone': in three/remote, not in three/local
conflict: t who='new differently': a 'L' in three/local, 'R' in three/remote
conflict: t who='remote gone': in three/local, not in three/remote"

for command in push pull
do
	for policy in abort newer-wins
	do
		test_expect_success "$command with a base: $policy, all conflicts are listed" '
			edit_both &&
			t local >local-before && t remote >remote-before &&
			test_expect_exit 2 git-d1 $command --base base \
				--conflict=$policy three -- t bag >out &&
			says "$CONFLICTS" &&
			test_line err "error: 4 rows changed both in three/local and in three/remote, differently; nothing was written" &&
			t local >local-after && t remote >remote-after &&
			test_cmp local-before local-after &&
			test_cmp remote-before remote-after
		'
	done
done

# both SIDE ROW...: that side holds these rows of table t, and those that are
# the same in each case; the other one is as it was.
both () {
	side=$1 &&
	shift &&
	printf "%s\n" "alike=both1" "cells=LR" "new alike=n1" "same=11" \
		"local=L1" "remote=R1" "$@" | LC_ALL=C sort >expect &&
	t $side >actual &&
	test_cmp expect actual
}

# decided COMMAND POLICY WRITTEN LEFT ROW...: moves table t with a base, says
# this and that, and leaves these rows where it writes, and the others alone.
decided () {
	command=$1 policy=$2 written=$3 left=$4 &&
	shift 4 &&
	to=remote from=local &&
	{ test $command = push || to=local from=remote; } &&
	edit_both && t $from >before &&
	git-d1 $command --base base --conflict=$policy three -- t >out &&
	says "$written" "$left" &&
	both $to "new here=L1" "new there=R1" "$@" &&
	t $from >after && test_cmp before after
}

test_expect_success 'push with a base: local-wins' '
	decided push local-wins "t: 2 inserted, 4 updated, 2 deleted" \
		"5 rows newer on the remote: git d1 pull" \
		"differently=LR" "remote gone=L1" "new differently=L1"
'

test_expect_success 'push with a base: remote-wins' '
	decided push remote-wins "t: 1 inserted, 2 updated, 1 deleted" \
		"8 rows newer on the remote: git d1 pull" \
		"differently=RR" "local gone=R1" "new differently=R1"
'

test_expect_success 'pull with a base: local-wins' '
	decided pull local-wins "t: 1 inserted, 3 updated, 1 deleted" \
		"8 rows newer here: git d1 push" \
		"differently=LR" "remote gone=L1" "new differently=L1"
'

test_expect_success 'pull with a base: remote-wins' '
	decided pull remote-wins "t: 2 inserted, 4 updated, 2 deleted" \
		"4 rows newer here: git d1 push" \
		"differently=RR" "local gone=R1" "new differently=R1"
'

test_expect_success 'newer-wins decides by the times of the row, for the cells in conflict' '
	for command in push pull
	do
		to=remote
		test $command = push || to=local
		edit_both &&
		test_expect_exit 2 git-d1 $command --base base \
			--conflict=newer-wins three -- times >out &&
		says "conflict: times id=3: in three/remote, not in three/local" &&
		query three "UPDATE times SET v = '\''b'\'', updated_at = 0 WHERE id = 3" &&
		git-d1 $command --base base --conflict=newer-wins three -- times &&
		case $command in
		push) test "$(stamps remote)" = "1LL20 2RL20" ;;
		pull) test "$(stamps local)" = "1LL20 2RL20" ;;
		esac || return 1
	done
'

test_expect_success 'the time of a change alone is no conflict' '
	as_before three &&
	sqlite3 "$(local_file three)" "UPDATE times SET w = '\''L'\'',
			updated_at = 20 WHERE id = 1;
		UPDATE times SET w = '\''L'\'', updated_at = 7 WHERE id = 2" &&
	query three "UPDATE times SET v = '\''R'\'', updated_at = 10 WHERE id = 1;
		UPDATE times SET v = '\''R'\'', updated_at = '\''x'\'' WHERE id = 2" &&
	test_expect_exit 2 git-d1 push --base base three -- times >out &&
	says "conflict: times id=2: updated_at 7 in three/local, '\''x'\'' in three/remote" &&
	git-d1 push --base base --where "id = 1" three -- times &&
	test "$(stamps remote)" = "1RL20 2Rbx 3bb0"
'

test_expect_success 'rows without a key are merged by their number' '
	edit_both &&
	git-d1 push --base base three -- bag >out &&
	says "bag: 2 inserted, 0 updated, 1 deleted" \
		"2 rows newer on the remote: git d1 pull" &&
	test "$(bag remote)" = "both both here one more one more same there" &&
	test "$(bag local)" = "both both gone there here one more one more same" &&
	git-d1 pull --base base three -- bag >out &&
	says "bag: 1 inserted, 0 updated, 1 deleted" &&
	test "$(bag local)" = "both both here one more one more same there" &&
	git-d1 diff --exit-code three/remote three/local -- bag
'

test_expect_success 'what is pushed and pulled with a base is the same then' '
	edit_both &&
	git-d1 push --base base --conflict=local-wins three -- t bag &&
	git-d1 pull --base base --conflict=local-wins three -- t bag &&
	git-d1 diff --exit-code three/remote three/local -- t bag
'

test_expect_success 'a slice with a base deletes nothing' '
	edit_both &&
	git-d1 push --base base --where "who LIKE '\''gone%'\''" three -- t >out &&
	says "1 row newer on the remote: git d1 pull" \
		"1 row newer here: git d1 push"
'

test_expect_success 'a base without a snapshot is refused; --from pushes a commit' '
	test_expect_exit 128 git-d1 push --base base small -- city &&
	grep "^fatal: the base: " err &&
	edit_both &&
	git-d1 push --conflict=local-wins --delete --from base three -- bag >out &&
	test "$(bag remote)" = "both gone here gone there one more same"
'

test_expect_success 'a column that the base lacks counts as its default' '
	edit_both &&
	sqlite3 "$(local_file three)" "ALTER TABLE t ADD c DEFAULT 7;
		UPDATE t SET c = 8 WHERE who = '\''same'\''" &&
	query three "ALTER TABLE t ADD c DEFAULT 7;
		UPDATE t SET c = 9 WHERE who = '\''local'\''" &&
	git-d1 push --base base --conflict=local-wins three -- t >out &&
	has remote three "SELECT who || c FROM t WHERE c <> 7 ORDER BY who" \
		local9 same8
'

test_expect_success 'a column that must have a value and is not written' '
	as_before small &&
	git config -f .d1config table.need.ignoreColumns b &&
	query small "CREATE TABLE need(a INTEGER PRIMARY KEY, b NOT NULL, c NOT NULL DEFAULT 7)" &&
	sqlite3 "$(local_file small)" "CREATE TABLE need(a INTEGER PRIMARY KEY, b NOT NULL, c NOT NULL DEFAULT 7);
		INSERT INTO need VALUES(1, 1, 1)" &&
	test_expect_exit 3 git-d1 push small -- need &&
	test_line err "error: rows inserted into table '\''need'\'' of small/remote need a value for column '\''b'\'', which is not written; nothing was written" &&
	git config -f .d1config table.need.ignoreColumns c &&
	git-d1 push small -- need &&
	has remote small "SELECT * FROM need" 1,1,7 &&
	query small "DROP TABLE need" &&
	rm .d1config
'

# there_and_back NAME: what is pushed is there; so is what is pulled.
there_and_back () {
	git-d1 push --delete --conflict=local-wins --no-limit $1 &&
	git-d1 diff --exit-code $1/remote $1/local &&
	git-d1 push $1 >out &&
	echo "already up to date" >expect &&
	test_cmp expect out &&
	to_local $1 $1-remote.sqlite &&
	git-d1 pull --delete --conflict=remote-wins $1 &&
	git-d1 diff --exit-code $1/remote $1/local &&
	git-d1 pull $1 >out &&
	test_cmp expect out
}

test_expect_success 'every hard value and kind of table' '
	there_and_back hard
'

for seed in $(seq "$first" "$last")
do
	test_expect_success "a random pair, seed $seed" '
		git-d1 diff seed$seed/remote seed$seed/local >seed$seed.patch &&
		if grep -q "^columns \|^new table\|^deleted table" seed$seed.patch
		then
			say "# tables differ"
		else
			there_and_back seed$seed
		fi
	'
done

test_done
