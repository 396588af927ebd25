#!/bin/sh

test_description='git d1 status: migrations, the snapshot, and pending writes'

. "$(dirname "$0")/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"

test_needs sqlite3

# words PATTERN: these lines of the porcelain form.
words () {
	git-d1 -C shop status --offline --porcelain >out &&
	grep -E "^($1)	" out >actual
}

LEDGER="CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
	NOT NULL);"

test_expect_success 'a project with a ledger' '
	make_wrangler_project shop "$LEDGER
		CREATE TABLE lines(id INTEGER PRIMARY KEY, city TEXT);
		CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);
		INSERT INTO lines VALUES(1,'\''Oslo'\''),(2,'\''Rome'\'');
		INSERT INTO users VALUES(1,'\''ada'\'');" &&
	git init -q shop &&
	file=$(local_database shop)
'

test_expect_success 'nothing to say of it' '
	git-d1 -C shop status --offline --porcelain >out &&
	! grep -E "^(migration|snapshot|pending)" out &&
	git-d1 -C shop status --offline >out &&
	! grep -E "migrations |snapshot|pending" out
'

test_expect_success 'migrations that wait, and one without a file' '
	mkdir shop/migrations &&
	for n in 1 2 3 4 5
	do
		echo "CREATE TABLE t$n(a);" >shop/migrations/000${n}_t$n.sql ||
			return 1
	done &&
	sqlite3 "$file" "INSERT INTO d1_migrations(name) VALUES
		('\''0000_gone.sql'\''), ('\''0001_t1.sql'\'')" &&
	cat >expected <<-\EOF &&
	  migrations     5
	                 4 pending on local: 0002_t2.sql, 0003_t3.sql, 0004_t4.sql, ...
	                 1 applied to local, and missing here: 0000_gone.sql
	EOF
	git-d1 -C shop status --offline >out &&
	sed -n "/^  migrations/,/^\$/p" out | sed "\$d" >actual &&
	test_cmp expected actual &&
	{
		line migration file applied - 0001_t1.sql &&
		line migration file pending - 0002_t2.sql &&
		line migration file pending - 0003_t3.sql &&
		line migration file pending - 0004_t4.sql &&
		line migration file pending - 0005_t5.sql &&
		line migration lost applied - 0000_gone.sql
	} >expected &&
	words "migration.*" &&
	test_cmp expected actual
'

test_expect_success 'a ledger of another tool' '
	sqlite3 "$file" "CREATE TABLE theirs(id INTEGER PRIMARY KEY,
		version TEXT)" &&
	cp shop/wrangler.jsonc kept &&
	sed "s/\"binding\"/\"migrations_table\": \"theirs\", &/" kept \
		>shop/wrangler.jsonc &&
	words "migrations-unknown|migration" &&
	line migrations-unknown "the table '\''theirs'\'' is not wrangler'\''s: it has no column '\''name'\''" >expected &&
	grep unknown actual >found &&
	test_cmp expected found &&
	line migration file - - 0001_t1.sql >expected &&
	head -n 1 actual >found &&
	test_cmp expected found &&
	git-d1 -C shop status --offline >out &&
	grep "^                 the table .theirs. is not" out &&
	grep "^  (another tool keeps its migrations there" out &&
	cp kept shop/wrangler.jsonc &&
	sqlite3 "$file" "DROP TABLE theirs"
'

test_expect_success 'a folder of migrations that leads elsewhere' '
	mv shop/migrations elsewhere &&
	ln -s ../elsewhere shop/migrations &&
	words migrations-unknown &&
	grep "symbolic link" actual &&
	rm shop/migrations &&
	mv elsewhere shop/migrations
'

test_expect_success 'a table is tracked, and no snapshot was taken' '
	git-d1 -C shop track lines &&
	line snapshot missing - - d1/shop >expected &&
	words snapshot &&
	test_cmp expected actual &&
	git-d1 -C shop status --offline >out &&
	test_line out "  snapshot       d1/shop: not taken yet" &&
	test_line out "  (use \"git d1 snapshot\" to take it)" &&
	! test -e shop/d1
'

