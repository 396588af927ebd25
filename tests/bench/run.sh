#!/bin/sh
#
# usage: sh tests/bench/run.sh [--scale=PERCENT] [--pairs=N] [SECTION...]
#
# Compares git-d1 with what people use instead, run in turns in the same minute,
# and looks at its memory, in all of these sections or in those that are named:
#
#   files   1,000,000 rows of 150 bytes, 0.2 % of them changed, in two SQLite
#           files: git-d1 diff against sqldiff. It must not take longer, nor
#           32 MiB of memory.
#   kept    the same rows in a snapshot: git-d1 snapshot against sqlite3 .dump,
#           in half its time at most, and git-d1 diff HEAD of a committed
#           snapshot against sqldiff of the files, in 1.5 times its time at
#           most, also when git has packed the snapshot. Nor 64 MiB of memory.
#   remote  200,000 rows in the stand-in for D1 (tests/d1): git-d1 diff, once
#           against a copy with 0.2 % changed and once against an empty table
#           (then it reads every row), and wrangler d1 export of the same
#           database. From 20,000 to 200,000 rows the memory of git-d1 must not
#           grow by 8 MiB.
#   patch   200,000 changes of rows (half of them updates) of a SQLite file:
#           git-d1 apply, which checks each row and notes the way back, and
#           sqlite3 with one statement a change. Nor 64 MiB of memory.
#           10,000 changes of the database in the stand-in: git-d1 apply in half
#           the time at most of wrangler d1 execute --remote --file with one
#           statement a change, in 14 requests at most, of which one writes.
#   push    100,000 rows inserted, updated in one column and in most, and
#           deleted, in the database in the stand-in: git-d1 push, which
#           compares, guards and reads back, in no more time than wrangler d1
#           execute --remote --file with one statement a row, and all its
#           requests with fewer bytes. Unless this section is named, only
#           20,000 rows and one pair of each kind: they show a large loss, not
#           a small one.
#   schema  25 changes of a schema of 200 tables with 13 columns and an index
#           each: git-d1 schema plan, which tries its plan out, in no more time
#           than sqlite3 takes to define both schemas; in four times that at
#           most where all tables refer to one another, so that the rows of 200
#           are copied.
#
# All times and ratios are medians of N (5) pairs. The rows are PERCENT (100) of
# the numbers above. Exit code 1 if a limit is passed. What cannot be measured
# here is said. GIT_D1 names the program to measure; without it git-d1 is built
# in build/bench.

cd "$(dirname "$0")/../.." || exit 1
TOP=$PWD
. contrib/build.sh

RATIO_MAX=1.0
FILES_MEMORY_MAX=32
SNAPSHOT_RATIO_MAX=0.5
SNAPSHOT_DIFF_RATIO_MAX=1.5
SNAPSHOT_MEMORY_MAX=64
REMOTE_GROWTH_MAX=8
PATCH_MEMORY_MAX=64
PATCH_REMOTE_RATIO_MAX=0.5
PATCH_REQUESTS_MAX=14
PUSH_RATIO_MAX=1.0
PUSH_BYTES_RATIO_MAX=1.0
SCHEMA_RATIO_MAX=1.0
SCHEMA_RELATED_RATIO_MAX=4.0

scale=100 pairs=5 sections='' failed=0
for word
do
	case $word in
	--scale=*) scale=${word#*=} ;;
	--pairs=*) pairs=${word#*=} ;;
	files|kept|remote|patch|push|schema) sections="$sections $word" ;;
	*) sed -n '/^# usage: /,/^$/s/^# \{0,1\}//p' "$0"; exit 129 ;;
	esac
done

UUID=11111111-2222-3333-4444-555555555555
# what wrangler calls the local file of that database
UUID_FILE=f023adf8de81e80d62670e09f086149af129cccda34c51f26517069258c53e8c

# ---- measuring ----

# sample NAME COMMAND...: runs it, and adds its seconds and KiB to NAME.
sample () {
	sample_file=$work/$1
	shift
	"$work/measure" "$work/output" "$@" 2>"$work/errors" \
		>>"$sample_file" && return
	cat >&2 "$work/errors"
	echo >&2 "failed: $*"
	exit 1
}

# median: of the numbers on standard input, one a line.
median () {
	sort -g | awk '{ n[NR] = $1 } END {
		print NR % 2 ? n[(NR + 1) / 2] : (n[NR / 2] + n[NR / 2 + 1]) / 2
	}'
}

