#!/bin/sh

test_description='git d1 deploy: production becomes what the commit has

Rows that are behind are written, rows that somebody changed are conflicts, and
what was written can be taken back.'

. "$(dirname "$0")/../cli/lib.sh"
. "$TOP_SRCDIR/tests/d1/deploys.sh"

test -z "$skip_all" || test_done

empty_database shop

test_expect_success 'set up' '
	make_project --time-travel &&
	cat >migrations/0001_init.sql <<-\EOF &&
	CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT, price REAL);
	CREATE TABLE sale(id INTEGER PRIMARY KEY,
		product INTEGER REFERENCES product(id) ON DELETE CASCADE);
	EOF
	git d1 init &&
	git config -f .d1config table.product.track true &&
	mkdir -p d1/shop/data &&
	sqlite3 made.sqlite <migrations/0001_init.sql &&
	sqlite3 made.sqlite "INSERT INTO product
		VALUES (1, '\''Teapot'\'', 24.5), (2, '\''Mug'\'', 8.0), (3, '\''Cup'\'', 3.0)" &&
	git d1 snapshot ./made.sqlite &&
	commit_all first
'

test_expect_success 'the database must be named' '
	unwritten deploy 3 &&
	tail -n 2 err >actual &&
	cat >expect <<-\EOF &&
	error: a remote database is written only if its name is given
	hint: name it: git d1 deploy shop
	EOF
	test_cmp expect actual
'

test_expect_success 'the first deploy, into an empty database' '
	state empty &&
	deploy 0 shop -- echo "my command" &&
	says out <<-\EOF &&
	check: fine
	bookmark: BOOKMARK
	migrations: applied 0001_init.sql
	data: written
	product: 3 inserted, 0 updated, 0 deleted
	verify: 3 rows read back as the commit has them
	command: echo
	my command
	deployed COMMIT to shop/remote
	EOF
	git d1 diff --exit-code shop/remote HEAD &&
	remote "SELECT name FROM d1_migrations" >actual &&
	echo "[\"0001_init.sql\"]" >expect &&
	test_cmp expect actual
'

test_expect_success 'the same again has nothing to do' '
	unwritten deploy 0 shop &&
	says out <<-\EOF
	check: fine
	bookmark: BOOKMARK
	migrations: nothing to apply
	data: nothing to write
	deployed COMMIT to shop/remote
	EOF
'

test_expect_success 'behind, deleted and own rows' '
	remote "INSERT INTO product VALUES(9, '\''Own'\'', 1.0)" &&
	table "1,'\''Teapot'\'',24.5" "2,'\''Mug'\'',9.5" "4,'\''Sieve'\'',3.25" &&
	commit_all second &&
	table "1,'\''Teapot'\'',25.0" "2,'\''Mug'\'',9.75" "4,'\''Sieve'\'',3.25" &&
	commit_all third &&
	table "1,'\''Teapot'\'',26.0" "2,'\''Mug'\'',9.75" "4,'\''Sieve'\'',3.25" &&
	commit_all fourth &&
	git clone -q . clone &&
	git clone -q --depth 1 "file://$PWD" shallow
'

test_expect_success 'the plan, alike in every clone' '
	unwritten deploy 0 --plan shop -- echo "it'\''s" >plan &&
	cp out plan &&
	says plan <<-\EOF &&
	git-d1 deploy plan 1
	database id-shop
	commit COMMIT
	diff --d1 shop/product
	key id
	--- shop/remote
	+++ shop/remote
	@@ ~ id=1  name='\''Teapot'\'' @@
	-price: 24.5
	+price: 26.0
	@@ ~ id=2  name='\''Mug'\'' @@
	-price: 8.0
	+price: 9.75
	@@ - id=3 @@
	-name: '\''Cup'\''
	-price: 3.0
	@@ + id=4 @@
	+name: '\''Sieve'\''
	+price: 3.25
	command echo '\''it'\''\'\'''\''s'\''
	digest sha256:DIGEST
	EOF
	test "sha256:$(sed "\$d" plan | sha256sum | cut -d" " -f1)" = \
		"$(sed -n "s/^digest //p" plan)" &&
	(
		cd clone &&
		git d1 deploy --plan --from main -- echo "it'\''s" >../actual
	) &&
	test_cmp plan actual
