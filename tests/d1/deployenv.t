#!/bin/sh

test_description='git d1 deploy: several databases, and environments

Whatever is said of a database names that one: who follows a hint must not write
another.'

. "$(dirname "$0")/../cli/lib.sh"
. "$TOP_SRCDIR/tests/d1/deploys.sh"

for name in shop stock staging
do
	empty_database $name
done

# in_git NAME FOLDER SQL: the snapshot of the database.
in_git () {
	file=$(local_database . id-$1) &&
	mkdir -p "$(dirname "$file")" &&
	cat $2/*.sql | sqlite3 "$file" &&
	sqlite3 "$file" "$3" &&
	git d1 snapshot $1/local
}

# There is a call for this database, and none for another.
asked () {
	standin_log | sed -n "s/.*\/database\/\(id-[a-z]*\)\/.*/\1/p" |
		sort -u >actual &&
	echo "$1" >expect &&
	test_cmp expect actual
}

test_expect_success 'set up' '
	make_project &&
	cat >wrangler.jsonc <<-\EOF &&
	{ "name": "worker", "d1_databases": [
	{ "binding": "DB", "database_name": "shop", "database_id": "id-shop" },
	{ "binding": "STOCK", "database_name": "stock",
		"database_id": "id-stock", "migrations_dir": "stock" }],
	"env": { "staging": { "d1_databases": [
	{ "binding": "DB", "database_name": "shop-staging",
		"database_id": "id-staging" }] } } }
	EOF
	printf "%s\n" "!/stock/" "!/stock/*" >>.gitignore &&
	mkdir stock &&
	echo "CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT);" \
		>migrations/0001_init.sql &&
	echo "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT);" \
		>stock/0001_init.sql &&
	git d1 init &&
	git config -f .d1config table.product.track true &&
	git config -f .d1config table.item.track true &&
	in_git shop migrations "INSERT INTO product VALUES(1, '\''a'\'')" &&
	in_git stock stock "INSERT INTO item VALUES(1, '\''a'\'')" &&
	commit_all first
'

test_expect_success 'one of several must be named' '
	deploy 128 &&
	test_line err "hint: databases here: shop (binding DB), stock (binding STOCK)" &&
	deploy 128 shop-staging &&
	test_line err "hint: environment staging has it: use --env staging"
'

test_expect_success 'without a name, the hint has that of the environment' '
	deploy 3 --env staging &&
	test_line err "hint: name it: git d1 deploy shop/remote@staging"
'

test_expect_success 'only the one that is named is written' '
	standin_clear_log &&
	deploy 0 shop --env staging &&
	test_line err "writing shop/remote@staging: database shop-staging, id id-staging, account acc123, environment staging" &&
	asked id-staging &&
	standin_clear_log &&
	deploy 0 shop &&
	asked id-shop &&
	standin_clear_log &&
	deploy 0 STOCK &&
	asked id-stock &&
	git d1 verify &&
	git d1 verify --env staging
'

test_expect_success 'what is behind, and its plan, by any name' '
	sed -i "s/'\''a'\''/'\''b'\''/" d1/shop/data/product.sql &&
	commit_all second &&
	test_expect_exit 1 git d1 verify --env staging >out &&
	test_line out "    -> git d1 deploy shop/remote@staging" &&
	git d1 deploy --plan --env staging >plan &&
	git d1 deploy --plan shop/remote@staging >actual &&
	test_cmp plan actual &&
	CLOUDFLARE_ENV=staging git d1 deploy --plan DB >actual &&
	test_cmp plan actual &&
	deploy 3 shop --expect-plan "$(sed -n "s/^digest //p" plan)" &&
	deploy 0 shop/remote@staging \
		--expect-plan "$(sed -n "s/^digest //p" plan)"
'

test_expect_success 'what drifted there' '
	standin_sql staging "UPDATE product SET name = '\''z'\''" &&
	deploy 2 --env staging shop &&
	sed -n "/drift/,\$p" err >actual &&
	cat >expect <<-\EOF &&
	  drift: product: 1 row changed in production
	    ~ id=1: name
	    -> git d1 snapshot shop/remote@staging && git add d1/shop && git commit
	blocked: 1 drift; next: git d1 snapshot shop/remote@staging && git add d1/shop && git commit
	error: 1 row was changed in shop/remote@staging, and no commit has it; nothing was written
	hint: take what is there, as said above, or overwrite with --base=<revision> what is as in that revision
	EOF
	test_cmp expect actual &&
	standin_sql staging "UPDATE product SET name = '\''b'\''"
'

test_expect_success 'the ways back have the environment' '
	sed -i "s/'\''b'\''/'\''c'\''/" d1/shop/data/product.sql &&
	commit_all third &&
	deploy 6 --env staging shop -- false &&
	back=$(sed -n "s/^to go back: //p" err) &&
	case $back in
	"git d1 deploy --undo shop/remote@staging 2"*) ;;
	*) false ;;
	esac &&
	$back &&
	standin_sql staging "SELECT name FROM product" >actual &&
	echo "[\"b\"]" >expect &&
	test_cmp expect actual
'

test_done
