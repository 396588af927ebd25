# What every command test starts with:
#
#	test_description='what is tested'
#	. "$(dirname "$0")/lib.sh"
#
# Runs git-d1 from the build tree (TOP_BUILDDIR, else the source tree) under
# sharness, in an environment where nothing of the person or machine that runs
# it shows: no configuration, no credentials, no repository around.

: "${TOP_SRCDIR:=$(dirname "$0")/../..}"
TOP_SRCDIR=$(cd "$TOP_SRCDIR" && pwd -P) || exit 1
TOP_BUILDDIR=$(cd "${TOP_BUILDDIR:-$TOP_SRCDIR}" && pwd -P) || exit 1
export TOP_SRCDIR TOP_BUILDDIR

: "${SHARNESS_LIB:=/usr/share/sharness/sharness.sh}"
if ! test -r "$SHARNESS_LIB"
then
	echo "1..0 # SKIP sharness is not installed"
	exit 0
fi

# Git's variables (`git rev-parse --local-env-vars` and those of a hook that
# runs the tests), Cloudflare's, and what changes output.
for name in $(env | sed -n \
	-e 's/^\(GIT_[A-Z0-9_]*\)=.*/\1/p' \
	-e 's/^\(CLOUDFLARE_[A-Z0-9_]*\)=.*/\1/p' \
	-e 's/^\(CF_[A-Z0-9_]*\)=.*/\1/p' \
	-e 's/^\(WRANGLER_[A-Z0-9_]*\)=.*/\1/p' \
	-e 's/^\(XDG_[A-Z0-9_]*\)=.*/\1/p')
do
	test "$name" = GIT_EXEC_PATH || unset "$name"
done
unset name CI GITHUB_ACTIONS GITHUB_STEP_SUMMARY NO_COLOR COLUMNS LESS LV \
	EMAIL SSH_ASKPASS BASH_ENV ENV POSIXLY_CORRECT

# The source tree may be read-only: everything is written in the build tree.
SHARNESS_TEST_DIRECTORY=$TOP_BUILDDIR/tests/cli
SHARNESS_BUILD_DIRECTORY=$TOP_BUILDDIR
mkdir -p "$SHARNESS_TEST_DIRECTORY" || exit 1

# A TAP harness counts the results: sharness need not leave files with them.
HARNESS_ACTIVE=true

. "$SHARNESS_LIB"

# A missing && would hide a failure in the middle of a test.
chain_lint=t

# The trash directory may lie inside a checkout of git-d1.
GIT_CEILING_DIRECTORIES=$(dirname "$(pwd -P)")
GIT_CONFIG_NOSYSTEM=1
GIT_TERMINAL_PROMPT=0
XDG_CONFIG_HOME=$HOME/.config
XDG_STATE_HOME=$HOME/.local/state
GIT_AUTHOR_NAME='git-d1 test'
GIT_AUTHOR_EMAIL=author@example.com
GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME
GIT_COMMITTER_EMAIL=committer@example.com
export GIT_CEILING_DIRECTORIES GIT_CONFIG_NOSYSTEM GIT_TERMINAL_PROMPT
export XDG_CONFIG_HOME XDG_STATE_HOME
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
git config --global init.defaultBranch main

if script -qec 'test -t 1' /dev/null </dev/null >/dev/null 2>&1
then
	test_set_prereq TERMINAL
fi
if command -v sqlite3 >/dev/null
then
	test_set_prereq SQLITE3
fi

# test_needs WHAT...: all tests of the file are skipped without the program
# "sqlite3", the "engine" of tests/d1 (to be called after standin.sh), or a
# program that `make check` builds, by its path in tests/.
test_needs () {
	for needed
	do
		case $needed in
		sqlite3)
			test_have_prereq SQLITE3 && continue
			skip_all='needs sqlite3'
			;;
		engine)
			standin_installed && continue
			skip_all='needs "npm ci --prefix tests/d1"'
			;;
		*)
			test -x "$TOP_BUILDDIR/tests/$needed" && continue
			skip_all="tests/$needed is not built: make check builds it"
			;;
		esac
		test_done
	done
}

# line WORD...: the words with a TAB between them.
line () {
	printf '%s' "$1"
	shift
	test $# = 0 || printf '\t%s' "$@"
	echo
}

# test_terminal COMMAND: runs a shell command line with a terminal as its
# standard output and error; lines of the output end with CR LF.
test_terminal () {
	TERM=xterm script -qec "$1" /dev/null </dev/null
}