'

test_expect_success 'in a shallow clone what is not found is said to be so' '
	(
		cd shallow &&
		test_expect_exit 3 git d1 deploy shop
	) &&
	test_line shallow/err "hint: history too short: git fetch --unshallow" &&
	grep "fault: product: .* of which this clone has too little history" \
		shallow/err
'

test_expect_success 'a base in place of the history' '
	test_expect_exit 2 git d1 deploy shop --base HEAD~1 &&
	git d1 deploy --plan --base HEAD~3 >out &&
	sed "\$d" plan | sed "/^command/d" >expect &&
	sed "\$d" out >actual &&
	test_cmp expect actual
'

test_expect_success 'a plan that is not the expected one is not carried out' '
	digest=$(sed -n "s/^digest //p" plan) &&
	unwritten deploy 3 shop --expect-plan "$digest" &&
	says err <<-\EOF &&
	error: the plan is another one than was expected, sha256:DIGEST; nothing was written
	hint: git d1 deploy --plan shows what it is now
	EOF
	remote "UPDATE product SET price = 25.0 WHERE id = 1" &&
	unwritten deploy 3 shop --expect-plan "$digest" -- echo "it'\''s" &&
	remote "UPDATE product SET price = 24.5 WHERE id = 1" &&
	git d1 deploy --plan -- echo "it'\''s" >actual &&
	test_cmp plan actual
'

test_expect_success 'what somebody changed is a conflict' '
	remote "UPDATE product SET price = 99.0 WHERE id = 1" &&
	unwritten deploy 2 shop -- touch ran &&
	! test -e ran &&
	sed -n "/^  drift:/,\$p" err >drift && says drift <<-\EOF &&
	  drift: product: 1 row changed in production
	    ~ id=1: price
	    -> git d1 pull shop && git d1 snapshot shop/local && git add d1/shop && git commit
	blocked: 1 drift, 1 pending; next: git d1 pull shop && git d1 snapshot shop/local && git add d1/shop && git commit
	error: 1 row was changed in shop/remote, and no commit has it; nothing was written
	hint: take what is there, as said above, or overwrite with --base=<revision> what is as in that revision
	EOF
	remote "UPDATE product SET price = 25.0 WHERE id = 1"
'

test_expect_success 'a row that is gone is as before its first commit' '
	remote "DELETE FROM product WHERE id = 2" &&
	unwritten deploy 0 shop --plan &&
	test_line out "@@ + id=2 @@" &&
	remote "INSERT INTO product VALUES(2, '\''Mug'\'', 8.0)"
'

test_expect_success 'rows of any commit are behind, and own ones stay' '
	(
		cd clone &&
		test_expect_exit 0 git d1 deploy shop \
			--expect-plan "$(git d1 deploy --plan |
				sed -n "s/^digest //p")" >../out
	) &&
	says out <<-\EOF &&
	check: fine
	bookmark: BOOKMARK
	migrations: nothing to apply
	data: written
	product: 1 inserted, 2 updated, 1 deleted
	verify: 4 rows read back as the commit has them
	deployed COMMIT to shop/remote
	EOF
	holds "SELECT * FROM product" <<-\EOF
	[1,"Teapot",26]
	[2,"Mug",9.75]
	[4,"Sieve",3.25]
	[9,"Own",1]
	EOF
'

