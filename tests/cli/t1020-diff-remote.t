#!/bin/sh

test_description='git d1 diff against a remote database: exact, complete, safe with faults'

. "$(dirname "$0")/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"

test_needs sqlite3 engine

# ---- the databases ----

# Values that a careless copy would change, in columns of all affinities, and
# tables of all kinds.
cat >shop.sql <<\EOF
CREATE TABLE hard(n INTEGER PRIMARY KEY, v, i INTEGER, r REAL, t TEXT, b BLOB,
	m NUMERIC);
INSERT INTO hard(v) VALUES (NULL), (''), (x''), ('0'), (0), (0.0), (-0.0), (1),
	(1.0), ('1'), (0.1), (9223372036854775807), (-9223372036854775807 - 1),
	(9007199254740993), (4.9406564584124654e-324),
	(2.2250738585072009e-308), (1.7976931348623157e308), (9e999), (-9e999),
	(0.1 + 0.2), ('a '), (CAST(x'6100' AS TEXT)),
	(CAST(x'61006200' AS TEXT)), (CAST(x'00' AS TEXT)),
	(CAST(x'ff' AS TEXT)), (CAST(x'61c3' AS TEXT)),
	(CAST(x'efbfbd' AS TEXT)), (CAST(x'c080' AS TEXT)),
	(CAST(x'eda080edb080' AS TEXT)), (CAST(x'efbbbf61' AS TEXT)),
	(CAST(x'f09f9880' AS TEXT)), (x'00ff'), (char(10)), (char(13, 10)),
	('a' || char(10) || 'b'), (char(8238)), (char(8232)),
	(hex(zeroblob(100000))), (zeroblob(500000)), (zeroblob(0));
UPDATE hard SET i = v, r = v, t = v, b = v, m = v;
CREATE TABLE composite(a TEXT, b INTEGER, v, PRIMARY KEY(a, b));
INSERT INTO composite VALUES('a', 1, 1), ('b', 1, 2), ('a', 2, 3),
	(NULL, 1, 4), (NULL, 1, 4);
CREATE TABLE folded(k TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, v);
INSERT INTO folded VALUES('a', 1), ('B', 2), ('c', 3), ('É', 4), ('_', 5);
CREATE TABLE trimmed(k TEXT COLLATE RTRIM PRIMARY KEY NOT NULL, v);
INSERT INTO trimmed VALUES('a ', 1), ('b', 2);
CREATE TABLE down(a INTEGER NOT NULL, b TEXT NOT NULL, v,
	PRIMARY KEY(a DESC, b)) WITHOUT ROWID;
INSERT INTO down VALUES(1, 'x', 1), (1, 'y', 2), (2, 'x', 3), (-5, '', 4);
CREATE TABLE bag(a, b);
INSERT INTO bag VALUES(1, 'a'), (1, 'a'), (1.0, 'a'), (NULL, x'00');
CREATE TABLE "select ""it's"""("a b" TEXT PRIMARY KEY NOT NULL, "日本", "rowid");
INSERT INTO "select ""it's""" VALUES('k', 1, 2);
CREATE TABLE made(id INTEGER PRIMARY KEY, n INTEGER, d INTEGER AS (n * 2),
	s TEXT AS (n || 'x') STORED);
INSERT INTO made(id, n) VALUES(1, 1), (2, 2);
CREATE TABLE tight(id INTEGER PRIMARY KEY, a ANY, r REAL) STRICT;
INSERT INTO tight VALUES(1, '1', 1), (2, 1, 2.5);
CREATE VIRTUAL TABLE words USING fts5(body);
INSERT INTO words VALUES('one'), ('two');
CREATE VIEW seen AS SELECT 1;
EOF

# What the local side has changed. `hard` changes in every row and column: to
# the value of the row after it.
cat >changes.sql <<\EOF
CREATE TEMP TABLE before AS SELECT * FROM hard;
UPDATE hard SET (v, i, r, t, b, m) = (SELECT v, i, r, t, b, m FROM before
	WHERE before.n = hard.n % (SELECT max(n) FROM hard) + 1);