seconds () {
	cut -d ' ' -f 1 "$work/$1" | median
}

# The largest peak of all runs, in MiB.
memory () {
	cut -d ' ' -f 2 "$work/$1" | sort -g | tail -n 1 |
		awk '{ printf "%.1f", $1 / 1024 }'
}

# ratio OURS THEIRS: the median of the ratios of the pairs.
ratio () {
	paste -d ' ' "$work/$1" "$work/$2" | awk '{ print $1 / $3 }' | median
}

# limit WHAT VALUE MAX: says whether the value is at most MAX.
limit () {
	if awk -v value="$2" -v max="$3" 'BEGIN { exit !(value <= max) }'
	then
		verdict=ok
	else
		verdict='TOO MUCH'
		failed=1
	fi
	printf '  %-44s %8.2f   at most %s: %s\n' "$1" "$2" "$3" "$verdict"
}

# row NAME TEXT: a line with the time and memory of the samples.
row () {
	printf '  %-44s %8.3f s %7.1f MiB\n' "$2" "$(seconds "$1")" \
		"$(memory "$1")"
}

# expect_counts ROWS: git-d1 has found what data.sh has changed, both ways round.
expect_counts () {
	counts="$(($1 / 2000))	$(($1 / 1000))	$(($1 / 2000))	orders"
	test "$(cat "$work/output")" = "$counts" && return
	echo >&2 "git-d1 counts '$(cat "$work/output")', not '$counts'"
	exit 1
}

# ---- two files ----

bench_files () {
	rows=$((1000000 * scale / 100 / 2000 * 2000))
	echo "files: $rows rows, 0.2 % changed"
	if ! command -v sqldiff >/dev/null
	then
		echo "  not measured: sqldiff is not installed"
		return
	fi
	sh tests/bench/data.sh "$work/files" "$rows" || exit
	set -- "$work/files/old.sqlite" "$work/files/new.sqlite"
	sample warm "$git_d1" diff --numstat "$@"
	expect_counts "$rows"
	sample warm sqldiff "$@"
	for _ in $(seq "$pairs")
	do
		sample files.ours "$git_d1" diff "$@"
		sample files.theirs sqldiff "$@"
	done
	row files.ours 'git-d1 diff'
	row files.theirs 'sqldiff'
	limit 'time, git-d1 / sqldiff' "$(ratio files.ours files.theirs)" \
		$RATIO_MAX
	limit 'memory of git-d1, MiB' "$(memory files.ours)" $FILES_MEMORY_MAX
}

# ---- a snapshot ----

# isolate: nothing of the person who runs this decides what is measured.
isolate () {
	HOME=$work GIT_CONFIG_NOSYSTEM=1 XDG_CONFIG_HOME=$work/.config
	GIT_AUTHOR_NAME=bench GIT_AUTHOR_EMAIL=bench@example.com
	GIT_COMMITTER_NAME=bench GIT_COMMITTER_EMAIL=bench@example.com
	export HOME GIT_CONFIG_NOSYSTEM XDG_CONFIG_HOME
	export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
	export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
}

# A repository whose local database is the old file, with its table tracked.
make_kept_project () {
	mkdir -p "$work/kept" && cd "$work/kept" || exit
	cat >wrangler.json <<-EOF
	{"name": "bench", "d1_databases": [
		{"binding": "DB", "database_name": "shop",
		 "database_id": "$UUID"}]}
	EOF
	echo /.wrangler >.gitignore
	local=.wrangler/state/v3/d1/miniflare-D1DatabaseObject
	local=$local/$UUID_FILE.sqlite
	mkdir -p "$(dirname "$local")" &&
	cp ../files/old.sqlite "$local" &&
	git init -q . &&
	git config -f .d1config table.orders.track true &&
	git config d1.snapshotWarnSize 0 || exit
}

# sample_kept NAME: git-d1 diff of the commit and of sqldiff, in pairs.
sample_kept () {
	for _ in $(seq "$pairs")
	do
		sample "$1.ours" "$git_d1" diff HEAD ../files/new.sqlite
		sample "$1.theirs" sqldiff ../files/old.sqlite \
			../files/new.sqlite
	done
}

