#!/bin/sh

test_description='rows are told by digests: exactly, and in few bytes

PROPERTY_REMOTE_SEEDS is how many random pairs are written, PROPERTY_FIRST the
first seed.'

. "$(dirname "$0")/transfers.sh"
. "$STANDIN_SRCDIR/writes.sh"

writes_skip
test -z "$skip_all" || test_done

first=${PROPERTY_FIRST:-1}
last=$((first + ${PROPERTY_REMOTE_SEEDS:-8} - 1))

hard_database

# Every value that may be mistaken for another one, in columns of all kinds.
for name in updated deleted imported
do
	database $name <<\EOF
CREATE TABLE t(n INTEGER PRIMARY KEY, v, i INTEGER, r REAL, s TEXT, b BLOB,
	new);
INSERT INTO t(v) VALUES (NULL), (''), (x''), ('0'), (0), (0.0), (-0.0), (1),
	(1.0), ('1'), (0.1), (9223372036854775807), (-9223372036854775807 - 1),
	(4.9406564584124654e-324), (9e999), (-9e999), (CAST(x'61006200' AS TEXT)),
	(CAST(x'ff' AS TEXT)), (x'00ff'), (char(8232)), ('it''s "\'),
	(CAST(x'efbfbd' AS TEXT)), (hex(zeroblob(1000))), (zeroblob(20000)),
	(hex(zeroblob(30000)));
UPDATE t SET i = v, r = v, s = v, b = v;
--
EOF
done
for name in updated imported
do
	sqlite3 $name.sqlite "UPDATE t SET v = 'new', i = 'new', r = 'new',
		s = 'new', b = 'new', new = v || ' and more'"
done
sqlite3 deleted.sqlite 'DELETE FROM t'

# Rows that somebody else writes meanwhile, more than a digest's place has in
# one digit.
database meanwhile <<\EOF
CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT, c);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)
INSERT INTO t SELECT i, i * 1.5, 'text ' || i, i FROM n;
UPDATE t SET b = hex(zeroblob(1000)) WHERE id = 300;
UPDATE t SET a = 0.0 WHERE id = 600;
--
UPDATE t SET a = a + 1, b = b || '!' WHERE id <= 350;
DELETE FROM t WHERE id > 350;
EOF

for seed in $(seq "$first" "$last")
do
	random_database "$seed"
done

# So many rows that digests are worth their while.
ROWS=4000
sh "$TOP_SRCDIR/tests/bench/data.sh" data $ROWS
{
	sqlite3 data/old.sqlite .schema
	echo --
} >orders.in
for name in inserts one most quotes deletes
do
	database $name <orders.in
	test $name = inserts ||
		sqlite3 -bail "$(local_database remote id-$name)" \
			"ATTACH 'data/old.sqlite' AS old" \
			'INSERT INTO main.orders SELECT * FROM old.orders'
	test $name = deletes || cp data/old.sqlite $name.sqlite
done
sqlite3 one.sqlite "UPDATE orders SET remark = 'done'"
sqlite3 most.sqlite "UPDATE orders SET customer = customer || 'x',
	amount = amount + 1, pieces = pieces + 1,
	remark = 'now ' || ifnull(remark, 'nothing')"
sqlite3 quotes.sqlite "UPDATE orders SET remark = '{\"customer\":\"' || customer
	|| '\",\"pieces\":' || pieces || '}'"

test_expect_success 'set up' '
	git init -q . &&
	make_config &&
	start &&
	standin_env
'

# ---- exact ----

test_expect_success 'hard values, tables of every kind' '
	writes hard --digests <<-\EOF
	auto: 1 inserted, 0 updated, 1 deleted
	bag: 4 inserted, 0 updated, 3 deleted
	composite: 2 inserted, 1 updated, 0 deleted
	down: 0 inserted, 1 updated, 1 deleted
	folded: 1 inserted, 1 updated, 0 deleted
	hard: 42 inserted, 42 updated, 0 deleted
	made: 1 inserted, 1 updated, 0 deleted
	select "it'\''s": 0 inserted, 1 updated, 1 deleted
	tight: 0 inserted, 1 updated, 0 deleted
	trimmed: 0 inserted, 1 updated, 0 deleted
	words: 1 inserted, 1 updated, 1 deleted
	done as call
	EOF
'

test_expect_success 'hard values are told in each cell, old and new' '
	writes updated --digests <<-\EOF &&
	t: 0 inserted, 25 updated, 0 deleted
	done as call
	EOF
	writes deleted --digests <<-\EOF &&
	t: 0 inserted, 0 updated, 25 deleted
	done as call
	EOF
	writes imported --digests --max-body=2000 <<-\EOF
	t: 0 inserted, 25 updated, 0 deleted
	done as import
	EOF
'

# conflicts SQL BACK MESSAGE: with that change nothing is written, and the
# message says why. BACK takes the change back.
conflicts () {
	standin_sql meanwhile "SELECT * FROM t" >before &&
	if test "$way"
	then
		standin_fault "{\"kind\":\"sql\",\"database\":\"meanwhile\",
			\"sql\":\"$1\",\"path\":\"/import$\"}"
	else
		meanwhile meanwhile "$1"
	fi &&
	test_expect_code 3 write meanwhile --digests $way &&
	grep "^not done as" out &&
	echo "fatal: $3" >expect &&
	grep ^fatal err >actual &&
	test_cmp expect actual &&
	standin_sql meanwhile "$2" &&
	standin_sql meanwhile "SELECT * FROM t" >after &&
	cmp before after
}

