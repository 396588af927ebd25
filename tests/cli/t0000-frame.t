#!/bin/sh

test_description='the frame: commands, usage, messages, exit codes'

. "$(dirname "$0")/lib.sh"

test_expect_success 'no command: usage error' '
	test_expect_exit 129 git-d1 >out &&
	test_must_be_empty out &&
	test_line err "error: no command given" &&
	test_line err "hint: see '\''git d1 -h'\''"
'

test_expect_success '-h shows the usage on standard output and exits with 129' '
	test_expect_exit 129 git-d1 -h >out &&
	test_must_be_empty err &&
	grep "^usage: git d1 " out &&
	grep "^   version  *[a-z]" out
'

test_expect_success '--help shows the usage and exits with 0' '
	test_expect_exit 129 git-d1 -h >expected &&
	git-d1 --help >out &&
	test_cmp expected out
'

test_expect_success 'each command has -h and --help, outside a repository' '
	git-d1 --list-cmds >commands &&
	test -s commands &&
	while read -r command
	do
		test_expect_exit 129 git-d1 $command -h >out &&
		test_must_be_empty err &&
		grep "^usage: git d1 $command" out &&
		git-d1 $command --help >help &&
		test_cmp out help &&
		git-d1 help $command >help &&
		test_cmp out help || return 1
	done <commands
'

test_expect_success '--list-cmds is sorted and agrees with help' '
	git-d1 --list-cmds >commands &&
	LC_ALL=C sort commands >sorted &&
	test_cmp sorted commands &&
	git-d1 help | sed "s/^ *\([^ ]*\).*/\1/" >helped &&
	test_cmp commands helped
'

test_expect_success '--version and version' '
	git-d1 --version >out &&
	grep -x "git-d1 version [0-9][0-9.]*" out &&
	git-d1 version >other &&
	test_cmp out other
'

test_expect_success 'unknown command: 129 and the closest one' '
	test_expect_exit 129 git-d1 versoin &&
	test_line err "error: '\''versoin'\'' is not a git d1 command" &&
	test_line err "hint: the closest command is '\''version'\''" &&
	test_expect_exit 129 git-d1 frobnicate &&
	test_line err "hint: see '\''git d1 -h'\''" &&
	test_expect_exit 129 git-d1 help versoin &&
	test_line err "hint: the closest command is '\''version'\''"
'

test_expect_success 'unknown option: 129 and the closest one' '
	test_expect_exit 129 git-d1 --versoin &&
	test_line err "error: unknown option '\''--versoin'\''" &&
	test_line err "hint: the closest option is '\''--version'\''" &&
	test_expect_exit 129 git-d1 version --bogus &&
	test_line err "error: unknown option '\''--bogus'\''" &&
	test_line err "hint: see '\''git d1 version -h'\''"
'

test_expect_success 'too many arguments' '
	test_expect_exit 129 git-d1 version now &&
	test_expect_exit 129 git-d1 version -- now &&
	test_expect_exit 129 git-d1 help version version
'

test_expect_success 'messages do not drive the terminal' '
	test_expect_exit 129 git-d1 "$(printf "a\033[31m\177\302\233\377")" &&
	test_line err "error: '\''a\\033[31m\\177\\302\\233\\377'\'' is not a git d1 command"
'

test_expect_success 'messages do not pass for others' '
	test_expect_exit 129 git-d1 "x$LF""fatal: y$LF""hint: do evil" &&
	test_line err "       fatal: y" &&
	test_line err "       hint: do evil'\'' is not a git d1 command" &&
	grep "^hint: " err >hints &&
	test_line hints "hint: see '\''git d1 -h'\''"
'

test_expect_success 'messages show readable text as it is, but no bidi' '
	test_expect_exit 129 git-d1 "$(printf "tëxt\342\200\256")" &&
	test_line err "error: '\''tëxt\\342\\200\\256'\'' is not a git d1 command"
'

test_expect_success '-C changes the directory' '
	test_expect_exit 128 git-d1 -C missing version &&
	test_line err "fatal: cannot change to '\''missing'\'': No such file or directory" &&
	mkdir -p elsewhere &&
	git-d1 -C elsewhere version
'

if test -w /dev/full
then
	test_set_prereq DEVFULL
fi

test_expect_success DEVFULL 'a full disk is a failure' '
	test_expect_exit 128 git-d1 version >/dev/full &&
	test_line err "fatal: write failure on standard output: No space left on device" &&
	test_expect_exit 128 git-d1 help >/dev/full &&
	test_expect_exit 128 git-d1 -h >/dev/full
'

test_expect_success 'closed standard files are no place for others' '
	git-d1 version >&- &&
	test_expect_code 129 git-d1 versoin 2>&- &&
	git-d1 version <&-
'

# A pipe that nobody reads: the reader is gone before git-d1 starts.
test_expect_success 'a reader that went away: quiet, by SIGPIPE' '
	mkfifo gone &&
	{
		( : <gone ) &
		exec 9>gone &&
		wait $!
	} &&
	test_expect_exit 141 git-d1 version >&9 &&
	exec 9>&- &&
	test_must_be_empty err
'

test_expect_success 'git runs it as git d1' '
	git d1 version >out &&
	git-d1 version >expected &&
	test_cmp expected out &&
	test_expect_exit 129 git d1 versoin &&
	test_line err "hint: the closest command is '\''version'\''"
'

test_expect_success 'set up repositories' '
	git init -q repo &&
	git -C repo commit -q --allow-empty -m first &&
	mkdir repo/sub &&
	git -C repo worktree add -q ../linked &&
	mkdir linked/sub &&
	git config --global alias.dd "!git d1"
'

test_expect_success 'aliases, from the top and from below' '
	for directory in repo repo/sub linked linked/sub
	do
		(cd $directory && git dd version) >out &&
		test_cmp expected out || return 1
	done
'

test_expect_success 'a stale GIT_PREFIX is ignored' '
	GIT_PREFIX=gone/ git-d1 -C repo version &&
	GIT_PREFIX=gone/ git-d1 version
'

if git-d1 --list-cmds | grep -q -x diff
then
	test_set_prereq DIFF
fi

test_expect_success DIFF,SQLITE3 'an alias finds files where the user is' '
	for directory in repo/sub linked/sub
	do
		for file in a b
		do
			sqlite3 $directory/$file.sqlite \
				"CREATE TABLE t(id INTEGER PRIMARY KEY);
				 INSERT INTO t VALUES(1)" || return 1
		done &&
		(cd $directory && git dd diff ./a.sqlite ./b.sqlite) || return 1
	done
'

test_expect_success 'the completion knows what the commands know' '
	git-d1 version --git-completion-helper >out &&
	echo >empty &&
	test_cmp empty out
'

test_done
