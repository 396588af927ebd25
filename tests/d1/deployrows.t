#!/bin/sh

test_description='git d1 deploy: which rows are behind, and which were changed

Each row is one cell of a table: what the history of the commit has of it, and
what production has. Each kind of clone tells the same of it, or that its
history is too short.'

. "$(dirname "$0")/../cli/lib.sh"
. "$TOP_SRCDIR/tests/d1/deploys.sh"

empty_database shop

# version NAME ROW...: a commit with these rows.
version () {
	name=$1 &&
	shift &&
	{
		sed "/^INSERT/d" d1/shop/data/product.sql &&
		for row
		do
			echo "INSERT INTO \"product\" VALUES($row);"
		done | sort -t "(" -k 2n
	} >new &&
	mv new d1/shop/data/product.sql &&
	commit_all "$name"
}

# The rows of a version, as words "id,'text'".
v1="1,'same' 2,'one' 3,'one' 4,'one' 5,'one' 7,'one' 8,'one' 9,'one' 12,'one'
	13,'one' 14,'one' 15,'A' 16,'one'"
v2="1,'same' 2,'two' 3,'two' 4,'two' 5,'two' 7,'two' 8,'two' 9,'two' 12,'two'
	13,'two' 14,'two' 15,'B' 16,'two'"
v3="1,'same' 2,'two' 3,'three' 4,'two' 5,'two' 7,'two' 8,'two' 9,'two'
	13,'two' 14,'two' 15,'B' 16,'three'"
side="1,'same' 2,'two' 3,'three' 4,'two' 5,'two' 7,'two' 8,'two' 9,'two'
	13,'side' 14,'two' 15,'B' 16,'three'"
stray="1,'same' 2,'two' 3,'three' 4,'two' 5,'two' 7,'two' 8,'two' 9,'two'
	13,'two' 14,'stray' 15,'B' 16,'three'"
v4="1,'same' 2,'two' 3,'four' 4,'two' 5,'two' 13,'four' 14,'two' 15,'B'
	16,'four'"
v5="1,'same' 2,'five' 3,'five' 4,'five' 5,'five' 6,'five' 11,'five'
	12,'again' 13,'five' 14,'five' 15,'A' 16,'five'"

test_expect_success 'set up' '
	make_project &&
	echo "CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT);" \
		>migrations/0001_init.sql &&
	git d1 init &&
	git config -f .d1config table.product.track true &&
	build "" &&
	version v1 $v1 &&
	version v2 $v2 &&
	version v3 $v3 &&
	git tag v2 HEAD~1 &&
	git checkout -q -b side && version side $side &&
	git checkout -q -b stray main && version stray $stray &&
	git checkout -q main && test_tick &&
	git merge -q -s ours -m merge side &&
	version v4 $v4 &&
	version v5 $v5 &&
	git branch -D side &&
	deploy 0 shop --from HEAD &&
	git config uploadpack.allowFilter true &&
	git clone -q . full &&
	git clone -q --depth 1 "file://$PWD" depth1 &&
	git clone -q --depth 2 "file://$PWD" depth2 &&
	git clone -q --filter=blob:none "file://$PWD" blobless &&
	git clone -q --filter=tree:0 "file://$PWD" treeless &&
	git clone -q --no-checkout . detached &&
	git -C detached checkout -q --detach origin/main &&
	git -C detached branch -D main &&
	git worktree add -q --detach linked
'

# What production has of each row.
test_expect_success 'production' '
	remote "DELETE FROM product" &&
	remote "INSERT INTO product VALUES
		(1, '\''same'\''), (2, '\''one'\''), (3, '\''four'\''), (4, '\''somebody'\''),
		(7, '\''one'\''), (8, '\''somebody'\''), (10, '\''own'\''),
		(11, '\''somebody'\''), (12, '\''two'\''), (13, '\''side'\''),
		(14, '\''stray'\''), (15, '\''B'\''), (16, '\''three'\'')"
'

# cells: what verify says of each row, from its output.
cells () {
	sed -n -e "s/^  drift: .*/drift/p" -e "s/^  pending: .*/pending/p" \
		-e "s/^  fault: .*too little history.*/short/p" \
		-e "s/^    \([-+~]\) id=\([0-9]*\).*/\2 \1/p" "$1" |
	awk "/ /{print \$0, state; next} {state = \$0}" | sort -n
}