test_expect_success 'a migration and the rows of its new column' '
	echo "ALTER TABLE product ADD color TEXT DEFAULT '\''white'\'';" \
		>migrations/0002_color.sql &&
	echo "CREATE TABLE tag(name TEXT PRIMARY KEY NOT NULL);" \
		>migrations/0003_tag.sql &&
	git config -f .d1config table.tag.track true &&
	rm made.sqlite &&
	cat migrations/* | sqlite3 made.sqlite &&
	sqlite3 made.sqlite "INSERT INTO product VALUES
		(1, '\''Teapot'\'', 26.5, '\''white'\''), (2, '\''Mug'\'', 9.75, '\''red'\''),
		(4, '\''Sieve'\'', 3.25, '\''white'\'');
		INSERT INTO tag VALUES('\''new'\'')" &&
	git d1 snapshot ./made.sqlite &&
	commit_all fifth &&
	git d1 deploy --plan >out &&
	says out <<-\EOF &&
	git-d1 deploy plan 1
	database id-shop
	commit COMMIT
	migration 0002_color.sql sha256:DIGEST
	migration 0003_tag.sql sha256:DIGEST
	rows product
	rows tag
	diff --d1 shop/product
	key id
	--- shop/remote
	+++ shop/remote
	@@ ~ id=1  name='\''Teapot'\'' @@
	-price: 26.0
	+price: 26.5
	digest sha256:DIGEST
	EOF
	deploy 0 shop &&
	says out <<-\EOF &&
	check: fine
	bookmark: BOOKMARK
	migrations: applied 0002_color.sql
	migrations: applied 0003_tag.sql
	data: written
	product: 0 inserted, 2 updated, 0 deleted
	tag: 1 inserted, 0 updated, 0 deleted
	verify: 3 rows read back as the commit has them
	deployed COMMIT to shop/remote
	EOF
	holds "SELECT * FROM product" <<-\EOF
	[1,"Teapot",26.5,"white"]
	[2,"Mug",9.75,"red"]
	[4,"Sieve",3.25,"white"]
	[9,"Own",1,"white"]
	EOF
'

test_expect_success 'rows that a migration changes on their way' '
	echo "UPDATE product SET color = '\''grey'\'';" >migrations/0004_grey.sql &&
	build "INSERT INTO product VALUES
		(1, '\''Teapot'\'', 27.0, '\''grey'\''), (2, '\''Mug'\'', 9.75, '\''blue'\''),
		(4, '\''Sieve'\'', 3.25, '\''grey'\'');
		INSERT INTO tag VALUES('\''new'\'')" &&
	commit_all sixth &&
	deploy 0 shop &&
	holds "SELECT * FROM product" <<-\EOF
	[1,"Teapot",27,"grey"]
	[2,"Mug",9.75,"blue"]
	[4,"Sieve",3.25,"grey"]
	[9,"Own",1,"grey"]
	EOF
'

# prices PRICE: of the teapot, committed.
price () {
	sed "s/'Teapot',[0-9.]*/'Teapot',$1/" d1/shop/data/product.sql >new &&
	mv new d1/shop/data/product.sql &&
	commit_all "price $1"
}

test_expect_success 'a command that fails leaves a report with both ways' '
	state before &&
	price 28.0 &&
	deploy 6 shop -- sh -c "echo no >&2; exit 7" &&
	says out <<-\EOF &&
	check: fine
	bookmark: BOOKMARK
	migrations: nothing to apply
	data: written
	product: 0 inserted, 1 updated, 0 deleted
	verify: 1 row reads back as the commit has it
	command: sh
	EOF
	says err <<-\EOF &&
	writing shop/remote: database shop, id id-shop, account acc123, environment (top level)
	no
	the deploy to shop/remote stopped at: command
	  check: done
	  bookmark: done
	  migrations: nothing to do
	  data: done
	  verify: done
	  command: failed
	to go on, run the same deploy again: what is done is not done twice
	to go back: git d1 deploy --undo shop/remote ID
	to go back with all that others wrote since: git d1 deploy --undo shop/remote BOOKMARK
	error: '\''sh'\'' ended with exit status 7
	EOF
	cp err report
'

test_expect_success 'forward: the same again' '
	unwritten deploy 0 shop -- true &&
	says out <<-\EOF
	check: fine
	bookmark: BOOKMARK
	migrations: nothing to apply
	data: nothing to write
	command: true
	deployed COMMIT to shop/remote
	EOF
'

test_expect_success 'back: by the entry of the report' '
	id=$(sed -n "s/.*to go back: .* \(2[^ ]*\)$/\1/p" report) &&
	test_expect_exit 0 git d1 deploy --undo shop "$id" >out &&
	echo "product: 0 inserted, 1 updated, 0 deleted" >expect &&
	test_cmp expect out &&
	is_as before
'

