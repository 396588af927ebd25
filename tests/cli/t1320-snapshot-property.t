#!/bin/sh

test_description='random databases: the same rows are the same snapshot, and back

PROPERTY_SNAPSHOT_SEEDS is how many databases are tried, PROPERTY_FIRST the
first seed. To see one that failed:

	PROPERTY_FIRST=17 PROPERTY_SNAPSHOT_SEEDS=1 sh t1320-snapshot-property.t -v'

. "$(dirname "$0")/lib.sh"

PROPERTY=$TOP_BUILDDIR/tests/property/t-property

test_needs property/t-property sqlite3

first=${PROPERTY_FIRST:-1}
last=$((first + ${PROPERTY_SNAPSHOT_SEEDS:-60} - 1))

# same_files DATABASE DIR: its snapshot is byte for byte the one in DIR.
same_files () {
	rm -rf d1 &&
	git-d1 snapshot -q "./$1" &&
	diff -r "$2" d1 >differences && return 0
	head -c 2000 differences
	echo "the snapshot of $1 is another one"
	return 1
}

# same_rows SIDE SIDE
same_rows () {
	git-d1 diff --exit-code "$1" "$2" >differences 2>&1 && return 0
	head -c 2000 differences
	echo "$1 and $2 differ"
	return 1
}

# load DIR DATABASE: what sqlite3 makes of the files.
load () {
	for part in "$1"/shop/schema.sql "$1"/shop/data/*.sql \
		"$1"/shop/triggers.sql
	do
		cat "$part" || return 1
	done | sqlite3 -bail "$2"
}

try_snapshot () {
	git-d1 snapshot -q && rm -rf kept && cp -r d1 kept &&
	git-d1 snapshot --check >out && same_rows snapshot local
}

try_restore () {
	git-d1 restore snapshot --to ./restored.sqlite >out &&
	same_files restored.sqlite kept
}

try_copy () {
	same_files second.sqlite kept && same_rows snapshot ./second.sqlite
}

# SQLite itself reads some very small and very large reals as a neighbour.
try_load () {
	test "$(cat kind)" = loadable || return 0
	load kept loaded.sqlite && same_rows ./loaded.sqlite local &&
	same_files loaded.sqlite kept
}

# What sqlite3 does not dump exactly is something else in these.
try_clean () {
	rm -rf clean && git-d1 snapshot -q ./clean.sqlite && cp -r d1 clean &&
	same_files utf16.sqlite clean &&
	sqlite3 clean.sqlite .dump | sqlite3 -bail dumped.sqlite &&
	same_files dumped.sqlite clean
}

# try SEED: one random database.
try () {
	rm -rf d1 *.sqlite .wrangler &&
	"$PROPERTY" --copies "$1" . >kind &&
	mkdir -p "$(dirname "$database")" && cp first.sqlite "$database" &&
	git-d1 track --all 2>/dev/null >tracked &&
	try_snapshot && try_restore && try_copy && try_load && try_clean &&
	return 0
	echo "seed $1: PROPERTY_FIRST=$1 PROPERTY_SNAPSHOT_SEEDS=1"
	return 1
}

test_expect_success 'set up' '
	git init -q . &&
	make_wrangler_project . &&
	database=$(local_database .)
'

for seed in $(seq $first $last)
do
	test_expect_success "seed $seed" 'rm -f .d1config && try $seed'
done

test_done
