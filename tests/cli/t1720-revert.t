#!/bin/sh

test_description='git d1 revert: what a patch or a commit did is taken back'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

# rows: those of the local database.
rows () {
	sqlite3 "$(local_database .)" "SELECT id, name, price FROM products"
}

# keep MESSAGE SQL: runs it, takes a snapshot and commits.
keep () {
	sqlite3 "$(local_database .)" "$2" &&
	git-d1 snapshot -q &&
	git add -A &&
	test_tick &&
	git commit -q -m "$1" &&
	git tag "$1"
}

test_expect_success 'set up' '
	git init -q . &&
	make_wrangler_project . "CREATE TABLE products(id INTEGER PRIMARY KEY,
		name TEXT, price REAL, note TEXT);" &&
	printf "%s\n" "/*" "!/d1" "!/.[dgx]*" >.gitignore &&
	git-d1 init >/dev/null 2>&1 &&
	git-d1 track products >/dev/null 2>&1 &&
	keep one "INSERT INTO products VALUES(1, '\''Pot'\'', 1.5, NULL), (2, '\''Mug'\'', 8, '\''a
b
c
d
e
'\'')" &&
	keep two "UPDATE products SET price = 9 WHERE id = 2;
		INSERT INTO products VALUES(3, '\''Sieve'\'', 3.25, NULL)" &&
	keep three "UPDATE products SET note = replace(note, '\''b'\'', '\''B'\'') WHERE id = 2"
'

test_expect_success 'a commit is taken back, and later ones stay' '
	git-d1 revert two >actual &&
	echo "products: 0 inserted, 1 updated, 1 deleted" >expect &&
	test_cmp expect actual &&
	printf "%s\n" "1|Pot|1.5" "2|Mug|8.0" >expect &&
	rows >actual &&
	test_cmp expect actual &&
	sqlite3 "$(local_database .)" "SELECT note FROM products WHERE id = 2" >actual &&
	printf "%s\n" a B c d e "" >expect &&
	test_cmp expect actual &&
	git-d1 revert two >actual &&
	echo "already applied: shop/local is as two found it" >expect &&
	test_cmp expect actual
'

test_expect_success 'rows that were changed since are named' '
	git-d1 restore --force three >/dev/null &&
	sqlite3 "$(local_database .)" "UPDATE products SET price = 10 WHERE id = 2" &&
	test_expect_exit 2 git-d1 revert two >actual &&
	test_must_be_empty actual &&
	cat >expect <<-\EOF &&
	value differs: products id=2: price is 10.0, not 9.0
	error: two: 1 of 2 hunks does not apply to shop/local; nothing was written
	hint: --3way merges what can be merged
	EOF
	test_cmp expect err &&
	printf "%s\n" "1|Pot|1.5" "2|Mug|10.0" "3|Sieve|3.25" >expect &&
	rows >actual &&
	test_cmp expect actual
'

test_expect_success '--3way merges lines, with the commit as base' '
	sqlite3 "$(local_database .)" "UPDATE products SET note = replace(note, '\''e'\'', '\''E'\'')" &&
	test_expect_exit 2 git-d1 revert three &&
	git-d1 revert --3way three &&
	sqlite3 "$(local_database .)" "SELECT note FROM products WHERE id = 2" >actual &&
	printf "%s\n" a b c d E "" >expect &&
	test_cmp expect actual
'

test_expect_success 'a root commit, a commit without rows, a merge' '
	git-d1 restore --force one >/dev/null &&
	git-d1 revert --check one >actual &&
	echo "products: 0 inserted, 0 updated, 2 deleted" >expect &&
	test_cmp expect actual &&
	test_commit other .x &&
	git-d1 revert other >actual &&
	echo "other changes no row of shop" >expect &&
	test_cmp expect actual &&
	git-d1 restore --force three >/dev/null &&
	git switch -q -c side two &&
	git-d1 restore --force >/dev/null &&
	keep four "UPDATE products SET price = 4 WHERE id = 3" &&
	git switch -q main &&
	git merge -q -m merge side &&
	git-d1 restore --force >/dev/null &&
	test_expect_exit 129 git-d1 revert HEAD &&
	test_line err "error: '\''HEAD'\'' is a merge" &&
	git-d1 revert -m 1 HEAD >actual &&
	echo "products: 0 inserted, 1 updated, 0 deleted" >expect &&
	test_cmp expect actual &&
	test_expect_exit 129 git-d1 revert -m 3 HEAD &&
	test_expect_exit 129 git-d1 revert -m 1 two
'

test_expect_success 'a patch' '
	git-d1 restore --force two >/dev/null &&
	git-d1 diff one two >p.patch &&
	git-d1 apply --stat p.patch >actual &&
	cat >expect <<-\EOF &&
	 products | 2 +~
	 1 table changed, 1 insertion(+), 1 update(~)
	EOF
	test_cmp expect actual &&
	git-d1 revert p.patch >actual &&
	echo "products: 0 inserted, 1 updated, 1 deleted" >expect &&
	test_cmp expect actual &&
	test_expect_exit 128 git-d1 revert nothing &&
	test_line err "fatal: '\''nothing'\'' is neither a commit nor a patch" &&
	git tag p.patch &&
	test_expect_exit 129 git-d1 revert p.patch &&
	test_line err "error: ambiguous argument '\''p.patch'\'': both revision and filename"
'

test_expect_success 'a patch for another database' '
	git tag -d p.patch &&
	git-d1 restore --force two >/dev/null &&
	rows >before &&
	sed "s,^diff --d1 shop/,diff --d1 crm/," p.patch >crm.patch &&
	! test_cmp p.patch crm.patch >differences &&
	test_expect_exit 3 git-d1 revert crm.patch &&
	cat >expect <<-\EOF &&
	error: crm.patch:1: the patch is for database '\''crm'\'', and shop/local is another
	hint: if it is meant, name the database: --to shop/local
	EOF
	test_cmp expect err &&
	rows >actual &&
	test_cmp before actual &&
	git-d1 revert --to shop/local crm.patch >actual &&
	echo "products: 0 inserted, 1 updated, 1 deleted" >expect &&
	test_cmp expect actual &&
	printf "%s\n" "1|Pot|1.5" "2|Mug|8.0" >expect &&
	rows >actual &&
	test_cmp expect actual
'

test_done
