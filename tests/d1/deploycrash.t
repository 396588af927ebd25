#!/bin/sh

test_description='git d1 deploy: one that was broken off, and others at once

A deploy notes what it is about to do before it does it. The next one says where
it ended, and goes on; what somebody else changed meanwhile is not overwritten.'

. "$(dirname "$0")/../cli/lib.sh"
. "$TOP_SRCDIR/tests/d1/deploys.sh"

empty_database shop

# held WHEN PATTERN: a deploy, whose process is then in "pid", waits at the call
# with that in it, before or after it is carried out.
held () {
	standin_fault "{\"kind\":\"hold\",\"when\":\"$1\",
		\"method\":\"POST\",\"request\":\"$2\"}" &&
	{
		git-d1 deploy shop >first.out 2>first.err &
		pid=$!
	} &&
	{
		standin_await_held $pid || {
			cat first.out first.err
			return 1
		}
	}
}

# killed WHEN PATTERN: a deploy ends at that call.
killed () {
	held "$1" "$2" &&
	kill -9 $pid &&
	test_expect_code 137 wait $pid &&
	standin_drop
}

# go_on: the deploy that waits, to its end.
go_on () {
	standin_release &&
	wait $pid || {
		cat first.out first.err
		return 1
	}
}

# meanwhile SQL WHEN PATTERN: somebody does that, right before or after the call.
meanwhile () {
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",\"sql\":\"$1\",
		\"when\":\"$2\",\"method\":\"POST\",\"request\":\"$3\"}"
}

# Production is as it was before the second commit.
back () {
	test_expect_exit 0 git d1 deploy --undo shop "$(cat first)" &&
	is_as first
}

# The record that is left tells this, with other words for dates.
left () {
	sed -n "s/begun at 20[-0-9]*T[:0-9]*Z/begun at DATE/
		/^a deploy of/s/[0-9a-f]\{12\}/COMMIT/p" err >actual &&
	echo "$1" >expect &&
	test_cmp expect actual
}

no_record () {
	ls .git/d1/deploys >actual &&
	! test -s actual
}

test_expect_success 'set up' '
	make_project --time-travel &&
	echo "CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT, price REAL);" \
		>migrations/0001_init.sql &&
	git d1 init &&
	git config -f .d1config table.product.track true &&
	build "INSERT INTO product VALUES(1, '\''a'\'', 1.5), (2, '\''b'\'', 2.5),
		(3, '\''c'\'', 3.5)" &&
	commit_all first &&
	deploy 0 shop &&
	no_record &&
	state first &&
	bookmark >first &&
	cat >migrations/0002_slug.sql <<-\EOF &&
	ALTER TABLE product ADD slug TEXT;
	UPDATE product SET slug = upper(name);
	EOF
	build "INSERT INTO product VALUES(1, '\''a'\'', 9.5, '\''A'\''),
		(2, '\''b'\'', 2.5, '\''bee'\'')" &&
	commit_all second
'

