#!/bin/sh

test_description='random pairs: a patch brings one database to the other, and back

PROPERTY_APPLY_SEEDS is how many pairs are tried, PROPERTY_FIRST the first
seed. To see one that failed:

	PROPERTY_FIRST=17 PROPERTY_APPLY_SEEDS=1 sh t1705-apply-property.t -v'

. "$(dirname "$0")/lib.sh"

PROPERTY=$TOP_BUILDDIR/tests/property/t-property

test_needs property/t-property sqlite3

first=${PROPERTY_FIRST:-1}
last=$((first + ${PROPERTY_APPLY_SEEDS:-60} - 1))

# definitions FILE: all that is not rows.
definitions () {
	sqlite3 "$1" "SELECT type, name, tbl_name, sql FROM sqlite_schema
		ORDER BY type, name; PRAGMA encoding; PRAGMA user_version"
}

# holds FILE: x.sqlite has the rows of that one, and the schema it had.
holds () {
	git-d1 diff --exit-code ./x.sqlite "./$1" >differences 2>&1 &&
	definitions x.sqlite >after && cmp -s before after && return 0
	head -c 2000 differences
	echo "x.sqlite is not as $1"
	return 1
}

fresh () {
	rm -rf x.sqlite* .local && cp old.sqlite x.sqlite &&
	definitions x.sqlite >before
}

# apply WORD ARGUMENT...: changes rows of x.sqlite; WORD "already": none.
apply () {
	word=$1 &&
	shift &&
	if ! git-d1 apply --to ./x.sqlite "$@" >out 2>err
	then
		echo "git d1 apply $*" && head -c 2000 err
		return 1
	fi
	! test "$word" = already || grep -q "^already applied: " out && return 0
	echo "git d1 apply $* wrote again" && cat out
	return 1
}

# shown PATCH: what git d1 diff shows of its result brings a database to that
# result, and back.
shown () {
	fresh &&
	git-d1 diff ./x.sqlite "./$1" >again.patch &&
	git-d1 diff "./$1" ./x.sqlite >back.patch &&
	apply changes again.patch && holds new.sqlite &&
	git-d1 diff --exit-code ./x.sqlite "./$1" &&
	apply changes back.patch && holds old.sqlite
}

# there_and_back PATCH
there_and_back () {
	shown "$1" &&
	fresh &&
	apply changes "$1" && holds new.sqlite &&
	apply already "$1" &&
	cp .local/state/git-d1/*.done undo.patch &&
	apply changes -R "$1" && holds old.sqlite &&
	apply already -R "$1" &&
	apply changes "$1" &&
	apply changes undo.patch && holds old.sqlite &&
	apply already undo.patch
}

# The old database declares columns so that they cannot hold the new values:
# STRICT tables, types that make other values of them.
cannot_hold () {
	definitions new.sqlite >after &&
	! cmp -s before after &&
	grep -q "cannot store .* value in\|would make another value" err
}

# Of a pair whose definitions differ: all of it is applied and can be taken
# back, or nothing.
all_or_nothing () {
	fresh &&
	sha256sum x.sqlite >bytes &&
	if git-d1 apply --to ./x.sqlite p.patch >out 2>err
	then
		say "# applied" &&
		apply already p.patch &&
		apply changes -R p.patch && holds old.sqlite
	else
		code=$? &&
		say "# $code $(sed -n "s/.*error: //p" err | head -n 1)" &&
		sha256sum -c --quiet bytes &&
		case $code in
		2) cannot_hold ;;
		3) grep -q "error: p.patch:[0-9]*: " err ;;
		*) false ;;
		esac &&
		! ls .local/state/git-d1/* 2>/dev/null
	fi
}

# False if x.sqlite could not hold what the patch says.
takes_all () {
	fresh && git-d1 apply --to ./x.sqlite p.patch >out 2>err ||
	! cannot_hold
}

# try SEED
try () {
	rm -rf *.sqlite *.patch &&
	"$PROPERTY" --write "$1" . &&
	git-d1 diff ./old.sqlite ./new.sqlite >p.patch &&
	if ! grep -q "^@@" p.patch
	then
		return 0
	elif grep -q "^columns [-+]\|^new table\|^deleted table" p.patch ||
		! takes_all
	then
		all_or_nothing && return 0
	else
		git-d1 format-patch --stdout ./old.sqlite ./new.sqlite \
			>mail.patch &&
		there_and_back p.patch && there_and_back mail.patch &&
		return 0
	fi
	head -c 2000 err
	echo "seed $1: PROPERTY_FIRST=$1 PROPERTY_APPLY_SEEDS=1"
	return 1
}

for seed in $(seq $first $last)
do
	test_expect_success "seed $seed" 'try $seed'
done

test_done