# test_expect_exit CODE COMMAND...: as test_expect_code, and leaves standard
# error in the file "err" for the next line of the test to look at.
test_expect_exit () {
	want_code=$1
	shift
	"$@" 2>err
	exit_code=$?
	cat err >&2
	test "$exit_code" = "$want_code" && return 0
	echo >&2 "exit code $exit_code, not $want_code: $*"
	return 1
}

# test_line FILE TEXT: one line of the file is exactly the text.
test_line () {
	grep -F -x -e "$2" "$1" && return 0
	echo >&2 "no line '$2' in $1:"
	cat >&2 "$1"
	return 1
}

# test_tick: the next commit is a minute younger, on every machine alike.
test_tick () {
	test_time=$((${test_time:-1700000000} + 60))
	GIT_AUTHOR_DATE="$test_time +0000"
	GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
	export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
}

# test_commit MESSAGE [FILE [CONTENT]]: a commit with one file, and a tag
# MESSAGE on it.
test_commit () {
	test_tick &&
	printf '%s\n' "${3-$1}" >"${2-$1.t}" &&
	git add -- "${2-$1.t}" &&
	git commit -q -m "$1" &&
	git tag "$1"
}

# hmac KEY: the HMAC-SHA256 of standard input, as hexadecimal digits like KEY.
hmac () {
	openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" | sed 's/.* //'
}

# hex_bytes DIGITS: the bytes that hexadecimal digits stand for.
hex_bytes () {
	for byte in $(echo "$1" | sed 's/../0x& /g')
	do
		printf "\\$(printf %03o "$byte")"
	done
}

# local_database DIR [NAME]: where `wrangler dev`, run in DIR, keeps the
# database that its configuration calls NAME (preview_database_id, else
# database_id, else the binding). The file is named after the Durable Object
# that owns it: two truncated HMACs, one of the name and one of the first,
# under the hash of the object's class. Computed here with openssl, so that
# git-d1 is tested against something else than itself.
local_database () {
	class=miniflare-D1DatabaseObject &&
	key=$(printf %s "$class" | openssl dgst -sha256 | sed 's/.* //') &&
	first=$(printf %s "${2-$TEST_DATABASE_ID}" | hmac "$key" |
		cut -c 1-32) &&
	second=$(hex_bytes "$first" | hmac "$key" | cut -c 1-32) &&
	echo "$1/.wrangler/state/v3/d1/$class/$first$second.sqlite"
}

# The database of make_wrangler_project.
TEST_DATABASE_ID=11111111-2222-4333-8444-555555555555

# make_wrangler_project DIR [SQL]: a project whose wrangler.jsonc binds the
# database "shop" to DB, and its local file, filled by SQL.
make_wrangler_project () {
	mkdir -p "$1" &&
	cat >"$1/wrangler.jsonc" <<-EOF &&
	{
		// a comment, and commas that plain JSON does not know
		"name": "shop-worker",
		"compatibility_date": "2025-01-01",
		"d1_databases": [
			{
				"binding": "DB",
				"database_name": "shop",
				"database_id": "$TEST_DATABASE_ID",
			},
		],
	}
	EOF
	project_file=$(local_database "$1") &&
	mkdir -p "$(dirname "$project_file")" &&
	sqlite3 "$project_file" "PRAGMA journal_mode=WAL; ${2-}" >/dev/null
}

# make_hostile_databases OLD NEW: two databases whose names and values want to
# be something else (hostile.sql), in rows that are inserted and updated.
make_hostile_databases () {
	# ESC [31m, and U+202E, which turns round what follows
	hostile_name=$(printf 'esc\033[31m\342\200\256x') &&
	sqlite3 "$2" <"$TOP_SRCDIR/tests/cli/hostile.sql" &&
	sqlite3 "$2" "CREATE TABLE [$hostile_name](id INTEGER PRIMARY KEY);
		INSERT INTO [$hostile_name] VALUES(1)" &&
	cp "$2" "$1" &&
	sqlite3 "$1" "UPDATE v SET value = char(10, 60, 105, 62) ||
			char(10) || value WHERE id % 2 = 0 AND id <> 8;
		DELETE FROM v WHERE id % 2 = 1;
		DELETE FROM [a|b\`c\` @user];
		UPDATE [<img src=x onerror=alert(1)>] SET [\`a\`|b] = 5;
		DELETE FROM [$hostile_name]"
}

# A secret that is made up, as long as a real one.
SECRET=Zq3vX8nT5rB1mK7wL2yD9cF4hJ6gP0sAaEeIiOoU

# no_secret FILE...: not even a part of it is there.
no_secret () {
	for part in "$SECRET" Zq3vX8nT 6gP0sAaE aEeIiOoU
	do
		if grep -F -i -e "$part" "$@"
		then
			return 1
		fi
	done
}