test_expect_success 'back: by the bookmark, which a runner of long ago printed' '
	unwritten deploy 128 shop -- /nonexistent/command &&
	says err <<-\EOF &&
	fatal: nothing was written: cannot run '\''/nonexistent/command'\'': No such file or directory
	EOF
	deploy 6 shop -- false &&
	sale=$(sed -n "s/.*others wrote since: .* \([^ ]*\)$/\1/p" err) &&
	git config -f .d1config database.B_shop.protected true &&
	test_expect_exit 3 git d1 rewind shop "$sale" &&
	test_expect_exit 3 git d1 undo shop/remote &&
	test_expect_exit 0 git d1 deploy --undo shop "$sale" >out &&
	is_as before &&
	git checkout -q .d1config
'

test_expect_success 'undo on failure, by the inverse patch' '
	deploy 128 shop --undo-on-failure -- false &&
	is_as before &&
	says err <<-\EOF
	writing shop/remote: database shop, id id-shop, account acc123, environment (top level)
	the deploy to shop/remote stopped at: command
	  check: done
	  bookmark: done
	  migrations: nothing to do
	  data: done
	  verify: done
	  command: failed
	what was written is taken back: shop/remote is as it was
	fatal: '\''false'\'' ended with exit status 1
	EOF
'

# A command of production that writes.
cat >somebody <<\EOF
#!/bin/sh
curl --silent --noproxy "*" --data-binary "$1" \
	"http://127.0.0.1:$STANDIN_PORT/__standin/sql?database=shop" >/dev/null
exit 1
EOF
chmod +x somebody
export STANDIN_PORT

test_expect_success 'undo on failure leaves what others wrote' '
	STANDIN_PORT=$STANDIN_PORT deploy 128 shop --undo-on-failure -- \
		./somebody "INSERT INTO product(id, name) VALUES(10, '\''New'\'')" &&
	test_line err "what was written is taken back: shop/remote is as it was" &&
	remote "DELETE FROM product WHERE id = 10" &&
	is_as before
'

test_expect_success 'undo on failure does not overwrite what others wrote' '
	deploy 6 shop --undo-on-failure -- \
		./somebody "UPDATE product SET price = 1.5 WHERE id = 1" &&
	grep "^warning: it is not taken back: " err &&
	grep "to go back: git d1 deploy --undo shop/remote 2" err &&
	start=$(sed -n "s/.*others wrote since: .* \([^ ]*\)$/\1/p" err) &&
	git d1 deploy --undo shop "$start" &&
	is_as before
'

test_expect_success 'a migration that fails leaves nothing of itself' '
	remote "INSERT INTO sale VALUES(1, 1), (2, 1)" &&
	state before &&
	echo "CREATE TABLE extra(id INTEGER PRIMARY KEY);" \
		>migrations/0005_extra.sql &&
	cat >migrations/0006_once.sql <<-\EOF &&
	CREATE TABLE once(id INTEGER PRIMARY KEY);
	CREATE UNIQUE INDEX once_only ON sale(product);
	EOF
	build "INSERT INTO product VALUES
		(1, '\''Teapot'\'', 29.0, '\''grey'\''), (2, '\''Mug'\'', 9.75, '\''blue'\''),
		(4, '\''Sieve'\'', 3.25, '\''grey'\'');
		INSERT INTO tag VALUES('\''new'\'')" &&
	commit_all seventh &&
	deploy 128 shop -- touch ran &&
	! test -e ran &&
	says err <<-\EOF &&
	writing shop/remote: database shop, id id-shop, account acc123, environment (top level)
	the deploy to shop/remote stopped at: migrations
	  check: done
	  bookmark: done
	  migrations: failed, 1 of 2 applied
	  data: not begun
	  verify: not begun
	  command: not begun
	to go on, run the same deploy again: what is done is not done twice
	to go back with all that others wrote since: git d1 deploy --undo shop/remote BOOKMARK
	fatal: COMMIT:migrations/0006_once.sql:2: UNIQUE constraint failed: sale.product: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)
	hint: the statement is: CREATE UNIQUE INDEX once_only ON sale(product)
	EOF
	test_expect_exit 0 git d1 deploy --undo shop >out &&
	is_as before
'

