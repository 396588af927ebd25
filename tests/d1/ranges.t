#!/bin/sh

test_description='what is asked of D1 to compare a large table

Requests and rows read are those that cost.'

. "$(dirname "$0")/transfers.sh"

# 938 groups of 64 rows
sh "$TOP_SRCDIR/tests/bench/data.sh" data 60000
{
	sqlite3 data/old.sqlite .schema
	echo --
} >orders.in
for name in one all
do
	database $name <orders.in
	sqlite3 -bail "$(local_database remote id-$name)" \
		"ATTACH 'data/old.sqlite' AS old" \
		'INSERT INTO main.orders SELECT * FROM old.orders'
	cp data/old.sqlite $name.sqlite
done
sqlite3 one.sqlite 'UPDATE orders SET pieces = -1 WHERE id = 30000'
sqlite3 all.sqlite 'UPDATE orders SET pieces = pieces + 1'

test_expect_success 'set up' '
	git init -q . &&
	make_config &&
	start &&
	standin_env
'

# asked WORD: how many requests have it, and how many rows D1 read for these.
asked () {
	standin_log | grep -e "$1" >requests
	sed "s/.*\"rows_read\":\([0-9]*\),.*/\1/" requests |
		awk "{ sum += \$1 } END { print NR, sum + 0 }"
}

# compares NAME NUMBER: so many updates are found. In "out" is what was asked for
# fingerprints and for rows.
compares () {
	standin_clear_log &&
	git-d1 diff --numstat $1/remote ./$1.sqlite >out &&
	printf "0\t%s\t0\torders\n" $2 >expect &&
	test_cmp expect out &&
	asked "CAST(g AS" >out &&
	asked octet_length >>out
}

test_expect_success 'one changed row: little is read, in few requests' '
	compares one 1 &&
	says "2 121033" "1 65"
'

test_expect_success 'all rows changed: only a few groups are asked for' '
	compares all 60000 &&
	says "1 1032" "14 60000"
'

test_expect_success 'end' '
	standin_stop
'

test_done
