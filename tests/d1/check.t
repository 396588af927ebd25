#!/bin/sh

test_description='git d1 check against production: what is pending, what drifted'

. "$(dirname "$0")/../cli/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"
. "$STANDIN_SRCDIR/pairs.sh"

pairs_skip
test -z "$skip_all" || test_done

database shop <<\EOF
CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT, price REAL);
CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT UNIQUE,
	applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);
INSERT INTO d1_migrations(name) VALUES('0001_init.sql');
INSERT INTO product VALUES(1, 'Teapot', 24.5), (2, 'Mug', 8.0), (3, 'Cup', 3.0);
EOF

# check CODE [ARGUMENTS...]: ends with that code and prints what standard input
# says, and nothing on standard error.
check () {
	cat >expect &&
	code=$1 &&
	shift &&
	test_expect_exit "$code" git d1 check "$@" >actual &&
	test_cmp expect actual &&
	test_must_be_empty err
}

commit_all () {
	git add -A && git commit -q -m "$1"
}

# remote SQL: in production.
remote () {
	standin_sql shop "$1" >/dev/null
}

test_expect_success 'set up' '
	git init -q . &&
	printf "%s\n" "*" "!/.gitignore" "!/.gitattributes" "!/.d1config" \
		"!/d1/" "!/d1/**" "!/migrations/" "!/migrations/*" \
		"!/wrangler.jsonc" >.gitignore &&
	make_config &&
	start &&
	standin_env &&
	mkdir migrations &&
	echo "CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT, price REAL);" \
		>migrations/0001_init.sql &&
	git d1 init &&
	git config -f .d1config table.product.track true
'

test_expect_success 'production is as the commit has it' '
	git d1 snapshot shop/remote &&
	commit_all first &&
	check 0 <<-\EOF
	shop snapshot: fine
	shop migrations: fine
	shop schema: fine
	shop rehearsal: skipped: no migration is pending
	shop data: fine
	shop types: fine
	fine
	EOF
'

test_expect_success 'rows that the commit brings are pending' '
	sed -e "s/8\.0/9.5/" -e "/Cup/d" d1/shop/data/product.sql >new &&
	cat >>new <<-\EOF &&
	INSERT INTO "product" VALUES(4,'\''Sieve'\'',3.25);
	EOF
	mv new d1/shop/data/product.sql &&
	commit_all second &&
	check 1 --only=data <<-\EOF &&
	shop data: blocked
	  pending: product: 3 rows to be written
	    ~ id=2: price
	    - id=3
	    + id=4
	    -> git d1 deploy shop
	blocked: 1 pending; next: git d1 deploy shop
	EOF
	check 0 --only=data --pending=ok --show-values <<-\EOF
	shop data: fine
	  pending: product: 3 rows to be written
	    ~ id=2: price is 8.0, in the commit 9.5
	    - id=3
	    + id=4
	    -> git d1 deploy shop
	fine: 1 pending; next: git d1 deploy shop
	EOF
'

test_expect_success 'what somebody changed in production is drift' '
	remote "UPDATE product SET name = '\''Pot'\'' WHERE id = 1" &&
	remote "INSERT INTO product VALUES(9, '\''Own'\'', 1.0)" &&
	check 1 --only=data --pending=ok <<-\EOF
	shop data: blocked
	  pending: product: 3 rows to be written
	    ~ id=2: price
	    - id=3
	    + id=4
	    -> git d1 deploy shop
	  drift: product: 1 row changed in production
	    ~ id=1: name
	    -> git d1 pull shop && git d1 snapshot shop/local && git add d1/shop && git commit
	blocked: 1 drift, 1 pending; next: git d1 pull shop && git d1 snapshot shop/local && git add d1/shop && git commit
	EOF
'

# next_of COMMAND...: runs what the last line of its output says.
next_of () {
	"$@" | tail -n 1 | sed "s/.*; next: //" >mend.sh &&
	GIT_EDITOR="echo mended >" sh mend.sh
}

test_expect_success 'the commands of the last line mend both' '
	git clone -q . mending && (
		cd mending && git d1 restore >/dev/null &&
		next_of git d1 check --only=data >/dev/null &&
		check 1 --only=data <<-\EOF &&
		shop data: blocked
		  pending: product: 3 rows to be written
		    ~ id=2: price
		    - id=3
		    + id=4
		    -> git d1 deploy shop
		blocked: 1 pending; next: git d1 deploy shop
		EOF
		git reset -q --hard HEAD~2 &&
		next_of git d1 check --only=data >/dev/null &&
		check 0 --only=data <<-\EOF
		shop data: fine
		fine
		EOF
	) && rm -rf mending