test_expect_success 'migrations go back by Time Travel' '
	deploy 128 shop --undo-on-failure &&
	test_line err "what was written is taken back: shop/remote is as it was" &&
	is_as before &&
	remote "DELETE FROM sale WHERE id = 2" &&
	state before &&
	deploy 128 shop --undo-on-failure -- false &&
	test_line out "migrations: applied 0006_once.sql" &&
	test_line out "product: 0 inserted, 1 updated, 0 deleted" &&
	test_line err "what was written is taken back: shop/remote is as it was" &&
	is_as before &&
	git d1 undo --list shop >list &&
	sed -n "/^2/{N;s/[^ ]* \([a-z]*\),.*    \(git d1 deploy\) to .*/\1 \2/p}" list |
		head -n 2 >actual &&
	printf "%s\n" "undone git d1 deploy" "undone git d1 deploy" >expect &&
	test_cmp expect actual
'

test_expect_success 'but not over what somebody else wrote' '
	deploy 6 shop --undo-on-failure -- \
		./somebody "INSERT INTO tag VALUES('\''else'\'')" &&
	says err <<-\EOF &&
	writing shop/remote: database shop, id id-shop, account acc123, environment (top level)
	warning: it is not taken back: shop/remote was written by somebody else meanwhile, which Time Travel would take back, too
	the deploy to shop/remote stopped at: command
	  check: done
	  bookmark: done
	  migrations: done, 2 of 2 applied
	  data: done
	  verify: done
	  command: failed
	to go on, run the same deploy again: what is done is not done twice
	to go back, the rows alone: git d1 deploy --undo shop/remote ID
	to go back with all that others wrote since: git d1 deploy --undo shop/remote BOOKMARK
	error: '\''./somebody'\'' ended with exit status 1
	EOF
	remote "SELECT name FROM tag" >actual &&
	printf "%s\n" "[\"new\"]" "[\"else\"]" >expect &&
	test_cmp expect actual &&
	deploy 0 shop -- true
'

test_expect_success 'many rows want a number' '
	git config -f .d1config d1.undoKeep 1 && git checkout -q .d1config &&
	build "INSERT INTO product SELECT value, '\''p'\'' || value, 1.0, '\''x'\''
		FROM generate_series(20, 60)" &&
	commit_all many &&
	deploy 0 shop &&
	build "INSERT INTO product SELECT value, '\''q'\'' || value, 1.0, '\''x'\''
		FROM generate_series(20, 60)" &&
	commit_all more &&
	unwritten deploy 3 shop &&
	says err <<-\EOF &&
	error: 41 rows would be updated or deleted; nothing was written
	hint: --yes=41 if that is right
	EOF
	unwritten deploy 3 shop --yes=40 &&
	deploy 0 shop --yes=41 &&
	test_line out "product: 0 inserted, 41 updated, 0 deleted"
'

test_expect_success 'a lost reply is looked up, not sent again' '
	build "INSERT INTO product SELECT value, '\''r'\'' || value, 1.0, '\''x'\''
		FROM generate_series(20, 25)" &&
	commit_all lost &&
	git d1 deploy --plan >plan &&
	standin_fault "{\"kind\":\"drop\",\"when\":\"after\",\"method\":\"POST\",
		\"path\":\"/raw\$\",\"request\":\"UPDATE .*product\"}" &&
	deploy 0 shop --no-limit &&
	standin_faults_left >left &&
	test "$(cat left)" = "[]" &&
	git d1 verify shop
'

