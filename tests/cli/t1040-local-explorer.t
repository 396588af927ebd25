#!/bin/sh

test_description='reading D1 through the Local Explorer of a real wrangler dev'

. "$(dirname "$0")/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"

test_needs engine

. "$STANDIN_SRCDIR/dev.sh"

ID=$TEST_DATABASE_ID

# The reader that is linked with git-d1's own client.
read_explorer () {
	"$TOP_BUILDDIR/tests/d1/readexplorer" "http://127.0.0.1:$PORT" \
		"$ID" "$1"
}

cat >hard.sql <<'EOF'
CREATE TABLE vals(id INTEGER PRIMARY KEY, v);
INSERT INTO vals VALUES(1, 9223372036854775807), (2, 1.0), (3, -0.0),
	(4, 5e-324), (5, 9e999), (6, CAST(x'61006200' AS TEXT)), (7, NULL),
	(8, char(65533)), (9, x'00ff'), (10, 0.1), (11, CAST(x'ff' AS TEXT)),
	(12, replace(hex(zeroblob(200000)), '00', char(228)));
CREATE TABLE lines(city TEXT, ref TEXT COLLATE NOCASE, n,
	PRIMARY KEY(city, ref)) WITHOUT ROWID;
INSERT INTO lines VALUES('berlin', 'M44', 1);
CREATE TABLE nokey(a, b);
INSERT INTO nokey VALUES(1, 2), (1, 2), (3, NULL);
CREATE TABLE empty(id INTEGER PRIMARY KEY);
EOF

test_expect_success SQLITE3 'a project with hard values, and wrangler dev' '
	make_wrangler_project shop "$(cat hard.sql)" &&
	cp "$(local_database shop)" copy.sqlite &&
	echo "export default { fetch() { return new Response(\"\"); } };" \
		>shop/index.mjs &&
	start_wrangler shop
'

test_expect_success SQLITE3 'every value is read exactly' '
	echo "compared 4, not compared 0" >expect &&
	read_explorer copy.sqlite >actual &&
	test_cmp expect actual
'

test_expect_success SQLITE3 'differences are found' '
	sqlite3 copy.sqlite "
		UPDATE vals SET v = 1 WHERE id = 2;
		INSERT INTO nokey VALUES(1, 2);
		DELETE FROM lines" &&
	cat >expect <<-\EOF &&
	0	0	1	lines
	1	0	0	nokey
	0	1	0	vals
	compared 4, not compared 0
	EOF
	read_explorer copy.sqlite >actual &&
	test_cmp expect actual
'

test_done
