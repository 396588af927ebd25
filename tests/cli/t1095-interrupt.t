#!/bin/sh

test_description='a signal: in which state the target is left'

. "$(dirname "$0")/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"

if ! test_have_prereq SQLITE3 ||
	! env --default-signal=INT test -d /proc/self/fd 2>/dev/null
then
	skip_all='needs sqlite3, env of coreutils 8.31 and /proc'
	test_done
fi

if standin_installed
then
	test_set_prereq STANDIN
fi

# until_true COMMAND...: waits until it is, for as long as the program runs.
until_true () {
	until "$@"
	do
		if ! kill -0 "$pid"
		then
			echo >&2 "it ended before: $*"
			cat err >&2
			return 1
		fi
		sleep 0.05
	done
}

# interrupted SIGNAL MOMENT COMMAND...: ended by the signal once the command line
# MOMENT is true of the program, whose process is "pid". (The shell has jobs in
# the background ignore SIGINT.)
interrupted () {
	signal=$1 &&
	moment=$2 &&
	shift 2 &&
	case $signal in
	INT) want_code=130 ;;
	HUP) want_code=129 ;;
	TERM) want_code=143 ;;
	esac &&
	{
		env --default-signal=$signal "$@" >out 2>err 9>&- &
	} &&
	pid=$! &&
	until_true $moment &&
	kill -s $signal $pid &&
	test_expect_code $want_code wait $pid && return 0
	cat err >&2
	return 1
}

# request_held: the stand-in keeps it waiting.
request_held () {
	test "$(standin_control_ GET held)" != "[]"
}

# waits_for FILE: it has that file open, and sleeps: somebody has locked it.
waits_for () {
	find /proc/$pid/fd -lname "*/$(basename "$1")" | grep -q . &&
	for look in 1 2 3 4 5
	do
		grep -q "^State:.S" /proc/$pid/status || return 1
		sleep 0.05
	done
}

# worked: how long it has, in ticks of the processor.
worked () {
	sed "s/.*) //" /proc/$pid/stat | cut -d " " -f 12
}

# writes: the journal has an entry of a write, and the program has worked for a
# while since then, which it does only for the rows.
writes () {
	if ! test -s entry
	then
		find "$XDG_STATE_HOME" -name "*.pending" >entry
		worked >before.ticks
	fi
	test -s entry && test "$(worked)" -ge $(($(cat before.ticks) + 10))
}

# lock FILE: keeps others from writing until unlock().
lock () {
	mkfifo hold &&
	{
		sqlite3 "$1" "BEGIN IMMEDIATE" ".shell cat hold" &
	} &&
	lock_pid=$! &&
	exec 9>hold
}

unlock () {
	exec 9>&- &&
	wait $lock_pid &&
	rm hold
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
		interrupted $signal "waits_for $file" \
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
	interrupted INT "waits_for $file" git-d1 -C shop restore --force &&
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
	{
		sh ignoring >out 2>err 9>&- &
	} &&
	pid=$! &&
	until_true waits_for "$file" &&
	kill -s INT $pid &&
	unlock &&
	wait $pid &&
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
	interrupted INT writes git-d1 apply --to ./slow.db slow.patch &&
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
	for command in "diff --stat" status \
		"apply --check --to shop/remote ../fix.patch"
	do
		standin_fault "{\"kind\":\"hold\"}" &&
		interrupted INT request_held git-d1 -C shop $command &&
		standin_drop &&
		test_must_be_empty err || return 1
	done
'

test_expect_success STANDIN 'before a remote write: nothing is written' '
	echo "error: interrupted: nothing was written to shop/remote" \
		>expected &&
	standin_fault "{\"kind\":\"hold\"}" &&
	interrupted TERM request_held git-d1 -C shop apply --to shop/remote \
		../fix.patch &&
	standin_drop &&
	test_cmp expected err &&
	remote >actual &&
	test_cmp remote.before actual &&
	! ls $JOURNAL/*.pending
'

test_expect_success STANDIN 'snapshot and fetch' '
	cp -r shop/d1 d1.before &&
	standin_fault "{\"kind\":\"hold\"}" &&
	interrupted INT request_held git-d1 -C shop snapshot shop/remote &&
	standin_drop &&
	echo "error: interrupted: nothing was written to d1/shop" >expected &&
	test_cmp expected err &&
	diff -r d1.before shop/d1 &&
	standin_fault "{\"kind\":\"hold\"}" &&
	interrupted INT request_held git-d1 -C shop fetch &&
	standin_drop &&
	echo "error: interrupted: nothing was written to the tracking ref of shop/remote" >expected &&
	test_cmp expected err &&
	test_must_fail git -C shop rev-parse -q --verify refs/d1/shop/remote
'

test_expect_success STANDIN 'in the midst of a remote write: the next run says' '
	standin_fault "{\"kind\":\"hold\",\"request\":\"UPDATE\"}" &&
	interrupted INT request_held git-d1 -C shop apply --to shop/remote \
		../fix.patch &&
	id=$(pending $JOURNAL) &&
	cat >expected <<-EOF &&
	error: interrupted: it is not known whether shop/remote was written
	hint: the next command that writes there says which (journal entry $id)
	EOF
	grep -v "^writing shop/remote: " err >shown &&
	test_cmp expected shown &&
	standin_release &&
	git-d1 -C shop apply --to shop/remote ../fix.patch >out 2>err &&
	cat err &&
	grep "($id) was not seen to end: it was carried out" err
'

test_expect_success STANDIN 'stop' '
	standin_stop
'

test_done