# expected CLONE: the table. A row is its id, what would become of it, and what
# it is: what has to be so by the design, in each kind of clone.
expected () {
	case $1 in
	depth1) column=3 ;;
	depth2) column=4 ;;
	base) column=5 ;;
	*) column=2 ;;
	esac &&
	awk -F " *[|] *" -v column=$column "\$column !~ /own/ {
		print \$1, \$column }" table
}

# Which rows are fine, behind (pending), drifted, production's own, or cannot be
# told because history is too short: with all history; in a clone that has the
# last commit alone; the last two; with --base=v2.
#	all	| depth 1 | depth 2 | base |
cat >table <<\EOF
2 ~ | pending | short   | short   | drift   | an old version
3 ~ | pending | short   | pending | drift   | the version before the last
4 ~ | drift   | short   | short   | drift   | no version
5 + | pending | pending | pending | drift   | gone
6 + | pending | pending | pending | pending | not there yet
7 - | pending | short   | short   | drift   | an old version of a row that was deleted
8 - | drift   | short   | short   | drift   | no version of a row that was deleted
10 - | own     | short   | short   | own     | of production alone
11 ~ | drift   | short   | short   | drift   | new on both sides
12 ~ | pending | short   | short   | pending | from before it was deleted and made again
13 ~ | pending | short   | short   | drift   | of a branch that was merged
14 ~ | drift   | short   | short   | drift   | of a branch that was not merged
15 ~ | pending | short   | pending | pending | what the last commit took back
16 ~ | pending | short   | short   | drift   | a version among many
EOF

# tells CLONE CODE [OPTION...]: verify tells each row as the table does, and a
# deploy ends with that code and writes nothing.
tells () {
	clone=$1 code=$2 &&
	shift 2 &&
	kind=$clone &&
	case "$*" in *--base*) kind=base ;; esac &&
	expected $kind >told &&
	(
		cd $clone &&
		test_expect_exit 1 git d1 verify "$@" shop >../verified &&
		unwritten deploy $code shop "$@" &&
		cp err ../refused
	) &&
	cells verified >actual &&
	test_cmp told actual
}

for clone in full blobless treeless detached linked
do
	test_expect_success "with all history: $clone" '
		tells $clone 2
	'
done

test_expect_success "with too little history" '
	tells depth1 3 &&
	test_line refused "hint: history too short: git fetch --unshallow" &&
	tells depth2 3 &&
	test_line refused "hint: history too short: git fetch --unshallow"
'

test_expect_success "after the history was fetched" '
	git -C depth1 fetch -q --unshallow &&
	(cd depth1 && test_expect_exit 1 git d1 verify shop >../out) &&
	expected full >told &&
	cells out >actual &&
	test_cmp told actual
'

test_expect_success "by one commit" '
	tells full 2 --base=v2 &&
	tells detached 2 --base=origin/main~4
'

test_expect_success "what is behind is written, and what is its own stays" '
	remote "DELETE FROM product WHERE id IN (4, 8, 11, 14)" &&
	remote "INSERT INTO product VALUES(4, '\''one'\''), (8, '\''two'\''),
		(14, '\''two'\'')" &&
	for clone in full blobless treeless detached linked
	do
		(cd $clone && git d1 deploy --plan) >$clone.plan &&
		test_cmp full.plan $clone.plan || return 1
	done &&
	(
		cd detached &&
		deploy 0 shop --expect-plan \
			"$(sed -n "s/^digest //p" ../full.plan)" &&
		cp out ..
	) &&
	test_line out "data: 1 row of its own is left alone" &&
	test_line out "product: 3 inserted, 8 updated, 2 deleted" &&
	holds "SELECT * FROM product" <<-\EOF &&
	[1,"same"]
	[2,"five"]
	[3,"five"]
	[4,"five"]
	[5,"five"]
	[6,"five"]
	[10,"own"]
	[11,"five"]
	[12,"again"]
	[13,"five"]
	[14,"five"]
	[15,"A"]
	[16,"five"]
	EOF
	(cd depth2 && test_expect_exit 1 git d1 verify shop) &&
	(cd full && git d1 verify shop)
'

test_done