bench_kept () {
	rows=$((1000000 * scale / 100 / 2000 * 2000))
	echo "kept: $rows rows in a snapshot, 0.2 % changed"
	if ! command -v sqldiff >/dev/null
	then
		echo "  not measured: sqldiff is not installed"
		return
	fi
	test -d "$work/files" ||
		sh tests/bench/data.sh "$work/files" "$rows" || exit
	isolate
	make_kept_project
	for _ in $(seq "$pairs")
	do
		# each is the first: no record of the last one is removed
		rm -rf d1 .git/d1
		sample kept.ours "$git_d1" snapshot
		sample kept.theirs sqlite3 ../files/old.sqlite .dump
	done
	git add -A && git commit -qm kept || exit
	sample warm "$git_d1" diff --numstat HEAD ../files/new.sqlite
	expect_counts "$rows"
	sample_kept loose
	git gc -q || exit
	sample_kept packed
	row kept.ours 'git-d1 snapshot'
	row kept.theirs 'sqlite3 .dump'
	row loose.ours 'git-d1 diff HEAD'
	row packed.ours 'git-d1 diff HEAD, packed'
	row packed.theirs 'sqldiff'
	limit 'time, git-d1 snapshot / sqlite3 .dump' \
		"$(ratio kept.ours kept.theirs)" $SNAPSHOT_RATIO_MAX
	for what in loose packed
	do
		limit "time, git-d1 diff HEAD ($what) / sqldiff" \
			"$(ratio $what.ours $what.theirs)" \
			$SNAPSHOT_DIFF_RATIO_MAX
	done
	for what in kept loose packed
	do
		limit "memory of git-d1 ($what), MiB" \
			"$(memory $what.ours)" $SNAPSHOT_MEMORY_MAX
	done
	cd "$TOP" || exit
}

# ---- the stand-in ----

make_remote_project () {
	isolate
	WRANGLER_SEND_METRICS=false CI=1 WRANGLER_LOG_PATH=$work/wrangler-logs
	export WRANGLER_SEND_METRICS CI WRANGLER_LOG_PATH
	unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
	mkdir -p "$work/project" && cd "$work/project" || exit
	cat >wrangler.json <<-EOF
	{"name": "bench", "compatibility_date": "2025-01-01", "d1_databases": [
		{"binding": "DB", "database_name": "shop",
		 "database_id": "$UUID"}]}
	EOF
}

# serve ROWS: starts a stand-in whose database holds these rows.
serve () {
	sh "$TOP/tests/bench/data.sh" "$work/remote" "$1" || exit
	serve_file "$work/remote/old.sqlite"
}

# serve_file FILE: the same with the rows of the file. It makes the database's
# own, which is filled while nobody has it open.
serve_file () {
	rm -rf "$work/state"
	standin_start --database "shop=$UUID" --persist "$work/state" || exit
	standin_sql shop 'SELECT 1' >/dev/null || exit
	standin_stop
	file=$(find "$work/state" -name '*.sqlite' ! -name metadata.sqlite)
	sqlite3 "$file" "ATTACH '$1' AS old" "$(sqlite3 "$1" .schema)" \
		'INSERT INTO main.orders SELECT * FROM old.orders' || exit
	standin_start --database "shop=$UUID" --persist "$work/state" || exit
	standin_env
}

bench_remote () {
	large=$((200000 * scale / 100 / 2000 * 2000))
	small=$((large / 10 / 2000 * 2000))
	test "$small" -gt 0 || small=2000
	echo "remote: $small and $large rows in the stand-in for D1"
	STANDIN_SRCDIR=$TOP/tests/d1
	STANDIN_STATE=$work/standin # for standin.sh
	. "$STANDIN_SRCDIR/standin.sh"
	if ! standin_installed
	then
		echo '  not measured: needs "npm ci --prefix tests/d1"'
		return
	fi
	make_remote_project
	serve "$small"
	sample small.compared "$git_d1" diff --numstat remote ../remote/new.sqlite
	expect_counts "$small"
	sample small.read "$git_d1" diff remote ../remote/empty.sqlite
	standin_stop
	serve "$large"
	sample warm "$git_d1" diff --numstat remote ../remote/new.sqlite
	expect_counts "$large"
	for _ in $(seq "$pairs")
	do
		sample large.compared "$git_d1" diff remote ../remote/new.sqlite
		sample large.read "$git_d1" diff remote ../remote/empty.sqlite
		sample large.theirs "$STANDIN_SRCDIR/node_modules/.bin/wrangler" \
			d1 export shop --remote --output=export.sql
	done
	standin_stop
	row large.compared 'git-d1 diff, 0.2 % changed'
	row large.read 'git-d1 diff, every row is read'
	row large.theirs 'wrangler d1 export'
	printf '  %-44s %8.2f\n' \
		'time, 0.2 % changed / wrangler d1 export' \
		"$(ratio large.compared large.theirs)" \
		'time, every row / wrangler d1 export' \
		"$(ratio large.read large.theirs)"
	for what in compared read
	do
		limit "growth of memory of git-d1, $what, MiB" "$(echo \
			"$(memory large.$what) $(memory small.$what)" |
			awk '{ print $1 - $2 }')" $REMOTE_GROWTH_MAX
	done
	cd "$TOP" || exit
}