UPDATE composite SET v = 1.0 WHERE a = 'a' AND b = 1;
INSERT INTO composite VALUES(NULL, 1, 4), ('', 0, '');
UPDATE folded SET k = 'A' WHERE k = 'a';
INSERT INTO folded VALUES('é', 6);
UPDATE trimmed SET k = 'a' WHERE v = 1;
DELETE FROM down WHERE v = 2;
UPDATE down SET v = 33 WHERE v = 3;
DELETE FROM bag WHERE rowid = 1;
INSERT INTO bag VALUES(1.0, 'a');
UPDATE "select ""it's""" SET "日本" = 1.0;
UPDATE made SET n = 3 WHERE id = 2;
UPDATE tight SET a = 1 WHERE id = 1;
UPDATE words SET body = 'zwei' WHERE rowid = 2;
EOF

# Rows of mixed widths, some of 400 KB, under each kind of key.
cat >pages.sql <<\EOF
CREATE TABLE source(i INTEGER PRIMARY KEY, v);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
INSERT INTO source SELECT i, CASE WHEN i % 6007 = 0 THEN hex(zeroblob(200000))
	WHEN i % 101 = 0 THEN hex(zeroblob(i % 4000)) ELSE i END FROM n;
CREATE TABLE wide(id INTEGER PRIMARY KEY, v);
INSERT INTO wide SELECT * FROM source;
DROP TABLE source;
CREATE TABLE integers(id INTEGER PRIMARY KEY, v);
CREATE TABLE texts(k TEXT PRIMARY KEY NOT NULL, v);
CREATE TABLE pairs(a TEXT NOT NULL, b INTEGER NOT NULL, v, PRIMARY KEY(a, b));
CREATE TABLE folded(k TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, v);
CREATE TABLE down(k TEXT NOT NULL, v, PRIMARY KEY(k DESC)) WITHOUT ROWID;
CREATE TABLE bag(k, v);
INSERT INTO integers SELECT id, id FROM wide;
INSERT INTO texts SELECT 'k' || id, id FROM wide;
INSERT INTO pairs SELECT 'k' || (id % 50), id, id FROM wide;
INSERT INTO folded SELECT CASE id % 2 WHEN 0 THEN 'k' ELSE 'K' END || id, id
	FROM wide;
INSERT INTO down SELECT 'k' || id, id FROM wide;
INSERT INTO bag SELECT id % 100, id FROM wide;
EOF

ID=$TEST_DATABASE_ID
PAGES_ID=22222222-2222-4333-8444-555555555555

cat >project.jsonc <<EOF
{ "d1_databases": [
	{ "binding": "DB", "database_name": "shop", "database_id": "$ID" },
	{ "binding": "PAGES", "database_name": "pages",
		"database_id": "$PAGES_ID" }
] }
EOF

# place DIR ID SQL-FILE...: a database where wrangler, or the stand-in, in DIR
# looks for it.
place () {
	file=$(local_database "$1" "$2") &&
	shift 2 &&
	mkdir -p "$(dirname "$file")" &&
	cat "$@" | sqlite3 -bail "$file"
}

diff_shop () {
	git-d1 diff shop/remote shop/local "$@"
}

test_expect_success 'set up' '
	cp project.jsonc wrangler.jsonc &&
	place . $ID shop.sql changes.sql &&
	place . $PAGES_ID pages.sql &&
	place remote $ID shop.sql &&
	place remote $PAGES_ID pages.sql &&
	cp "$(local_database . $ID)" local.sqlite &&
	cp "$(local_database remote $ID)" before.sqlite &&
	standin_start --persist remote/.wrangler/state --database shop=$ID \
		--database pages=$PAGES_ID &&
	standin_env
'

# ---- exact ----

test_expect_success 'the remote database is what its file is' '
	git-d1 diff --exit-code ./before.sqlite shop/remote >out &&
	sed -n "s/^not compared: //p" out >actual &&
	echo "a view" >expect &&
	test_cmp expect actual
'