test_expect_success 'a snapshot that is clean' '
	git-d1 -C shop snapshot -q &&
	line snapshot clean 0 0 d1/shop >expected &&
	words snapshot &&
	test_cmp expected actual &&
	git-d1 -C shop status --offline >out &&
	test_line out "  snapshot       d1/shop: clean"
'

test_expect_success 'rows of a table that is not tracked do not make it stale' '
	sqlite3 "$file" "INSERT INTO users VALUES(2,'\''bob'\'')" &&
	words snapshot &&
	test_cmp expected actual
'

test_expect_success 'a snapshot that is stale: how many rows' '
	sqlite3 "$file" "UPDATE lines SET city = '\''Roma'\'' WHERE id = 2;
		INSERT INTO lines VALUES(3,'\''Bonn'\''), (4,'\''Kyiv'\'');
		DELETE FROM lines WHERE id = 1" &&
	cp -r shop/d1 before &&
	line snapshot stale 1 4 d1/shop >expected &&
	words snapshot &&
	test_cmp expected actual &&
	git-d1 -C shop status --offline >out &&
	test_line out "  snapshot       d1/shop: stale, 4 rows and 1 file differ" &&
	diff -r before shop/d1
'

test_expect_success 'a table that is tracked since, and one that is not' '
	git-d1 -C shop track users &&
	line snapshot stale 2 6 d1/shop >expected &&
	words snapshot &&
	test_cmp expected actual &&
	git-d1 -C shop untrack users &&
	git-d1 -C shop snapshot -q
'

test_expect_success 'a definition alone makes it stale, without a row' '
	sqlite3 "$file" "CREATE INDEX by_city ON lines(city)" &&
	line snapshot stale 1 0 d1/shop >expected &&
	words snapshot &&
	test_cmp expected actual &&
	git-d1 -C shop snapshot -q
'

test_expect_success 'a snapshot that cannot be read is no clean one' '
	cp shop/d1/shop/data/lines.sql kept &&
	echo "rubbish" >>shop/d1/shop/data/lines.sql &&
	words "snapshot|message" &&
	line snapshot error - - d1/shop >expected &&
	grep ^snapshot actual >found &&
	test_cmp expected found &&
	grep "^message	.*lines.sql" actual &&
	git-d1 -C shop status --offline >out &&
	grep "^  snapshot       d1/shop: .*lines.sql" out &&
	cp kept shop/d1/shop/data/lines.sql
'

test_expect_success '--no-drift compares nothing' '
	git-d1 -C shop status --offline --no-drift --porcelain >out &&
	! grep ^snapshot out
'

test_expect_success 'masks: without the key nothing is known' '
	git config -f shop/.d1config table.lines.maskColumns city &&
	git -C shop config d1.maskKey 0123456789abcdef0123456789abcdef &&
	git-d1 -C shop snapshot -q &&
	line snapshot clean 0 0 d1/shop >expected &&
	words snapshot &&
	test_cmp expected actual &&
	git -C shop config --unset d1.maskKey &&
	words snapshot &&
	line snapshot error - - d1/shop >expected &&
	test_cmp expected actual &&
	git config -f shop/.d1config --unset table.lines.maskColumns &&
	git-d1 -C shop snapshot -q
'

