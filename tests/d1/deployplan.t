#!/bin/sh

test_description='git d1 deploy: what was reviewed is what runs

The digest of a plan is the same wherever the same would be done, and another one
as soon as something else would be.'

. "$(dirname "$0")/../cli/lib.sh"
. "$TOP_SRCDIR/tests/d1/deploys.sh"

empty_database shop

# digest [ARGUMENTS...]: of the plan.
digest () {
	git d1 deploy --plan "$@" >planned &&
	sed -n "s/^digest //p" planned
}

# alike COMMAND...: it prints the digest in the file "digest".
alike () {
	"$@" >actual &&
	test_cmp digest actual
}

# another COMMAND...: it prints a digest, but not that one.
another () {
	"$@" >actual &&
	grep "^sha256:" actual &&
	! cmp -s digest actual
}

test_expect_success 'set up' '
	make_project &&
	cat >migrations/0001_init.sql <<-\EOF &&
	CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT, price REAL);
	CREATE TABLE sale(id INTEGER PRIMARY KEY,
		product INTEGER REFERENCES product(id) ON DELETE CASCADE);
	EOF
	git d1 init &&
	git config -f .d1config table.product.track true &&
	build "INSERT INTO product VALUES(1, '\''a'\'', 1.5), (2, '\''b'\'', 1e300),
		(3, '\''c'\'', 0.1)" &&
	commit_all first &&
	deploy 0 shop &&
	remote "INSERT INTO sale VALUES(1, 1), (2, 3)" &&
	build "INSERT INTO product VALUES(1, '\''A'\'', 1.25), (2, '\''b'\'', 1.5e-9)" &&
	commit_all second &&
	digest >digest &&
	sed "/^besides/!d;s/[0-9a-f]\{64\}/DIGEST/" planned >actual &&
	cat >expect <<-\EOF &&
	besides: sale id=2 is deleted by a foreign key
	besides sha256:DIGEST
	EOF
	test_cmp expect actual
'

test_expect_success 'it is the same elsewhere' '
	git clone -q . "another place" &&
	git clone -q --bare . bare.git &&
	(cd "another place" && digest) >actual &&
	test_cmp digest actual &&
	(cd migrations && digest) >actual &&
	test_cmp digest actual &&
	rm migrations/planned &&
	alike env TZ=Asia/Tokyo LC_ALL=de_DE.UTF-8 sh -c \
		"git d1 deploy --plan 2>err | sed -n \"s/^digest //p\"" &&
	git config --global color.ui always &&
	git config --global core.autocrlf true &&
	git config --global core.quotePath false &&
	git config --global diff.context 0 &&
	alike digest &&
	git config --global --unset color.ui &&
	git config --global --unset core.autocrlf &&
	alike digest shop &&
	alike digest B_shop &&
	alike digest shop/remote --from=main --no-limit --losses=ok
'

test_expect_success 'the work tree is no part of it' '
	echo "CREATE TABLE x(y);" >migrations/0002_x.sql &&
	sed -i "s/'\''A'\''/'\''Z'\''/" d1/shop/data/product.sql &&
	alike digest &&
	git add -A &&
	alike digest &&
	git rm -q -f migrations/0002_x.sql &&
	git checkout -q HEAD d1
'

test_expect_success 'the command is part of it, and need not be here' '
	another digest -- nowhere/to/be/found &&
	test_line planned "command nowhere/to/be/found" &&
	digest -- true a b >one &&
	digest -- true "a b" >two &&
	! cmp one two &&
	another digest --undo-on-failure &&
	test_line planned "undo on failure" &&
	unwritten deploy 3 shop --expect-plan "$(cat digest)" -- true &&
	unwritten deploy 3 shop --expect-plan "$(cat digest)" --undo-on-failure
'

