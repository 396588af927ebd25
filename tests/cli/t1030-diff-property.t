#!/bin/sh

test_description='random databases: local against remote, every change and no other

PROPERTY_REMOTE_SEEDS is how many pairs are compared, PROPERTY_FIRST the first
seed.'

. "$(dirname "$0")/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"
PROPERTY=$TOP_BUILDDIR/tests/property/t-property

test_needs property/t-property engine

first=${PROPERTY_FIRST:-1}
last=$((first + ${PROPERTY_REMOTE_SEEDS:-24} - 1))

# A project with a database for each seed: the pair's second is the local file,
# its first the remote one.
write_project () {
	{
		echo '{ "name": "worker", "d1_databases": [' &&
		for seed in $(seq $first $last)
		do
			echo "{ \"binding\": \"S$seed\"," \
				"\"database_name\": \"s$seed\"," \
				"\"database_id\": \"seed-$seed\" },"
		done &&
		echo '] }'
	} >wrangler.jsonc
}

place_databases () {
	mkdir pair &&
	for seed in $(seq $first $last)
	do
		"$PROPERTY" --write $seed pair &&
		remote=$(local_database remote seed-$seed) &&
		local=$(local_database . seed-$seed) &&
		mkdir -p "$(dirname "$remote")" "$(dirname "$local")" &&
		mv pair/old.sqlite "$remote" &&
		mv pair/new.sqlite "$local" &&
		set -- "$@" --database s$seed=seed-$seed || return 1
	done &&
	standin_start --persist remote/.wrangler/state "$@"
}

test_expect_success 'set up' '
	write_project &&
	place_databases &&
	standin_env
'

for seed in $(seq $first $last)
do
	test_expect_success "seed $seed" '
		git-d1 diff --json=lines s$seed/remote s$seed/local >out &&
		"$PROPERTY" --check $seed out
	'
done

test_expect_success 'a database that has not changed does not differ' '
	for seed in $(seq $first $last)
	do
		cp "$(local_database remote seed-$seed)" copy.sqlite &&
		git-d1 diff --exit-code ./copy.sqlite s$seed/remote >out &&
		test_must_be_empty out || return 1
	done
'

test_expect_success 'end' '
	standin_stop
'

test_done
