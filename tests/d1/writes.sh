# Shell functions for tests that write changes of rows to remote databases with
# the program writechanges. POSIX sh; to be sourced after pairs.sh.

WRITE=$TOP_BUILDDIR/tests/d1/writechanges

# Sets skip_all if something is lacking.
writes_skip () {
	pairs_skip
	if ! test -x "$WRITE"
	then
		skip_all='needs writechanges, which make check builds'
	fi
}

# write NAME [OPTION...]: makes the remote database what NAME.sqlite is.
write () {
	name=$1
	shift
	"$WRITE" "$@" id-$name $name.sqlite >out 2>err
}

# is_written NAME: it is, and nothing of ours is left in it.
is_written () {
	git-d1 diff --exit-code $1/remote ./$1.sqlite >diff.out 2>&1 || {
		cat diff.out out err
		return 1
	}
	standin_sql $1 "SELECT name FROM sqlite_schema
		WHERE name LIKE 'git_d1%'" >left &&
	test_must_be_empty left
}

# writes NAME [OPTION...]: what is printed stands on standard input.
writes () {
	cat >expect &&
	{
		write "$@" || {
			cat out err
			return 1
		}
	} &&
	test_cmp expect out &&
	is_written $1
}

# meanwhile NAME SQL: somebody else runs it after the rows were compared.
meanwhile () {
	standin_fault "{\"kind\":\"sql\",\"database\":\"$1\",\"sql\":\"$2\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}"
}