test_expect_success 'so are the rows, the commit, and what foreign keys do' '
	remote "UPDATE product SET name = '\''c'\'' WHERE id = 2" &&
	test_expect_code 2 git d1 deploy --plan &&
	remote "DELETE FROM product WHERE id = 2" &&
	another digest &&
	remote "INSERT INTO product VALUES(2, '\''b'\'', 1e300)" &&
	remote "UPDATE sale SET id = 5 WHERE id = 2" &&
	another digest &&
	remote "UPDATE sale SET id = 2 WHERE id = 5" &&
	alike digest &&
	git commit -q --allow-empty -m same &&
	another digest &&
	alike digest --from=HEAD~1 &&
	git reset -q --hard HEAD~1
'

test_expect_success 'and all of many rows that foreign keys delete' '
	remote "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n
		WHERE i < 150) INSERT INTO sale SELECT i, 3 FROM n" &&
	digest >many &&
	remote "UPDATE sale SET id = 1000 WHERE id = 150" &&
	digest >more &&
	! cmp many more &&
	remote "DELETE FROM sale WHERE id >= 100" &&
	alike digest
'

test_expect_success 'what comes after the look' '
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",\"path\":\"bookmark\",\"skip\":1,
		\"sql\":\"UPDATE product SET name = '\''?'\'' WHERE id = 1\"}" &&
	deploy 2 shop --expect-plan "$(cat digest)" &&
	test_line err "nothing was written" &&
	remote "UPDATE product SET name = '\''a'\'' WHERE id = 1" &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",\"path\":\"bookmark\",\"skip\":1,
		\"sql\":\"INSERT INTO sale VALUES(7, 3)\"}" &&
	deploy 3 shop --expect-plan "$(cat digest)" &&
	test_line err "error: what foreign keys do besides is not what the plan says" &&
	test_line err "nothing was written" &&
	holds "SELECT * FROM sale" <<-\EOF &&
	[1,1]
	[2,3]
	[7,3]
	EOF
	remote "DELETE FROM sale WHERE id = 7" &&
	alike digest
'

test_expect_success 'a token that may read is enough for a plan' '
	CLOUDFLARE_API_TOKEN=read-only-token &&
	alike digest &&
	deploy 4 shop --expect-plan "$(cat digest)" &&
	test_line err "nothing was written" &&
	standin_env
'

test_expect_success 'rows that are seen only after a migration' '
	cat >migrations/0002_color.sql <<-\EOF &&
	ALTER TABLE product ADD color TEXT;
	CREATE TABLE tag(id INTEGER PRIMARY KEY, name TEXT, stock INTEGER);
	EOF
	git config -f .d1config table.tag.track true &&
	git config -f .d1config table.tag.ignoreColumns stock &&
	git config -f .d1config table.tag.key name &&
	build "INSERT INTO product VALUES(1, '\''A'\'', 1.25, '\''red'\''),
		(2, '\''b'\'', 1.5e-9, '\''blue'\''); INSERT INTO tag VALUES(1, '\''x'\'', 7)" &&
	commit_all third &&
	digest >digest &&
	sed -n "/^migration/,/^diff/p" planned >out &&
	says out <<-\EOF &&
	migration 0002_color.sql sha256:DIGEST
	rows product
	rows tag by name but for stock
	diff --d1 shop/product
	EOF
	alike digest &&
	(cd "another place" && git pull -q && digest) >actual &&
	test_cmp digest actual &&
	another digest --base HEAD~2 &&
	test_line planned "base $(git rev-parse HEAD~2)" &&
	git config -f .d1config table.product.ignoreColumns color &&
	another digest &&
	test_line planned "rows product but for color" &&
	git checkout -q .d1config &&
	git config -f .d1config d1.excludeTables tag &&
	another digest &&
	git checkout -q .d1config
'

test_expect_success 'the plan that was reviewed is carried out' '
	deploy 0 shop --expect-plan "$(cat digest)" &&
	holds "SELECT * FROM product" <<-\EOF &&
	[1,"A",1.25,"red"]
	[2,"b",1.5e-9,"blue"]
	EOF
	git d1 verify shop
'

test_done
