#!/bin/sh

test_description='a signal: in which state the target is left'

. "$(dirname "$0")/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"

if ! test_have_prereq SQLITE3 ||
	! timeout --foreground --preserve-status 5 true 2>/dev/null
then
	skip_all='needs sqlite3 and timeout of coreutils'
	test_done
fi

if standin_installed
then
	test_set_prereq STANDIN
fi

# interrupted SIGNAL SECONDS COMMAND...: ended by the signal after that time.
# (The shell has jobs in the background ignore SIGINT.)
interrupted () {
	signal=$1 &&
	seconds=$2 &&
	shift 2 &&
	case $signal in
	INT) want_code=130 ;;
	HUP) want_code=129 ;;
	TERM) want_code=143 ;;
	esac
	timeout --foreground --preserve-status -s "$signal" "$seconds" \
		"$@" >out 2>err
	exit_code=$?
	test "$exit_code" = "$want_code" && return 0
	echo >&2 "exit code $exit_code, not $want_code: $*"
	cat err >&2
	return 1
}

# lock FILE: keeps others from writing for two seconds.
lock () {
	sqlite3 "$1" "BEGIN IMMEDIATE" ".shell sleep 2" &
	lock_pid=$!
	sleep 0.3
}

unlock () {
	wait "$lock_pid"
}

rows () {
	sqlite3 "$1" "SELECT id, city FROM lines ORDER BY id"
}