# ---- a patch ----

# make_patch CHANGES: in $work/patch old.sqlite, new.sqlite with as many rows
# changed, half of them updated, and what leads there: changes.sql, for those
# who have no patch, and changes.patch.
make_patch () {
	sh "$TOP/tests/bench/data.sh" "$work/patch" "$(($1 * 2))" || exit
	cp "$work/patch/old.sqlite" "$work/patch/new.sqlite"
	sqlite3 -bail "$work/patch/new.sqlite" <<-SQL >"$work/output" || exit
	PRAGMA synchronous = OFF;
	BEGIN;
	UPDATE orders SET amount = amount + 1, remark = 'changed'
		WHERE id % 4 = 0;
	INSERT INTO orders SELECT id + 10000000, customer, amount, pieces,
		placed, remark FROM orders WHERE id % 8 = 3;
	DELETE FROM orders WHERE id % 8 = 1;
	COMMIT;
	SQL
	sqlite3 -bail "$work/patch/new.sqlite" <<-SQL \
		>"$work/patch/changes.sql" || exit
	ATTACH '$work/patch/old.sqlite' AS old;
	SELECT 'UPDATE orders SET amount=' || quote(amount) || ',remark=' ||
		quote(remark) || ' WHERE id=' || id || ';'
		FROM main.orders WHERE id % 4 = 0 AND id < 10000000;
	SELECT 'DELETE FROM orders WHERE id=' || id || ';'
		FROM old.orders WHERE id % 8 = 1;
	SELECT 'INSERT INTO orders VALUES(' || id || ',' || quote(customer) ||
		',' || quote(amount) || ',' || quote(pieces) || ',' ||
		quote(placed) || ',' || quote(remark) || ');'
		FROM main.orders WHERE id > 10000000;
	SQL
	"$git_d1" diff "$work/patch/old.sqlite" "$work/patch/new.sqlite" \
		>"$work/patch/changes.patch" || exit
	changes=$(grep -c '^@@' "$work/patch/changes.patch")
	test "$changes" = "$1" && return
	echo >&2 "the patch has $changes changes, not $1"
	exit 1
}

# expect_rows SIDE: it has the rows that the patch leads to.
expect_rows () {
	"$git_d1" diff --exit-code "$1" "$work/patch/new.sqlite" \
		>"$work/output" && return
	echo >&2 "$1 is not as the patch leaves it"
	exit 1
}

bench_patch_file () {
	number=$((200000 * scale / 100 / 1000 * 1000))
	test "$number" -gt 0 || number=1000
	echo "patch: $number changes of rows of a SQLite file"
	make_patch "$number"
	{
		echo 'BEGIN;'
		cat changes.sql
		echo 'COMMIT;'
	} >transaction.sql
	for _ in $(seq "$pairs")
	do
		cp old.sqlite x.sqlite
		sample patch.ours "$git_d1" apply --to ./x.sqlite changes.patch
		expect_rows ./x.sqlite
		cp old.sqlite x.sqlite
		sample patch.theirs sqlite3 -bail x.sqlite \
			'.read transaction.sql'
		expect_rows ./x.sqlite
	done
	row patch.ours 'git-d1 apply'
	row patch.theirs 'sqlite3, unchecked'
	printf '  %-44s %8.2f\n' 'time, git-d1 apply / sqlite3' \
		"$(ratio patch.ours patch.theirs)"
	limit 'memory of git-d1 apply, MiB' "$(memory patch.ours)" \
		$PATCH_MEMORY_MAX
}

# count_requests WORD: those in the stand-in's log that have it.
count_requests () {
	standin_log | grep -c -e "$1"
}