test_expect_success 'the same difference as between the two files' '
	git-d1 diff ./before.sqlite ./local.sqlite |
	sed -e "s,^--- .*,--- shop/remote," -e "s,^+++ .*,+++ shop/local," \
		-e "s,^diff --d1 ,diff --d1 shop/," >expect &&
	diff_shop >actual &&
	test $(grep -c -a "^@@ ~ n=" actual) = 40 &&
	cmp expect actual &&
	git-d1 diff --json=lines ./before.sqlite ./local.sqlite >expect &&
	diff_shop --json=lines >actual &&
	cmp expect actual
'

# Whatever is no key, in tables of every kind, with a key and without.
MASKS="-c d1.table.*.maskColumns=v,i,r,t,m,s,body,日本
	-c d1.table.hard.maskColumns=b -c d1.table.bag.maskColumns=a,b"

test_expect_success 'the masks of remote values are those of local ones' '
	git $MASKS d1 diff --exit-code ./before.sqlite shop/remote -- hard \
		composite folded trimmed down bag "select \"it'\''s\"" made words &&
	(
		GIT_D1_MASK_KEY=0123456789abcdef &&
		export GIT_D1_MASK_KEY &&
		git $MASKS d1 diff --json=lines ./before.sqlite \
			./local.sqlite >expect &&
		git $MASKS d1 diff --json=lines shop/remote shop/local >actual
	) &&
	grep -c masked- expect &&
	cmp expect actual &&
	diff_shop --numstat >expect &&
	git $MASKS d1 diff --numstat shop/remote shop/local >actual &&
	test_cmp expect actual
'

test_expect_success '-R, and the other way around' '
	git-d1 diff -R shop/remote shop/local >expect &&
	git-d1 diff shop/local shop/remote >actual &&
	cmp expect actual
'

test_expect_success '--where, --key and -- TABLE... reach the server' '
	standin_clear_log &&
	diff_shop --numstat --key=12 -- hard >actual &&
	printf "0\t1\t0\thard\n" >expect &&
	test_cmp expect actual &&
	diff_shop --numstat --where="v = 33 OR v = 3" -- down >actual &&
	printf "0\t1\t0\tdown\n" >expect &&
	test_cmp expect actual &&
	diff_shop --numstat --key="A" -- folded >actual &&
	printf "0\t1\t0\tfolded\n" >expect &&
	test_cmp expect actual
'

test_expect_success 'nothing is sent but SELECT' '
	standin_clear_log &&
	diff_shop >out &&
	standin_log >log &&
	test -s log &&
	test_must_fail grep -a -i -E \
		"\"sql\\\\*\": *\\\\*\"(insert|update|delete|create|drop|pragma|alter|replace)" log &&
	test_must_fail grep -a -e /import -e /export -e /query log
'

test_expect_success 'a token that may only read is enough' '
	CLOUDFLARE_API_TOKEN=read-only-token diff_shop >actual &&
	git-d1 diff shop/remote shop/local >expect &&
	cmp expect actual
'

# ---- faults ----

# survives FAULT...: the difference is right in spite of it, and it happened.
survives () {
	standin_no_faults &&
	standin_fault "$1" &&
	diff_shop >actual &&
	cmp right actual &&
	test "$(standin_faults_left)" = "[]"
}

# ends CODE TEXT HINT FAULT: no difference is shown, but a message.
ends () {
	standin_no_faults &&
	standin_fault "$4" &&
	test_expect_exit $1 git-d1 diff shop/remote shop/local >out &&
	test_must_be_empty out &&
	grep -F -e "$2" err &&
	grep "^hint: " err >hints &&
	grep -F -e "$3" hints &&
	test_must_fail grep -F dummy-token err
}

test_expect_success 'what is right' '
	diff_shop >right
'

test_expect_success 'a passing fault costs nothing but time' '
	survives "{\"kind\":\"rate-limited\",\"retry_after\":1,\"path\":\"raw\"}" &&
	survives "{\"kind\":\"overloaded\",\"skip\":1}" &&
	survives "{\"kind\":\"internal-error\",\"skip\":2}" &&
	survives "{\"kind\":\"gateway-timeout\",\"path\":\"raw\"}" &&
	survives "{\"kind\":\"html\",\"path\":\"raw\"}" &&
	survives "{\"kind\":\"empty\",\"path\":\"raw\",\"skip\":1}" &&
	survives "{\"kind\":\"half-json\",\"path\":\"raw\",\"skip\":1}"
