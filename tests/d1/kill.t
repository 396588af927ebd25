#!/bin/sh

test_description='git d1 apply --to remote leaves all or nothing when it is killed

It is killed while it waits for the reply to each of its calls in turn, which
was carried out or was not.'

. "$(dirname "$0")/pairsetup.sh"

database shop <<\EOF
CREATE TABLE p(id INTEGER PRIMARY KEY, u UNIQUE, v);
CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p(id) ON DELETE CASCADE);
CREATE TABLE log(m);
INSERT INTO p SELECT value, value, value FROM generate_series(1, 100);
INSERT INTO c SELECT value, value FROM generate_series(1, 100);
INSERT INTO log VALUES('a'), ('a'), ('b');
--
UPDATE p SET u = -u, v = v + 1 WHERE id < 50;
DELETE FROM c WHERE id > 90;
DELETE FROM p WHERE id > 90;
INSERT INTO p SELECT value, value, 0 FROM generate_series(101, 120);
DELETE FROM log WHERE m = 'b';
INSERT INTO log VALUES('a');
EOF

# entries STATE: those of the journal.
entries () {
	ls .local/state/git-d1 2>/dev/null | sed -n "s/\.$1$//p"
}

test_expect_success 'set up' '
	make_config &&
	start &&
	standin_env &&
	cp "$(local_database remote id-shop)" old.sqlite &&
	git-d1 diff shop/remote ./shop.sqlite >p &&
	git-d1 apply --check --to shop/remote p >would &&
	standin_clear_log &&
	git-d1 apply --no-limit --to shop/remote p &&
	standin_log >log &&
	wc -l <log >calls &&
	test "$(cat calls)" -gt 8 &&
	git-d1 apply --no-limit -R --to shop/remote p &&
	: >seen
'

# killed_at CALL: while it waits for the reply to that one. The database is as
# it was or as it is to be, and the next run says which, if there is an entry.
killed_at () {
	rm -rf .local &&
	standin_fault "{\"kind\":\"hold\",\"skip\":$1,\"when\":\"after\"}" &&
	killed_when_held git-d1 apply --no-limit --to shop/remote p &&
	test_must_be_empty out &&
	pending=$(entries pending) &&
	if git-d1 diff --exit-code shop/remote ./old.sqlite >difference
	then
		is=old said="nothing of it was written" &&
		cp would expect
	else
		is=new said="it was carried out" &&
		git-d1 diff --exit-code shop/remote ./shop.sqlite &&
		echo "already applied: shop/remote is as p leaves it" >expect
	fi &&
	git-d1 apply --check --to shop/remote p >out 2>err &&
	test_cmp expect out &&
	: >expect &&
	if test -n "$pending"
	then
		echo "warning: git d1 apply ($pending) was not seen to end: $said" >expect
	fi &&
	test_cmp expect err &&
	test -z "$(entries pending)" &&
	echo "$is${pending:+ pending}" >>seen &&
	if test $is = new
	then
		git-d1 undo --no-limit shop/remote &&
		git-d1 diff --exit-code shop/remote ./old.sqlite
	fi
}

for call in $(seq 0 $(($(cat calls) - 1)))
do
	test_expect_success "killed at call $call" 'killed_at $call'
done

test_expect_success 'before the entry, before the write and after it' '
	sort -u seen >actual &&
	printf "%s\n" "new pending" old "old pending" >expect &&
	test_cmp expect actual
'

test_expect_success 'no token is shown or kept' '
	! grep -r "dummy-token" .local out err
'

test_done