test_expect_success 'killed between migrations and rows' '
	killed after "slug TEXT" &&
	ls -l .git/d1/deploys/*.sqlite >actual &&
	grep "^-rw------- " actual &&
	! grep -a -q dummy .git/d1/deploys/*.sqlite
'

test_expect_success 'status says so, and so does a plan' '
	git d1 status --offline >out &&
	grep "^  deploy         of [0-9a-f]\{12\}, begun at 20[-0-9]*T[:0-9]*Z, was broken off at: migrations$" out &&
	grep "^  (to go on: git d1 deploy shop/remote; to go back: git d1 deploy --undo shop/remote $(cat first))$" out &&
	git d1 status --offline --porcelain >out &&
	grep "^deploy	[0-9a-f]\{40\}	20[-0-9]*T[:0-9]*Z	migrations	$(cat first)$" out &&
	git d1 status --offline --json >out &&
	grep "\"deploy\":{\"side\":\"remote\",\"commit\":\"[0-9a-f]\{40\}\",\"began\":\"20[-0-9]*T[:0-9]*Z\",\"step\":\"migrations\",\"bookmark\":\"$(cat first)\"}" out &&
	unwritten deploy 0 --plan &&
	left "a deploy of COMMIT to shop/remote, begun at DATE, was broken off at: migrations" &&
	sed "1,/^diff/d;/^digest/d" out >actual &&
	cat >expect <<-\EOF &&
	key id
	--- shop/remote
	+++ shop/remote
	@@ ~ id=1  name='\''a'\'' @@
	-price: 1.5
	+price: 9.5
	@@ ~ id=2  name='\''b'\'' @@
	-slug: '\''B'\''
	+slug: '\''bee'\''
	@@ - id=3 @@
	-name: '\''c'\''
	-price: 3.5
	-slug: '\''C'\''
	EOF
	test_cmp expect actual
'

test_expect_success 'the next one goes on' '
	deploy 0 shop -- true &&
	left "a deploy of COMMIT to shop/remote, begun at DATE, was broken off at: migrations" &&
	test_line err "this one goes on from there; to go back to before it with all that others wrote since: git d1 deploy --undo shop/remote $(cat first)" &&
	holds "SELECT * FROM product" <<-\EOF &&
	[1,"a",9.5,"A"]
	[2,"b",2.5,"bee"]
	EOF
	no_record &&
	git d1 status --offline >out &&
	! grep "^  deploy" out &&
	git d1 verify shop
'

test_expect_success 'what somebody changed since is a conflict' '
	back &&
	killed after "slug TEXT" &&
	remote "UPDATE product SET price = 99.0 WHERE id = 1" &&
	unwritten deploy 2 shop &&
	left "a deploy of COMMIT to shop/remote, begun at DATE, was broken off at: migrations" &&
	test_line err "    ~ id=1: price" &&
	test_line err "error: 1 row was changed in shop/remote, and no commit has it; nothing was written" &&
	holds "SELECT price FROM product WHERE id = 1" <<-\EOF
	[99]
	EOF
'

test_expect_success 'back by the bookmark, and nothing is left to go on with' '
	back &&
	no_record &&
	deploy 0 --plan &&
	! grep "broken off" err
'

test_expect_success 'killed before the rows were sent' '
	killed before "UPDATE .*product.*json" &&
	git d1 status --offline >out &&
	grep "was broken off at: data$" out &&
	deploy 0 shop &&
	left "a deploy of COMMIT to shop/remote, begun at DATE, was broken off at: data" &&
	no_record &&
	git d1 verify shop
'

test_expect_success 'killed while the command runs' '
	back &&
	test_expect_code 137 git-d1 deploy shop -- sh -c "kill -9 \$PPID" &&
	unwritten deploy 0 shop -- echo again &&
	left "a deploy of COMMIT to shop/remote, begun at DATE, was broken off at: command" &&
	test_line out again &&
	no_record
'

test_expect_success 'one that failed can be gone on with, or taken back' '
	back &&
	deploy 6 shop -- false &&
	unwritten deploy 128 shop -- false &&
	remote "UPDATE product SET slug = '\''?'\'' WHERE id = 2" &&
	unwritten deploy 2 shop &&
	left "a deploy of COMMIT to shop/remote, begun at DATE, was broken off at: command" &&
	back &&
	no_record &&
	deploy 128 shop --undo-on-failure -- false &&
	no_record &&
	is_as first
'

for when in before after
do
	test_expect_success "a row that somebody changes right $when a migration" '
		meanwhile "UPDATE product SET price = 99.0 WHERE id = 1" $when \
			"slug TEXT" &&
		deploy 6 shop -- touch ran &&
		! test -e ran &&
		test_line err "error: after the migrations 1 row of shop/remote is as no commit has it" &&
		holds "SELECT price FROM product WHERE id = 1" <<-\EOF &&
		[99]
		EOF
		back
	'
done

test_expect_success 'what a migration does to a row that is behind' '
	echo "UPDATE product SET price = price * 100;" >migrations/0003_cents.sql &&
	build "INSERT INTO product VALUES(1, '\''a'\'', 120.0, '\''A'\''),
		(2, '\''b'\'', 250.0, '\''bee'\''), (3, '\''c'\'', 350.0, '\''C'\'')" &&
	commit_all third &&
	deploy 0 shop &&
	holds "SELECT * FROM product" <<-\EOF &&
	[1,"a",120,"A"]
	[2,"b",250,"bee"]
	[3,"c",350,"C"]
	EOF
	back
'

test_expect_success 'also after a crash, if nobody wrote since' '
	killed before "UPDATE .*product.*json" &&
	deploy 0 shop &&
	git d1 verify shop &&
	back &&
	killed before "UPDATE .*product.*json" &&
	remote "UPDATE product SET price = 99.0 WHERE id = 1" &&
	unwritten deploy 2 shop &&
	back
'

test_expect_success 'two at once from one clone' '
	held after "slug TEXT" &&
	unwritten deploy 3 shop &&
	test_line err "error: another deploy to this database is under way here" &&
	test_expect_exit 2 git d1 deploy --plan &&
	test_line err "warning: a deploy to shop/remote is under way here" &&
	go_on &&
	git d1 verify shop &&
	no_record
'

test_expect_success 'who takes it back meanwhile leaves its record' '
	back &&
	held after "slug TEXT" &&
	back &&
	test_line err "warning: another deploy to this database is under way here" &&
	test_must_fail no_record &&
	standin_release &&
	{ wait $pid || :; }
'

test_expect_success 'two at once from two clones' '
	back &&
	git clone -q . other &&
	held after "slug TEXT" &&
	(cd other && deploy 2 shop) &&
	go_on &&
	git d1 verify shop
'

test_done