'

test_expect_success 'a reply lost or cut, before and after the engine ran' '
	survives "{\"kind\":\"drop\",\"path\":\"raw\",\"skip\":1}" &&
	survives "{\"kind\":\"drop\",\"path\":\"raw\",\"when\":\"after\"}" &&
	survives "{\"kind\":\"cut\",\"path\":\"raw\",\"skip\":2}" &&
	survives "{\"kind\":\"stall\",\"path\":\"raw\",\"ms\":500}" &&
	survives "{\"kind\":\"slow\",\"path\":\"raw\",\"ms\":500}"
'

test_expect_success 'no permission' '
	ends 4 "does not accept the API token" "CLOUDFLARE_API_TOKEN" \
		"{\"kind\":\"unauthorized\",\"times\":0}" &&
	ends 4 "D1 Read" "Account / D1 / Read" \
		"{\"kind\":\"forbidden\",\"times\":0}" &&
	ends 4 "D1 Read" "Account / D1 / Read" \
		"{\"kind\":\"forbidden-permission\",\"times\":0}" &&
	ends 4 "not valid for account '\''acc123'\''" "account_id" \
		"{\"kind\":\"no-account\",\"times\":0}"
'

test_expect_success 'a wrong token' '
	standin_no_faults &&
	(
		CLOUDFLARE_API_TOKEN=made-up-token &&
		export CLOUDFLARE_API_TOKEN &&
		test_expect_exit 4 git-d1 diff shop/remote shop/local >out
	) &&
	test_must_be_empty out &&
	grep "^hint: .*Account / D1 / Read" err &&
	test_must_fail grep made-up-token err
'

test_expect_success 'no such database' '
	ends 128 "there is no database" "database_id" \
		"{\"kind\":\"no-database\",\"times\":0}"
'

test_expect_success 'a fault that stays' '
	ends 5 "limits the number of requests" "try again" \
		"{\"kind\":\"rate-limited\",\"times\":0,\"retry_after\":0}" &&
	ends 5 "internal error" "try again later" \
		"{\"kind\":\"internal-error\",\"times\":0}" &&
	ends 5 "web page" "base URL" "{\"kind\":\"html\",\"times\":0}" &&
	ends 5 "does not answer as Cloudflare" "base URL" \
		"{\"kind\":\"garbage\",\"times\":0}" &&
	ends 5 "cut off or damaged" "try again later" \
		"{\"kind\":\"half-json\",\"times\":0}"
'

test_expect_success 'who asks for a browser, or sends elsewhere' '
	ends 5 "for a robot" "network" "{\"kind\":\"challenge\",\"times\":0}" &&
	ends 5 "redirects to '\''http://127.0.0.1:9/" "base URL" \
		"{\"kind\":\"redirect\",\"location\":\"127.0.0.1:9\",\"times\":0}"
'

test_expect_success 'connections that always break' '
	standin_no_faults &&
	standin_fault "{\"kind\":\"drop\",\"times\":0}" &&
	test_expect_exit 5 git-d1 diff shop/remote shop/local >out &&
	test_must_be_empty out &&
	grep "^hint: " err
'

test_expect_success 'a fault in the middle of the rows shows nothing of them' '
	standin_no_faults &&
	standin_fault "{\"kind\":\"forbidden\",\"path\":\"raw\",\"skip\":1,\"times\":0}" &&
	for option in "" --stat --json --quiet --name-only
	do
		git-d1 diff $option shop/remote shop/local >out 2>err
		code=$? &&
		test $code != 0 && test $code != 1 &&
		grep "D1 Read" err || return 1
	done &&
	standin_no_faults
'

# ---- secrets ----

