#!/bin/sh

test_description='random snapshots: fsck finds nothing, and --normalize brings
shuffled rows back to the same bytes

PROPERTY_FSCK_SEEDS is how many databases are kept, PROPERTY_FIRST the first
seed.'

. "$(dirname "$0")/lib.sh"

PROPERTY=$TOP_BUILDDIR/tests/property/t-property

test_needs sqlite3 property/t-property

first=${PROPERTY_FIRST:-1}
last=$((first + ${PROPERTY_FSCK_SEEDS:-20} - 1))

# allow_names DATABASE: no table or column has a name that a snapshot cannot
# hold.
allow_names () {
	sqlite3 "$1" >rename.sql <<-\EOF &&
	CREATE TEMP VIEW bad AS SELECT '*[' || char(1) || '-' || char(31) || ']*' AS name;
	SELECT format('ALTER TABLE "%w" RENAME COLUMN "%w" TO column_%d;',
		t.name, c.name, c.cid)
	FROM bad, pragma_table_list t JOIN pragma_table_xinfo(t.name) c
	WHERE t.type = 'table' AND c.name GLOB bad.name;
	SELECT format('ALTER TABLE "%w" RENAME TO "table_%d";',
		t.name, row_number() OVER ())
	FROM bad, pragma_table_list t
	WHERE t.type IN ('table', 'virtual') AND t.name GLOB bad.name;
	EOF
	sqlite3 "$1" <rename.sql
}

# shuffle FILE: its rows in another order, by a fixed sequence of numbers.
shuffle () {
	sed -n 1,3p "$1" >shuffled &&
	sed 1,3d "$1" | LC_ALL=C awk '
		BEGIN { srand(7) }
		{ printf "%.9f\t%s\n", rand(), $0 }' |
		LC_ALL=C sort | cut -f 2- >>shuffled &&
	cp shuffled "$1"
}

test_expect_success 'set up' '
	git init -q . &&
	make_wrangler_project . &&
	git config -f .d1config --add "table.*.track" true &&
	mkdir pair
'

for seed in $(seq $first $last)
do
	test_expect_success "seed $seed" '
		"$PROPERTY" --write $seed pair &&
		allow_names pair/new.sqlite &&
		git d1 snapshot ./pair/new.sqlite >out &&
		test_expect_exit 0 git d1 fsck >actual &&
		grep "^d1/shop: [0-9]* tables*, [0-9]* rows*, all well\$" actual &&
		rm -rf kept && cp -R d1/shop kept &&
		git d1 snapshot --normalize >actual &&
		echo "d1/shop is in order" >expect &&
		test_cmp expect actual &&
		for file in $(ls d1/shop/data/*.sql)
		do
			shuffle "$file" &&
			if ! cmp -s "$file" "kept/data/${file##*/}"
			then
				echo "$file"
			fi || return 1
		done >changed &&
		cat changed >>all &&
		test_expect_exit $(test -s changed; echo $((1 - $?))) \
			git d1 fsck >actual &&
		sed -n "s/:[0-9]*: rows out of order: .*//p" actual >told &&
		test_cmp changed told &&
		test_expect_exit 0 git d1 snapshot --normalize >actual &&
		sed -n "s/^M	//p" actual >mended &&
		test_cmp changed mended &&
		diff -r kept d1/shop
	'
done

test_expect_success 'enough of them were not empty' '
	test $(wc -l <all) -ge $((last - first))
'

test_done