test_expect_success 'writes that were not seen to end' '
	sqlite3 old.db "CREATE TABLE lines(id INTEGER PRIMARY KEY, city TEXT);
		INSERT INTO lines VALUES(2,'\''Roma'\'')" &&
	sqlite3 new.db "CREATE TABLE lines(id INTEGER PRIMARY KEY, city TEXT);
		INSERT INTO lines VALUES(2,'\''Rom'\'')" &&
	git-d1 diff ./old.db ./new.db >fix.patch &&
	git-d1 -C shop apply --to shop/local ../fix.patch &&
	test_expect_code 1 words pending &&
	test_must_be_empty actual &&
	id=$(basename shop/.git/d1/journal/*.done .done) &&
	mv shop/.git/d1/journal/$id.done shop/.git/d1/journal/$id.pending &&
	sed "s,^Target:.*,Target: remote $TEST_DATABASE_ID," \
		shop/.git/d1/journal/$id.pending \
		>shop/.git/d1/journal/20200101T000000Z-00000001.pending &&
	sed "s,^Target:.*,Target: remote another," \
		shop/.git/d1/journal/$id.pending \
		>shop/.git/d1/journal/20200101T000000Z-00000002.pending &&
	ls shop/.git/d1/journal >listed &&
	command=$(sed -n "s/^Command: //p" shop/.git/d1/journal/$id.pending) &&
	{
		line pending local $id "$command" &&
		line pending remote 20200101T000000Z-00000001 "$command"
	} >expected &&
	words pending &&
	test_cmp expected actual &&
	git-d1 -C shop status --offline >out &&
	test_line out "  pending        $command ($id) to local was not seen to end" &&
	test_line out "                 $command (20200101T000000Z-00000001) to remote was not seen to end" &&
	test_line out "  (the next write there finds out what became of it)" &&
	ls shop/.git/d1/journal >after &&
	test_cmp listed after &&
	rm shop/.git/d1/journal/*.pending
'

if standin_installed
then
	test_set_prereq STANDIN
fi

test_expect_success STANDIN 'the ledger of a remote database' '
	git-d1 -C shop snapshot -q &&
	remote_file=$(local_database remote | sed "s,/.wrangler/state,,") &&
	mkdir -p "$(dirname "$remote_file")" &&
	sqlite3 "$remote_file" "$LEDGER
		INSERT INTO d1_migrations(name) VALUES
			('\''0001_t1.sql'\''), ('\''0002_t2.sql'\''),
			('\''0009_hot.sql'\'');" &&
	standin_start --database "shop=$TEST_DATABASE_ID" --persist remote &&
	standin_env &&
	{
		line migration file applied applied 0001_t1.sql &&
		line migration file pending applied 0002_t2.sql &&
		line migration file pending pending 0003_t3.sql &&
		line migration file pending pending 0004_t4.sql &&
		line migration file pending pending 0005_t5.sql &&
		line migration lost applied - 0000_gone.sql &&
		line migration lost - applied 0009_hot.sql
	} >expected &&
	git-d1 -C shop status --porcelain >out &&
	grep ^migration out >actual &&
	test_cmp expected actual &&
	git-d1 -C shop status >out &&
	test_line out "                 3 pending on remote: 0003_t3.sql, 0004_t4.sql, 0005_t5.sql" &&
	test_line out "                 1 applied to remote, and missing here: 0009_hot.sql"
'

test_expect_success STANDIN 'all of it in JSON' '
	git-d1 -C shop status --json >actual.json &&
	sqlite3 :memory: "
		CREATE TABLE j(d);
		INSERT INTO j VALUES(CAST(readfile('\''actual.json'\'') AS TEXT));
		SELECT m.value->>'\''name'\'', m.value->>'\''file'\'',
			m.value->>'\''local'\'', m.value->>'\''remote'\''
			FROM j, json_each(d, '\''$.databases[0].migrations'\'') m;
		SELECT d->>'\''databases[0].snapshot.state'\'',
			d->>'\''databases[0].snapshot.files'\'',
			d->>'\''databases[0].snapshot.rows'\'',
			d->>'\''databases[0].snapshot.path'\'',
			d->'\''databases[0].pending'\'' FROM j" >actual &&
	cat >expected <<-\EOF &&
	0001_t1.sql|1|applied|applied
	0002_t2.sql|1|pending|applied
	0003_t3.sql|1|pending|pending
	0004_t4.sql|1|pending|pending
	0005_t5.sql|1|pending|pending
	0000_gone.sql|0|applied|
	0009_hot.sql|0||applied
	clean|0|0|d1/shop|[]
	EOF
	test_cmp expected actual
'

test_expect_success STANDIN 'nothing but reading was asked for' '
	standin_log | sed -e "s/.*\"request\"://" -e "s/\"reply\".*//" >requests &&
	grep -o -E "sql[^A-Za-z ]+[A-Za-z]+" requests |
		sed "s/.*[^A-Za-z]//" | sort -u >actual &&
	echo SELECT >expected &&
	test_cmp expected actual &&
	standin_stop
'

test_done