# pending DIR: the id of the one write that was not seen to end.
pending () {
	basename "$1"/*.pending .pending
}

SCHEMA="CREATE TABLE lines(id INTEGER PRIMARY KEY, city TEXT);
	INSERT INTO lines VALUES(1,'Oslo'),(2,'Rome');"
JOURNAL=shop/.git/d1/journal

test_expect_success 'a project, and a patch' '
	make_wrangler_project shop "$SCHEMA" &&
	git init -q shop &&
	git-d1 -C shop track lines &&
	git-d1 -C shop snapshot -q &&
	echo .wrangler >shop/.gitignore &&
	git -C shop add . &&
	git -C shop commit -q -m one &&
	file=$(local_database shop) &&
	sqlite3 old.db "$SCHEMA" &&
	sqlite3 new.db "$SCHEMA
		UPDATE lines SET city = '\''Bonn'\'' WHERE id = 2" &&
	git-d1 diff ./old.db ./new.db >fix.patch &&
	rows old.db >before &&
	rows new.db >after
'

for signal in INT TERM HUP
do
	test_expect_success "waiting for a locked file: nothing is written (SIG$signal)" '
		lock "$file" &&
		echo "error: interrupted: nothing was written to shop/local" \
			>expected &&
		interrupted $signal 0.5 \
			git-d1 -C shop apply --to shop/local ../fix.patch &&
		test_cmp expected err &&
		unlock &&
		rows "$file" >actual &&
		test_cmp before actual &&
		! ls $JOURNAL/*.pending
	'
done

test_expect_success 'restore that waits' '
	sqlite3 "$file" "DELETE FROM lines WHERE id = 1" &&
	lock "$file" &&
	interrupted INT 0.5 git-d1 -C shop restore --force &&
	test_cmp expected err &&
	unlock &&
	test "$(rows "$file")" = "2|Rome" &&
	git-d1 -C shop restore --force &&
	rows "$file" >actual &&
	test_cmp before actual
'

test_expect_success 'a signal that the parent ignores is ignored' '
	lock "$file" &&
	cat >ignoring <<-\EOF &&
	trap "" INT
	exec git-d1 -C shop apply --to shop/local ../fix.patch
	EOF
	timeout --foreground --preserve-status -s INT 0.5 sh ignoring \
		>out 2>err &&
	unlock &&
	test_must_be_empty err &&
	rows "$file" >actual &&
	test_cmp after actual &&
	git-d1 -C shop apply -R --to shop/local ../fix.patch
'

# Each row that is written takes some milliseconds.
test_expect_success 'in the midst of a local write: it is rolled back' '
	sqlite3 slow.db "CREATE TABLE lines(id INTEGER PRIMARY KEY, city TEXT,
		CHECK(city <> '\''y'\'' OR length(replace(hex(zeroblob(400000)),
			'\''0'\'', '\''11'\'')) > 0));
		INSERT INTO lines SELECT value, '\''x'\''
			FROM generate_series(1, 5000)" &&
	sqlite3 quick.db "CREATE TABLE lines(id INTEGER PRIMARY KEY, city TEXT);
		INSERT INTO lines SELECT value, '\''y'\''
			FROM generate_series(1, 5000)" &&
	git-d1 diff ./slow.db ./quick.db >slow.patch &&
	rows slow.db >before.slow &&
	interrupted INT 2 git-d1 apply --to ./slow.db slow.patch &&
	id=$(basename "$(find "$XDG_STATE_HOME" -name "*.pending")" .pending) &&
	cat >expected <<-EOF &&
	error: interrupted: the write to ./slow.db is rolled back
	hint: the next command that writes there says which (journal entry $id)
	EOF
	test_cmp expected err &&
	rows slow.db >actual &&
	test_cmp before.slow actual &&
	test_expect_exit 2 git-d1 apply --to ./slow.db fix.patch &&
	test_line err "warning: git d1 apply ($id) was not seen to end: nothing of it was written"
'

test_expect_success STANDIN 'a remote' '
	remote_file=$(local_database remote | sed "s,/.wrangler/state,,") &&
	mkdir -p "$(dirname "$remote_file")" &&
	sqlite3 "$remote_file" "$SCHEMA" &&
	standin_start --database "shop=$TEST_DATABASE_ID" --persist remote &&
	standin_env &&
	remote () {
		standin_sql shop "SELECT city FROM lines WHERE id = 2"
	} &&
	remote >remote.before
'

test_expect_success STANDIN 'who only reads says nothing' '
	standin_fault "{\"kind\":\"slow\",\"ms\":3000,\"times\":9}" &&
	interrupted INT 0.7 git-d1 -C shop diff --stat &&
	test_must_be_empty err &&
	interrupted INT 0.7 git-d1 -C shop status &&
	test_must_be_empty err &&
	interrupted INT 0.7 git-d1 -C shop apply --check --to shop/remote \
		../fix.patch &&
	test_must_be_empty err &&
	standin_no_faults
'

test_expect_success STANDIN 'before a remote write: nothing is written' '
	echo "error: interrupted: nothing was written to shop/remote" \
		>expected &&
	standin_fault "{\"kind\":\"slow\",\"ms\":3000}" &&
	interrupted TERM 0.7 git-d1 -C shop apply --to shop/remote \
		../fix.patch &&
	standin_no_faults &&
	test_cmp expected err &&
	remote >actual &&
	test_cmp remote.before actual &&
	! ls $JOURNAL/*.pending
'

test_expect_success STANDIN 'snapshot and fetch' '
	cp -r shop/d1 d1.before &&
	standin_fault "{\"kind\":\"slow\",\"ms\":3000,\"times\":2}" &&
	interrupted INT 0.7 git-d1 -C shop snapshot shop/remote &&
	echo "error: interrupted: nothing was written to d1/shop" >expected &&
	test_cmp expected err &&
	diff -r d1.before shop/d1 &&
	interrupted INT 0.7 git-d1 -C shop fetch &&
	echo "error: interrupted: nothing was written to the tracking ref of shop/remote" >expected &&
	test_cmp expected err &&
	test_must_fail git -C shop rev-parse -q --verify refs/d1/shop/remote &&
	standin_no_faults
'

test_expect_success STANDIN 'in the midst of a remote write: the next run says' '
	standin_fault "{\"kind\":\"slow\",\"ms\":4000,\"request\":\"UPDATE\"}" &&
	interrupted INT 2 git-d1 -C shop apply --to shop/remote \
		../fix.patch &&
	id=$(pending $JOURNAL) &&
	cat >expected <<-EOF &&
	error: interrupted: it is not known whether shop/remote was written
	hint: the next command that writes there says which (journal entry $id)
	EOF
	grep -v "^writing shop/remote: " err >shown &&
	test_cmp expected shown &&
	standin_no_faults &&
	sleep 4 &&
	git-d1 -C shop apply --to shop/remote ../fix.patch >out 2>err &&
	cat err &&
	grep "($id) was not seen to end: it was carried out" err
'

test_expect_success STANDIN 'stop' '
	standin_stop
'

test_done