bench_patch_remote () {
	number=$((10000 * scale / 100 / 1000 * 1000))
	test "$number" -gt 0 || number=1000
	echo "patch: $number changes of rows in the stand-in for D1"
	make_patch "$number"
	make_remote_project
	serve $((number * 2))
	set -- --to shop/remote --no-limit ../patch/changes.patch
	sample warm "$git_d1" apply "$@"
	sample warm "$git_d1" apply -R "$@"
	for _ in $(seq "$pairs")
	do
		standin_clear_log >"$work/output"
		sample patched.ours "$git_d1" apply "$@"
		all=$(count_requests .) writes=$(count_requests defer_foreign)
		expect_rows shop/remote
		sample warm "$git_d1" apply -R "$@"
		sample patched.theirs \
			"$STANDIN_SRCDIR/node_modules/.bin/wrangler" d1 execute \
			shop --remote --yes --file=../patch/changes.sql
		expect_rows shop/remote
		sample warm "$git_d1" apply -R "$@"
	done
	standin_stop
	row patched.ours 'git-d1 apply'
	row patched.theirs 'wrangler d1 execute --remote --file'
	limit 'requests of git-d1 apply' "$all" $PATCH_REQUESTS_MAX
	limit 'those that write' "$writes" 1
	limit 'time, git-d1 apply / wrangler' \
		"$(ratio patched.ours patched.theirs)" $PATCH_REMOTE_RATIO_MAX
}

bench_patch () {
	isolate
	mkdir -p "$work/patch" && cd "$work/patch" || exit
	bench_patch_file
	STANDIN_SRCDIR=$TOP/tests/d1
	STANDIN_STATE=$work/standin # for standin.sh
	. "$STANDIN_SRCDIR/standin.sh"
	if standin_installed
	then
		bench_patch_remote
	else
		echo '  not measured: needs "npm ci --prefix tests/d1"'
	fi
	cd "$TOP" || exit
}

# ---- a push ----

# make_push KIND: old.sqlite, new.sqlite, and in changes.sql what leads from one
# to the other for those who cannot push.
make_push () {
	cp all/old.sqlite old.sqlite
	cp all/old.sqlite new.sqlite
	case $1 in
	inserts)
		cp all/empty.sqlite old.sqlite
		set -- '' "'INSERT INTO orders VALUES(' || id || ',' ||
			quote(customer) || ',' || quote(amount) || ',' ||
			quote(pieces) || ',' || quote(placed) || ',' ||
			quote(remark) || ');'"
		;;
	one)
		set -- "UPDATE orders SET pieces = pieces + 1" \
			"'UPDATE orders SET pieces=' || pieces ||
			' WHERE id=' || id || ';'"
		;;
	most)
		set -- "UPDATE orders SET customer = customer || 'x',
			amount = amount + 1, pieces = pieces + 1,
			remark = 'now ' || ifnull(remark, 'nothing')" \
			"'UPDATE orders SET customer=' || quote(customer) ||
			',amount=' || quote(amount) || ',pieces=' || pieces ||
			',remark=' || quote(remark) || ' WHERE id=' || id ||
			';'"
		;;
	deletes)
		set -- '' "'DELETE FROM orders WHERE id=' || id || ';'" empty
		;;
	esac
	sqlite3 -bail new.sqlite "$1" "SELECT $2 FROM orders" >changes.sql ||
		exit
	test -z "${3-}" || cp all/empty.sqlite new.sqlite
}

sent_bytes () {
	standin_log | sed 's/.*"request_bytes":\([0-9]*\),.*/\1/' |
		awk '{ sum += $1 } END { print sum }'
}

# sample_push NAME COMMAND...: from the old rows to the new ones.
sample_push () {
	push_name=$1
	shift
	serve_file "$work/push/old.sqlite"
	standin_clear_log >"$work/output"
	sample "$push_name" "$@"
	sent_bytes >"$work/$push_name.bytes"
	standin_stop
}

