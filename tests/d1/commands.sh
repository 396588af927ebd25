# What tests of git-d1's commands say of what these print; to be sourced after
# setup.sh.

# git-d1 itself lies in the build tree.
PATH=${TOP_BUILDDIR:-$STANDIN_SRCDIR/../..}:$PATH
GIT_CONFIG_NOSYSTEM=1
export PATH GIT_CONFIG_NOSYSTEM

# is FILE TEXT...: the file has these lines.
is () {
	is_file=$1
	shift
	printf "%s\n" "$@" >expect &&
	test_cmp expect "$is_file"
}

# fails CODE COMMAND...: with what it says in "err".
fails () {
	want=$1
	shift
	"$@" >out 2>err
	code=$?
	cat err >&2
	test $code = $want
}