test_expect_success 'the token is nowhere in output and traces' '
	standin_no_faults &&
	(
		CLOUDFLARE_API_TOKEN=dummy-token GIT_TRACE="$PWD/trace" &&
		GIT_TRACE_CURL="$PWD/trace-curl" GIT_CURL_VERBOSE=1 &&
		GIT_TRACE_REDACT=0 GIT_TRACE2_EVENT="$PWD/trace2" &&
		export CLOUDFLARE_API_TOKEN GIT_TRACE GIT_TRACE_CURL &&
		export GIT_CURL_VERBOSE GIT_TRACE_REDACT GIT_TRACE2_EVENT &&
		git-d1 diff shop/remote shop/local >out 2>err &&
		GIT_TRACE=1 GIT_TRACE_CURL=1 git-d1 diff --stat \
			shop/remote shop/local >out2 2>err2
	) &&
	test -s trace-curl &&
	grep -a -i "^.*authorization" trace-curl err2 &&
	test_must_fail grep -a -r dummy-token out err out2 err2 trace*
'

# ---- another writer ----

test_expect_success 'a writer in between: everything is read again' '
	standin_no_faults &&
	test_when_finished "standin_sql shop \"DELETE FROM folded WHERE v = 77\"" &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",\"path\":\"raw\",\"skip\":1,
		\"sql\":\"INSERT INTO folded VALUES(char(122), 77)\"}" &&
	diff_shop >actual 2>err &&
	test_must_be_empty err &&
	diff_shop >expect &&
	cmp expect actual &&
	test_line actual "@@ - k='\''z'\'' @@"
'

test_expect_success 'a writer that does not stop: a warning' '
	standin_no_faults &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",\"path\":\"raw\",\"times\":0,
		\"sql\":\"UPDATE folded SET v = 3 WHERE v = 3\"}" &&
	diff_shop >actual 2>err &&
	standin_no_faults &&
	cmp right actual &&
	grep "^warning: the database changed while it was read" err
'

# ---- pages ----

test_expect_success '30,000 rows of mixed widths are complete' '
	test_when_finished "standin_no_faults" &&
	sqlite3 "$(local_database . $PAGES_ID)" "
		UPDATE wide SET v = v || 1 WHERE id IN (1, 6007, 15000, 30000);
		DELETE FROM wide WHERE id = 12014" &&
	git-d1 diff pages/remote pages/local -- wide >out &&
	grep -a "^@@" out >actual &&
	printf "@@ %s id=%d @@\n" "~" 1 "~" 6007 - 12014 "~" 15000 "~" 30000 >expect &&
	test_cmp expect actual
'

# The sum of the rows that the engine has read, by the log.
rows_read () {
	standin_log |
	node -e '
		const lines = require("fs").readFileSync(0, "utf8").split("\n");
		let sum = 0;
		for (const line of lines)
			if (line)
				sum += JSON.parse(line).rows_read ?? 0;
		console.log(sum);
	'
}

# The catalogue is read, too: some rows for each table.
for table in integers texts pairs folded down bag
do
	test_expect_success "rows read stay linear: $table" '
		standin_clear_log &&
		git-d1 diff --exit-code pages/remote pages/local -- $table &&
		rows=$(rows_read) &&
		echo "$table: $rows rows read for 30000" &&
		test $rows -lt 120000
	'
done

# Few changes in many rows, under each kind of key.
cat >few.sql <<\EOF
UPDATE integers SET v = v + 0.5 WHERE id % 7001 = 3;
DELETE FROM integers WHERE id IN (1, 15000, 30000);
INSERT INTO integers VALUES(0, ''), (30001, x'');
UPDATE texts SET v = NULL WHERE v IN (10000, 29999);
INSERT INTO texts VALUES('', 0), ('k10000 ', 1), ('zzz', 2);
UPDATE pairs SET b = -b WHERE v % 9973 = 5;
DELETE FROM pairs WHERE v % 9973 = 6;
UPDATE folded SET k = lower(k) WHERE v % 9001 = 10;
UPDATE folded SET k = upper(k), v = v || '' WHERE v % 9001 = 11;
DELETE FROM down WHERE v BETWEEN 20000 AND 20010;
UPDATE down SET v = 1.0 WHERE v = 1;
DELETE FROM bag WHERE rowid % 11003 = 1;
INSERT INTO bag SELECT k, v FROM bag WHERE rowid % 11003 = 2;
EOF