test_expect_success 'JSON' '
	sed -i "s/r20/s20/" d1/shop/data/product.sql &&
	commit_all json &&
	git d1 deploy --plan --json >out &&
	node -e "
		const it = JSON.parse(require(\"fs\").readFileSync(\"out\"));
		const plan = it.plan;
		const hash = require(\"crypto\").createHash(\"sha256\");
		if (it.digest !== \"sha256:\" + hash.update(plan).digest(\"hex\"))
			throw it;
		console.log(Object.keys(it).join(), JSON.stringify(it.rows));
	" >actual &&
	cat >expect <<-\EOF &&
	version,database,id,commit,pending,rows,digest,plan {"pending":1,"drift":0,"too_short":0,"own":2}
	EOF
	test_cmp expect actual &&
	test_expect_exit 6 git d1 deploy --json shop -- sh -c "echo hello; exit 9" >out &&
	test_line err hello &&
	node -e "
		const it = JSON.parse(require(\"fs\").readFileSync(\"out\"));
		console.log(it.steps.map(step => step.name + \" \" + step.state).join());
		console.log(it.written, it.taken_back, it.command_status, it.error,
			typeof it.undo_rows, it.undo_migrations);
	" >actual &&
	cat >expect <<-\EOF &&
	check done,bookmark done,migrations nothing,data done,verify done,command failed
	true false 9 '\''sh'\'' ended with exit status 9 string null
	EOF
	test_cmp expect actual &&
	remote "UPDATE product SET price = 1.75 WHERE id = 20" &&
	test_expect_exit 2 git d1 deploy --json shop >out &&
	grep "\"drift\":1,.*{\"name\":\"check\",\"state\":\"failed\"}" out &&
	remote "UPDATE product SET price = 1.0 WHERE id = 20"
'

# killed PATTERN: while it waits for the reply to the call with that in it, which
# was carried out.
killed () {
	standin_fault "{\"kind\":\"hold\",\"when\":\"after\",
		\"method\":\"POST\",\"request\":\"$1\"}" &&
	killed_when_held git-d1 deploy shop
}

test_expect_success 'killed in the middle, and again' '
	state before &&
	echo "CREATE TABLE late(id INTEGER PRIMARY KEY);" \
		>migrations/0007_late.sql &&
	build "INSERT INTO product SELECT value, '\''t'\'' || value, 1.0, '\''x'\''
		FROM generate_series(20, 25)" &&
	commit_all killed &&
	killed "CREATE TABLE late" &&
	remote "SELECT name FROM d1_migrations WHERE id > 6" >actual &&
	echo "[\"0007_late.sql\"]" >expect &&
	test_cmp expect actual &&
	killed "UPDATE .*product" &&
	unwritten deploy 0 shop -- true &&
	test_line out "migrations: nothing to apply" &&
	test_line out "data: nothing to write" &&
	git d1 verify shop &&
	git d1 diff --exit-code shop/remote HEAD --where "id <> 9" -- product
'

test_expect_success 'what is left out is back after an undo of the killed write' '
	test_expect_exit 0 git d1 deploy --undo shop >out &&
	remote "SELECT count(*) FROM product WHERE name LIKE '\''t%'\''" >actual &&
	echo "[0]" >expect &&
	test_cmp expect actual &&
	deploy 0 shop
'

test_expect_success 'verify: what waits, what drifted, and what is not there' '
	git d1 verify shop >actual &&
	printf "%s\n" "shop data: fine" fine >expect &&
	test_cmp expect actual &&
	remote "UPDATE product SET price = 9.0 WHERE id = 20" &&
	test_expect_exit 1 git d1 verify shop >actual &&
	cat >expect <<-\EOF &&
	shop data: blocked
	  drift: product: 1 row changed in production
	    ~ id=20: price
	    -> git d1 snapshot shop/remote && git add d1/shop && git commit
	blocked: 1 drift; next: git d1 snapshot shop/remote && git add d1/shop && git commit
	EOF
	test_cmp expect actual &&
	remote "UPDATE product SET price = 1.0 WHERE id = 20" &&
	test_expect_exit 1 git d1 verify shop --from HEAD~1 >actual &&
	test_line actual "    ~ id=20: name" &&
	remote "ALTER TABLE tag RENAME TO other" &&
	test_expect_exit 1 git d1 verify shop >actual &&
	test_line actual "  pending: 1 table of the snapshot is not there yet"
'

test_expect_success 'a schema that somebody changed forbids a deploy' '
	unwritten deploy 3 shop &&
	grep "^  drift: other is in the database, and no migration makes this table" err &&
	test_line err "error: the check of shop/remote found what must not be deployed; nothing was written" &&
	remote "ALTER TABLE other RENAME TO tag" &&
	git d1 verify shop
'

test_expect_success 'so does a migration that was edited, or does not run' '
	cp migrations/0007_late.sql late &&
	echo "CREATE TABLE late(id INTEGER PRIMARY KEY, more);" \
		>migrations/0007_late.sql &&
	commit_all edited &&
	unwritten deploy 3 shop &&
	grep "^  fault: migrations/0007_late.sql: 0007_late.sql was edited" err &&
	cp late migrations/0007_late.sql &&
	echo "CREATE TABLE product(id);" >migrations/0008_twice.sql &&
	commit_all twice &&
	unwritten deploy 3 shop &&
	grep "^  fault: .*0008_twice.sql:1: table product already exists" err &&
	git rm -q migrations/0008_twice.sql &&
	commit_all mended
'

test_expect_success 'a protected database is written by deploys' '
	git config -f .d1config database.B_shop.protected true &&
	sed -i "s/'\''t21'\''/'\''u21'\''/" d1/shop/data/product.sql &&
	commit_all protected &&
	deploy 0 shop &&
	test_line out "product: 0 inserted, 1 updated, 0 deleted" &&
	test_expect_exit 0 git d1 deploy --undo shop >out &&
	test_line out "product: 0 inserted, 1 updated, 0 deleted" &&
	deploy 0 shop
'

test_expect_success 'a row that the commit deletes takes others with it, and says so' '
	remote "INSERT INTO sale VALUES(7, 22)" &&
	state before &&
	sed -i "/INSERT.*VALUES(22,/d" d1/shop/data/product.sql &&
	commit_all deleted &&
	git d1 deploy --plan >out &&
	test_line out "besides: sale id=7 is deleted by a foreign key" &&
	deploy 128 shop --undo-on-failure -- false &&
	test_line out "sale: 0 inserted, 0 updated, 1 deleted by foreign keys" &&
	test_line err "besides: sale id=7 is deleted by a foreign key" &&
	is_as before
'

test_expect_success TERMINAL 'a terminal asks for the name' '
	echo other >answer &&
	test_expect_code 3 env TERM=xterm \
		script -qec "git d1 deploy" /dev/null <answer >out &&
	grep "that is not its name; nothing was written" out &&
	is_as before &&
	echo shop >answer &&
	TERM=xterm script -qec "git d1 deploy" /dev/null <answer >out &&
	grep "Type the name of the database to write it: " out &&
	git d1 verify shop
'

test_expect_success 'a signal of the terminal is for the command' '
	sed "s/'\''t23'\'',1.0/'\''t23'\'',1.5/" d1/shop/data/product.sql >new &&
	mv new d1/shop/data/product.sql &&
	commit_all signal &&
	deploy 6 shop -- sh -c "kill -INT \$PPID; exit 3" &&
	test_line err "  command: failed" &&
	test_line err "error: '\''sh'\'' ended with exit status 3"
'

test_expect_success 'in GitHub Actions values of the plan are no commands' '
	sed "s/'\''t23'\'',1.5/'\''::error::no'\'',1.5/" d1/shop/data/product.sql >new &&
	mv new d1/shop/data/product.sql &&
	commit_all actions &&
	git d1 deploy --plan >plan &&
	GITHUB_ACTIONS=true git d1 deploy --plan | cat >out &&
	sed -n "1s/^::stop-commands::\([0-9a-f]*\)$/\1/p" out >token &&
	test -s token &&
	sed "1d;/^::$(cat token)::$/d" out >actual &&
	test_cmp plan actual
'

test_expect_success 'a commit without a snapshot brings its migrations' '
	git rm -q -r d1 &&
	echo "CREATE TABLE last(id);" >migrations/0009_last.sql &&
	commit_all bare &&
	deploy 0 shop &&
	says out <<-\EOF
	check: fine
	bookmark: BOOKMARK
	migrations: applied 0009_last.sql
	data: no table is tracked
	deployed COMMIT to shop/remote
	EOF
'

test_expect_success 'what makes no sense' '
	deploy 129 shop other &&
	deploy 129 shop/local &&
	test_line err "error: a deploy is to a remote database, and '\''shop/local'\'' is none" &&
	deploy 128 nothing &&
	deploy 128 shop --from nothing &&
	deploy 129 --undo --plan shop &&
	deploy 129 --undo shop -- true &&
	deploy 129 shop --losses=some &&
	(
		unset CLOUDFLARE_API_TOKEN &&
		deploy 4 shop
	) &&
	standin_stop &&
	deploy 5 shop
'

test_done