bench_push_kind () {
	make_push "$1"
	cp new.sqlite "$local"
	cd "$work/project" || exit
	for _ in $(seq "$pairs")
	do
		sample_push "$1.ours" "$git_d1" push shop --delete \
			--conflict=local-wins --no-limit
		sample_push "$1.theirs" \
			"$STANDIN_SRCDIR/node_modules/.bin/wrangler" d1 execute \
			shop --remote --yes --file=../push/changes.sql
	done
	row "$1.ours" "git-d1 push, $1"
	row "$1.theirs" "wrangler d1 execute --file, $1"
	limit "time, git-d1 push / wrangler, $1" \
		"$(ratio "$1.ours" "$1.theirs")" $PUSH_RATIO_MAX
	limit "bytes sent, git-d1 push / wrangler, $1" "$(echo \
		"$(cat "$work/$1.ours.bytes") $(cat "$work/$1.theirs.bytes")" |
		awk '{ print $1 / $2 }')" $PUSH_BYTES_RATIO_MAX
	cd "$work/push" || exit
}

bench_push () {
	number=100000
	test -n "$sections" || number=20000 pairs=1
	number=$((number * scale / 100 / 2000 * 2000))
	test "$number" -gt 0 || number=2000
	echo "push: $number rows of the database in the stand-in for D1"
	STANDIN_SRCDIR=$TOP/tests/d1
	STANDIN_STATE=$work/standin # for standin.sh
	. "$STANDIN_SRCDIR/standin.sh"
	if ! standin_installed
	then
		echo '  not measured: needs "npm ci --prefix tests/d1"'
		return
	fi
	make_remote_project
	mkdir -p "$work/push" .wrangler/state/v3/d1/miniflare-D1DatabaseObject
	local=.wrangler/state/v3/d1/miniflare-D1DatabaseObject
	local=$work/project/$local/$UUID_FILE.sqlite
	cd "$work/push" || exit
	sh "$TOP/tests/bench/data.sh" all "$number" || exit
	for kind in inserts one most deletes
	do
		bench_push_kind "$kind"
	done
	cd "$TOP" || exit
}

# ---- schema ----

# definitions TYPE REFERENCES: 200 tables, with a column of that type in each
# eighth one; "related" if each refers to the one before.
definitions () {
	awk -v type="$1" -v related="$2" 'BEGIN {
		for (table = 0; table < 200; table++) {
			printf "CREATE TABLE t%d(\n\tid INTEGER PRIMARY KEY", table
			for (column = 1; column < 13; column++)
				printf ",\n\tc%d %s NOT NULL DEFAULT 1", column,
					table % 8 || column != 6 ? "TEXT" : type
			if (related && table)
				printf ",\n\tFOREIGN KEY(c1) REFERENCES t%d(id)" \
					" ON DELETE CASCADE", table - 1
			printf "\n);\nCREATE INDEX i%d ON t%d(c1);\n", table, table
		}
	}'
}

# bench_schema_of KIND RELATED LIMIT
bench_schema_of () {
	definitions TEXT "$2" >before.sql
	definitions INTEGER "$2" >after.sql
	for i in $(seq $((pairs * 4)))
	do
		sample "$1.ours" "$git_d1" schema plan ./before.sql ./after.sql
		rebuilt=$(grep -c '^-- .* is rebuilt: ' "$work/output")
		if test "$rebuilt" != 25
		then
			echo >&2 "git-d1 rebuilds $rebuilt tables, not 25"
			exit 1
		fi
		sample "$1.theirs" sh -c 'sqlite3 :memory: <before.sql &&
			sqlite3 :memory: <after.sql'
	done
	row "$1.ours" "git-d1 schema plan, $1"
	row "$1.theirs" "sqlite3, which only defines both"
	limit "time, git-d1 / sqlite3, $1" \
		"$(ratio "$1.ours" "$1.theirs")" "$3"
}

bench_schema () {
	echo "schema: 25 changes of 200 tables"
	mkdir -p "$work/schema"
	cd "$work/schema" || exit
	bench_schema_of unrelated '' $SCHEMA_RATIO_MAX
	bench_schema_of related yes $SCHEMA_RELATED_RATIO_MAX
	cd "$TOP" || exit
}

# ---- all of it ----

work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
${CC:-cc} -O2 -o "$work/measure" tests/bench/measure.c || exit
git_d1=${GIT_D1-}
if test -z "$git_d1"
then
	build_in build/bench >"$work/build" 2>&1 ||
	{
		cat >&2 "$work/build"
		exit 1
	}
	git_d1=$TOP/build/bench/git-d1
fi
for section in ${sections:-files kept remote patch push schema}
do
	"bench_$section"
	test "$section" = files || # whose rows are kept next
		rm -rf "$work/files" "$work/kept" "$work/remote" \
			"$work/patch" "$work/push" "$work/state"
done
exit $failed