'

test_expect_success 'a base in place of the history' '
	check 1 --only=data --base=HEAD <<-\EOF &&
	shop data: blocked
	  drift: product: 3 rows changed in production
	    ~ id=1: name
	    ~ id=2: price
	    + id=4
	    -> git d1 snapshot shop/remote && git add d1/shop && git commit
	blocked: 1 drift; next: git d1 snapshot shop/remote && git add d1/shop && git commit
	EOF
	test_expect_exit 1 git d1 check --only=data --base=HEAD~1 >actual &&
	test_line actual "blocked: 1 drift, 1 pending; next: git d1 pull shop && git d1 snapshot shop/local && git add d1/shop && git commit"
'

test_expect_success 'in a shallow clone what is not found is said to be so' '
	git clone -q --depth 1 "file://$PWD" shallow &&
	(
		cd shallow &&
		test_expect_exit 1 git d1 check --only=data >actual &&
		grep "^  fault: product: .* of which this clone has too little history" \
			actual &&
		test_line actual "    -> git fetch --unshallow"
	)
'

test_expect_success 'migrations: pending, and applied but in no commit' '
	echo "ALTER TABLE product ADD color TEXT;" >migrations/0002_color.sql &&
	commit_all third &&
	check 1 --only=migrations,schema <<-\EOF &&
	shop migrations: blocked
	  pending: migrations/0002_color.sql: 0002_color.sql is not applied
	    -> git d1 migrations apply shop/remote
	shop schema: fine
	blocked: 1 pending; next: git d1 migrations apply shop/remote
	EOF
	remote "INSERT INTO d1_migrations(name) VALUES('\''0009_gone.sql'\'')" &&
	test_expect_exit 1 git d1 check --only=migrations --pending=ok >actual &&
	grep "^  drift: 0009_gone.sql is applied, and in no commit" actual &&
	remote "DELETE FROM d1_migrations WHERE name = '\''0009_gone.sql'\''"
'

test_expect_success 'migrations that lose rows, or do not run' '
	cat >migrations/0003_lose.sql <<-\EOF &&
	DELETE FROM product WHERE id = 2;
	EOF
	commit_all fourth &&
	check 1 --only=rehearsal <<-\EOF &&
	shop rehearsal: blocked
	  fault: product: 1 of 3 rows would vanish: id=2
	    -> keep these rows in the migration; if they may go: --losses=ok
	blocked: 1 fault; next: keep these rows in the migration; if they may go: --losses=ok
	EOF
	check 0 --only=rehearsal --losses=ok <<-\EOF &&
	shop rehearsal: fine
	  warning: product: 1 of 3 rows would vanish: id=2
	fine: 1 warning
	EOF
	printf "\nALTER TABLE nowhere ADD x;\n" >migrations/0003_lose.sql &&
	commit_all fifth &&
	test_expect_exit 1 git d1 check --only=rehearsal --losses=ok >actual &&
	grep "^  fault: .*0003_lose.sql:2: .*no such table: nowhere" actual &&
	git reset -q --hard HEAD~2
'

test_expect_success 'a schema that somebody changed' '
	remote "CREATE INDEX extra ON product(name)" &&
	test_expect_exit 1 git d1 check --only=schema >actual &&
	grep "^  drift: extra is in the database, and no migration makes this index" \
		actual &&
	remote "DROP INDEX extra"
'

test_expect_success 'without migrations the schema is that of the snapshot' '
	git rm -q -r migrations && git commit -q -m none &&
	remote "DELETE FROM d1_migrations" &&
	check 0 --only=migrations,schema <<-\EOF &&
	shop migrations: skipped: there are no migrations
	shop schema: fine
	fine
	EOF
	remote "CREATE INDEX extra ON product(name)" &&
	check 1 --only=schema <<-\EOF
	shop schema: blocked
	  drift: extra is not in the commit'\''s schema.sql
	    -> git d1 schema diff shop/remote shop/HEAD
	blocked: 1 drift; next: git d1 schema diff shop/remote shop/HEAD
	EOF
'

test_expect_success 'no token, and no server' '
	test_expect_exit 4 env -u CLOUDFLARE_API_TOKEN git d1 check \
		--only=data >actual &&
	grep "^shop data: failed: " actual &&
	standin_stop &&
	test_expect_exit 5 git d1 check --only=data >actual &&
	grep "^shop data: failed: " actual
'

test_expect_success 'nothing was written anywhere' '
	! test -e .git/d1/journal
'

test_done