for way in '' --max-body=2000
do
	test_expect_success "one cell changed meanwhile, of 1,400 $way" '
		conflicts "UPDATE t SET a = 4.5000000000000009 WHERE id = 3" \
			"UPDATE t SET a = 4.5 WHERE id = 3" \
			"1 row changed meanwhile: table '\''t'\'', row id=3: value differs: a is 4.500000000000001, not 4.5" &&
		conflicts "UPDATE t SET a = -0.0 WHERE id = 600" \
			"UPDATE t SET a = 0.0 WHERE id = 600" \
			"1 row changed meanwhile: table '\''t'\'', row id=600: value differs: a is -0.0, not 0.0" &&
		conflicts "UPDATE t SET c = 700.0 WHERE id = 700" \
			"UPDATE t SET c = 700 WHERE id = 700" \
			"1 row changed meanwhile: table '\''t'\'', row id=700: value differs: c is 700.0, not 700" &&
		conflicts "UPDATE t SET c = NULL WHERE id = 351" \
			"UPDATE t SET c = 351 WHERE id = 351" \
			"1 row changed meanwhile: table '\''t'\'', row id=351: value differs: c is NULL, not 351" &&
		conflicts "UPDATE t SET b = substr(b,1,1999)||'\''1'\'' WHERE id = 300" \
			"UPDATE t SET b = hex(zeroblob(1000)) WHERE id = 300" \
			"1 row changed meanwhile: table '\''t'\'', row id=300: value differs: b is a value of 2000 bytes, not a value of 2000 bytes" &&
		conflicts "UPDATE t SET b = '\''text '\''||(3-id) WHERE id < 3" \
			"UPDATE t SET b = '\''text '\''||id WHERE id < 3" \
			"2 rows changed meanwhile: table '\''t'\'', row id=1: value differs: b is '\''text 2'\'', not '\''text 1'\''; table '\''t'\'', row id=2: value differs: b is '\''text 1'\'', not '\''text 2'\''" &&
		conflicts "DELETE FROM t WHERE id = 400" \
			"INSERT INTO t VALUES(400,600.0,'\''text 400'\'',400)" \
			"1 row changed meanwhile: table '\''t'\'', row id=400: row missing"
	'
done

test_expect_success 'a cell that is not written may be changed' '
	meanwhile meanwhile "UPDATE t SET c = 0 WHERE id = 3" &&
	write meanwhile --digests &&
	standin_sql meanwhile "SELECT count(*), sum(c = 0), sum(b LIKE '\''%!'\'')
		FROM t" >actual &&
	echo "[350,1,350]" >expect &&
	test_cmp expect actual
'

test_expect_success 'what is changed after the write is found' '
	sqlite3 updated.sqlite "UPDATE t SET v = 2, new = 3" &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"updated\",
		\"sql\":\"UPDATE t SET new = 5 WHERE n = 2\",
		\"path\":\"/raw$\",\"request\":\"SELECT ifnull\"}" &&
	write updated --digests &&
	grep "^different\|^table" out >actual &&
	cat >expect <<-\EOF &&
	different 1
	table '\''t'\'', row n=2
	EOF
	test_cmp expect actual
'

for seed in $(seq "$first" "$last")
do
	test_expect_success "seed $seed" '
		write seed$seed --digests &&
		write seed$seed --digests &&
		echo "not done as call" >expect &&
		test_cmp expect out
	'
done

# ---- bytes ----

# pushes NAME [OPTION...]: all requests of the push have fewer bytes than the
# file of statements that wrangler d1 execute --file would upload.
pushes () {
	name=$1
	shift
	test "$(wc -l <changes.sql)" = $ROWS &&
	to_local $name &&
	standin_clear_log &&
	git-d1 push $name --no-limit "$@" &&
	standin_log >log &&
	sed "s/.*\"request_bytes\":\([0-9]*\),.*/\1/" log |
		awk "{ sum += \$1 } END { print sum }" >sum &&
	echo "$name: $(cat sum) bytes of $(wc -c <changes.sql)" &&
	test "$(cat sum)" -lt "$(wc -c <changes.sql)" &&
	git-d1 diff --exit-code $name/remote ./$name.sqlite
}

# statements NAME SQL: changes.sql has what that SELECT makes of the rows.
statements () {
	sqlite3 $1.sqlite "SELECT $2 FROM orders" >changes.sql
}

test_expect_success 'inserts take fewer bytes than their SQL' '
	statements inserts "'\''INSERT INTO orders VALUES('\'' || id || '\'','\''
		|| quote(customer) || '\'','\'' || quote(amount) || '\'','\'' ||
		quote(pieces) || '\'','\'' || quote(placed) || '\'','\'' ||
		quote(remark) || '\'');'\''" &&
	pushes inserts
'

test_expect_success 'so do updates of one column' '
	statements one "'\''UPDATE orders SET remark='\'' || quote(remark) ||
		'\'' WHERE id='\'' || id || '\'';'\''" &&
	pushes one --conflict=local-wins
'

test_expect_success 'and of most columns' '
	statements most "'\''UPDATE orders SET customer='\'' || quote(customer)
		|| '\'',amount='\'' || quote(amount) || '\'',pieces='\'' || pieces
		|| '\'',remark='\'' || quote(remark) || '\'' WHERE id='\'' || id
		|| '\'';'\''" &&
	pushes most --conflict=local-wins
'

test_expect_success 'and those of texts full of quotes' '
	statements quotes "'\''UPDATE orders SET remark='\'' || quote(remark) ||
		'\'' WHERE id='\'' || id || '\'';'\''" &&
	pushes quotes --conflict=local-wins
'

test_expect_success 'and deletes' '
	statements one "'\''DELETE FROM orders WHERE id='\'' || id || '\'';'\''" &&
	pushes deletes --delete
'

test_expect_success 'end' '
	standin_stop
'

test_done