test_expect_success 'few changes in many rows: the same as between the files' '
	sqlite3 -bail "$(local_database . $PAGES_ID)" <few.sql &&
	git-d1 diff --json=lines "$(local_database remote $PAGES_ID)" \
		pages/local >expect &&
	git-d1 diff --json=lines pages/remote pages/local >actual &&
	test $(wc -l <expect) -gt 40 &&
	cmp expect actual
'

tickets='CREATE TABLE tickets(id INTEGER PRIMARY KEY, city TEXT, v) WITHOUT ROWID'

test_expect_success 'rows without a key of a table without a rowid' '
	test_when_finished "rm -rf .git .d1config" &&
	git init -q . &&
	git config -f .d1config table.tickets.key city &&
	sqlite3 "$(local_database . $PAGES_ID)" "$tickets; INSERT INTO tickets
		VALUES(1, NULL, 1), (2, NULL, 1), (3, char(97), 2)" &&
	standin_sql pages "$tickets; INSERT INTO tickets
		VALUES(7, char(97), 1), (8, NULL, 1)" &&
	git-d1 diff --json=lines pages/remote pages/local -- tickets >out &&
	test $(wc -l <out) = 2 &&
	grep "\"op\":\"update\",\"key\":{\"city\":\"'\''a'\''\"}" out &&
	grep "\"op\":\"insert\",.*\"count\":1,\"before\":1" out
'

hidden='CREATE TABLE hidden(rowid, _rowid_, oid, v)'

test_expect_success 'a table without a key whose columns hide its rowid' '
	sqlite3 "$(local_database . $PAGES_ID)" "$hidden; INSERT INTO hidden
		VALUES(1, 2, 3, 4), (1, 2, 3, 4)" &&
	standin_sql pages "$hidden; INSERT INTO hidden
		VALUES(1, 2, 3, 4), (5, 6, 7, 8)" &&
	git-d1 diff --numstat pages/remote pages/local -- hidden >actual &&
	printf "1\t0\t1\thidden\n" >expect &&
	test_cmp expect actual
'

test_expect_success 'the same, with more rows than one page has' '
	standin_sql pages "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
		WHERE i < 2000) INSERT INTO hidden SELECT i, i, i, i FROM n" &&
	test_expect_exit 128 git-d1 diff --stat pages/remote pages/local \
		-- hidden >out &&
	grep "hidden | not compared: .*cannot be read page by page" out &&
	grep "^hint: .*table.<name>.key" err
'

stops='CREATE TABLE stops(id INTEGER PRIMARY KEY, code TEXT)'

test_expect_success 'a natural key that is not unique on the remote side' '
	test_when_finished "rm -rf .git .d1config" &&
	git init -q . &&
	git config -f .d1config table.stops.key code &&
	sqlite3 "$(local_database . $PAGES_ID)" "$stops; INSERT INTO stops(code)
		VALUES(char(97)), (char(98))" &&
	standin_sql pages "$stops; INSERT INTO stops(code)
		VALUES(char(97)), (char(98)), (char(98))" &&
	test_expect_exit 3 git-d1 diff pages/remote pages/local -- stops >out &&
	test_must_be_empty out &&
	grep "not unique in pages/remote: several rows have code=.b." err
'

test_expect_success 'a full disk is an error, not an empty difference' '
	sqlite3 "$(local_database . $PAGES_ID)" "DELETE FROM integers" &&
	(
		trap "" XFSZ &&
		ulimit -f 8 &&
		test_expect_exit 128 git-d1 diff pages/remote pages/local \
			-- integers
	) | cat >out &&
	test_must_be_empty out &&
	grep "^fatal: cannot write a temporary file" err &&
	grep "^hint: make room" err
'

test_expect_success 'end' '
	standin_stop
'

test_done
