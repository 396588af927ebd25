#!/bin/sh
#
# usage: sh tests/bench/data.sh DIR ROWS
#
# Makes DIR/old.sqlite with ROWS rows of about 150 bytes in one table, and
# DIR/new.sqlite, in which 0.1 % of them are updated, 0.05 % deleted and as many
# inserted; and DIR/empty.sqlite with the same table and no rows. ROWS is a
# multiple of 2000. Every value follows from the number of its row, so the files
# hold the same rows on any machine.

set -e
dir=${1:?usage: data.sh DIR ROWS} rows=${2:?usage: data.sh DIR ROWS}

# select_rows FROM UPTO: prints a SELECT of these rows.
select_rows () {
	cat <<-SQL
	WITH RECURSIVE
		number(id) AS (SELECT $1 UNION ALL
			SELECT id + 1 FROM number WHERE id < $2),
		mixed(id, mix) AS (SELECT id, id * 2654435761 % 4294967296
			FROM number)
	SELECT id, printf('customer-%08x', mix), mix % 997 / 8.0, mix % 13,
		datetime(1700000000 + mix % 50000000, 'unixepoch'),
		CASE WHEN mix % 10 THEN printf('%d pieces of article %x, '
			|| 'packed by %d, to be left at door %d if nobody '
			|| 'answers the bell', mix % 13, mix % 99991, mix % 31,
			mix % 89) END
	FROM mixed
	SQL
}

# run FILE: SQL from standard input, without waiting for the disk.
run () {
	{
		echo 'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;'
		cat
	} | sqlite3 -bail "$1" >/dev/null
}

mkdir -p "$dir"
rm -f "$dir/old.sqlite" "$dir/new.sqlite" "$dir/empty.sqlite"
run "$dir/empty.sqlite" <<'SQL'
CREATE TABLE orders(
	id INTEGER PRIMARY KEY, customer TEXT NOT NULL, amount REAL,
	pieces INTEGER, placed TEXT, remark TEXT);
SQL
cp "$dir/empty.sqlite" "$dir/old.sqlite"
run "$dir/old.sqlite" <<SQL
INSERT INTO orders $(select_rows 1 "$rows");
SQL
cp "$dir/old.sqlite" "$dir/new.sqlite"
run "$dir/new.sqlite" <<SQL
BEGIN;
UPDATE orders SET amount = amount + 1, remark = 'changed'
	WHERE id % 1000 = 500;
DELETE FROM orders WHERE id % 2000 = 999;
INSERT INTO orders $(select_rows $((rows + 1)) $((rows + rows / 2000)));
COMMIT;
SQL
