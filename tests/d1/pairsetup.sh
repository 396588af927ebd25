# What tests have in common that run git-d1 on pairs of databases, one of them
# in the stand-in; to be sourced first by a test that has set test_description.
#
# Promises what lib.sh, standin.sh and pairs.sh do, and that all they need is
# there: else all tests are skipped.

. "$(dirname "$0")/../cli/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"
. "$STANDIN_SRCDIR/pairs.sh"

pairs_skip
test -z "$skip_all" || test_done
