#!/bin/sh

test_description='git d1 apply leaves all or nothing, whatever it dies of'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

# a sanitizer wants more addresses than there are
(ulimit -v 262144 && git-d1 version) >/dev/null 2>&1 && test_set_prereq MEMORY
case $(date +%N) in
*[!0-9]*) ;;
*) timeout --foreground 60 true && test_set_prereq TIMEOUT ;;
esac

# entries STATE: those of the journal.
entries () {
	ls .local/state/git-d1 2>/dev/null | sed -n "s/\.$1$//p"
}

test_expect_success 'set up' '
	sqlite3 old.sqlite "CREATE TABLE t(id INTEGER PRIMARY KEY, v, u UNIQUE);
		INSERT INTO t SELECT value, value, value
			FROM generate_series(1, 20000)" &&
	cp old.sqlite new.sqlite &&
	sqlite3 new.sqlite "UPDATE t SET v = -v, u = u + 100000;
		DELETE FROM t WHERE id % 5 = 0;
		INSERT INTO t SELECT value, 0, value
			FROM generate_series(30001, 32000)" &&
	git-d1 diff ./old.sqlite ./new.sqlite >p &&
	test "$(grep -c "^@@" p)" = 22000
'

# ---- input ----

# long_line: a patch with a line of 10^9 bytes, which never is a file.
long_line () {
	printf "%s\n" "diff --d1 t" "key id" "--- a" "+++ b" "@@ ~ id=1 @@" \
		"-v: 1" &&
	printf "+v: '" &&
	head -c 1000000000 /dev/zero | tr "\0" x &&
	printf "%s\n" "'"
}

test_expect_success MEMORY 'a line of 10^9 bytes is refused in little memory' '
	cp old.sqlite x.sqlite &&
	for how in --check --stat --3way -R --fire-triggers ""
	do
		(
			ulimit -v 262144 &&
			# what is kept on disk meanwhile ends with the limit
			ulimit -f 1024 &&
			long_line | test_expect_exit 128 \
				git-d1 apply $how --to ./x.sqlite >out
		) &&
		test_must_be_empty out &&
		echo "fatal: standard input:7: a line of more than 67108864 bytes" >expect &&
		test_cmp expect err || return 1
	done &&
	cmp old.sqlite x.sqlite &&
	test -z "$(entries "*")"
'

# ---- the journal ----

test_expect_success 'nothing is written that the journal cannot take' '
	cp old.sqlite x.sqlite &&
	rm -rf .local &&
	mkdir -p .local/state &&
	echo "no folder" >.local/state/git-d1 &&
	for command in "apply --to ./x.sqlite p" "revert --to ./new.sqlite p"
	do
		cp new.sqlite before.sqlite &&
		test_expect_exit 128 git-d1 $command >out &&
		test_must_be_empty out &&
		grep "^fatal: .*/git-d1" err &&
		cmp old.sqlite x.sqlite &&
		cmp before.sqlite new.sqlite || return 1
	done &&
	echo "no folder" >expect &&
	test_cmp expect .local/state/git-d1 &&
	rm -rf .local
'

test_expect_success 'nor in a repository' '
	git init -q repository &&
	(
		cd repository &&
		cp ../old.sqlite x.sqlite &&
		echo "no folder" >.git/d1 &&
		test_expect_exit 128 git-d1 apply --to ./x.sqlite ../p >out &&
		test_must_be_empty out &&
		grep "^fatal: .*/.git/d1" err &&
		cmp ../old.sqlite x.sqlite &&
		rm .git/d1 &&
		mkdir -p .git/d1 &&
		echo "no folder" >.git/d1/journal &&
		test_expect_exit 128 git-d1 apply --to ./x.sqlite ../p >out &&
		grep "^fatal: .*/.git/d1/journal" err &&
		cmp ../old.sqlite x.sqlite
	)
'

# ---- kill -9 ----

# killed_after SECONDS: in the foreground `timeout` is not killed as well, and
# ends after the program. The file is as it was or as it is to be, and the next
# run says which, if the entry in the journal did not.
killed_after () {
	cp old.sqlite x.sqlite &&
	rm -rf .local x.sqlite-* &&
	{ timeout --foreground -s KILL "$1" git-d1 apply --to ./x.sqlite p >out 2>err; :; } &&
	pending=$(entries pending) closed=$(entries "done") &&
	git-d1 apply --check --to ./x.sqlite p >out 2>err &&
	case $(cat out) in
	"already applied: ./x.sqlite is as p leaves it")
		said="it was carried out" is=new
		test -n "$pending$closed" ;;
	"t: 2000 inserted, 16000 updated, 4000 deleted")
		said="nothing of it was written" is=old
		test -z "$closed" ;;
	*)
		false ;;
	esac &&
	: >expect &&
	if test -n "$pending"
	then
		echo "warning: git d1 apply ($pending) was not seen to end: $said" >expect
	fi &&
	test_cmp expect err &&
	test -z "$(entries pending)" &&
	git-d1 diff --exit-code ./x.sqlite ./$is.sqlite &&
	sqlite3 x.sqlite "PRAGMA integrity_check" >actual &&
	echo ok >expect &&
	test_cmp expect actual &&
	echo "$is${pending:+ pending}" >>seen &&
	if test $is = new
	then
		git-d1 undo --to ./x.sqlite >out &&
		git-d1 diff --exit-code ./x.sqlite ./old.sqlite
	fi
}

test_expect_success TIMEOUT 'killed at 24 moments' '
	start=$(date +%s%N) &&
	cp old.sqlite x.sqlite &&
	git-d1 apply --to ./x.sqlite p &&
	length=$((($(date +%s%N) - start) / 1000000)) &&
	: >seen &&
	killed_after 0.001 &&
	killed_after 60 &&
	for i in $(seq 24)
	do
		ms=$((length * i / 18 + 1)) &&
		killed_after $((ms / 1000)).$(printf "%03d" $((ms % 1000))) ||
		return 1
	done &&
	sort -u seen >actual &&
	say "# $(sort seen | uniq -c | tr -s " \n" "  ")" &&
	test_line actual old &&
	test_line actual new
'

test_done
