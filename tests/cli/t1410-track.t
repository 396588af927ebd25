#!/bin/sh

test_description='git d1 track and untrack: which tables come into git'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3
if ! test "$(id -u)" = 0
then
	test_set_prereq NOT_ROOT
fi

SCHEMA="CREATE TABLE lines(city TEXT, ref TEXT, color TEXT,
		PRIMARY KEY(city, ref)) WITHOUT ROWID;
	CREATE TABLE Stops(id INTEGER PRIMARY KEY, title TEXT);
	CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY, name TEXT);
	CREATE VIEW titles AS SELECT title FROM Stops;"

# tracked FILE: the settings of tables in it, sorted.
tracked () {
	git config -f "$1" --get-regexp "^table\\." | LC_ALL=C sort
}

test_expect_success 'a project' '
	make_wrangler_project shop "$SCHEMA" &&
	git init -q shop &&
	printf "# keep me\\n[d1]\\n\\texcludeTables = audit_* ; and me\\n" \
		>shop/.d1config
'

test_expect_success 'the command line is checked' '
	for command in track untrack
	do
		test_expect_exit 129 git-d1 -C shop $command &&
		test_line err "error: no table was named" &&
		test_expect_exit 129 git-d1 -C shop $command --all shop x &&
		test_line err "error: --all takes the name of one database" &&
		test_expect_exit 129 git-d1 -C shop $command --all -- lines &&
		test_expect_exit 128 git-d1 -C shop $command --all nowhere &&
		grep "^fatal: no database .nowhere." err || return 1
	done &&
	test_expect_exit 129 git-d1 -C shop track shop/ &&
	test_line err "error: '\''shop/'\'' names no table"
'

test_expect_success 'a table is tracked, and comments stay' '
	echo "now tracked: lines" >expected &&
	git-d1 -C shop track lines >actual 2>err &&
	test_cmp expected actual &&
	test_must_be_empty err &&
	{
		printf "# keep me\\n[d1]\\n\\texcludeTables = audit_* ; and me\\n" &&
		printf "[table \"lines\"]\\n\\ttrack = true\\n"
	} >expected &&
	test_cmp expected shop/.d1config
'

test_expect_success 'once more changes nothing' '
	stat -c "%y %i" shop/.d1config >before &&
	echo "already tracked: lines" >expected &&
	git-d1 -C shop track LINES -- lines >actual 2>err &&
	test_cmp expected actual &&
	test_must_be_empty err &&
	stat -c "%y %i" shop/.d1config >after &&
	test_cmp before after
'

test_expect_success 'a name is written as the schema spells it' '
	echo "now tracked: Stops" >expected &&
	git-d1 -C shop track stops >actual &&
	test_cmp expected actual &&
	printf "table.%s.track true\n" Stops lines >expected &&
	tracked shop/.d1config >actual &&
	test_cmp expected actual
'

test_expect_success 'an unknown table is an error that lists the tables' '
	git-d1 -C shop untrack stops >out &&
	cp shop/.d1config before &&
	test_expect_exit 129 git-d1 -C shop track stops nothing >out &&
	cat >expected <<-\EOF &&
	error: there is no table '\''nothing'\'' in shop/local
	hint: the tables are: Stops, d1_migrations, lines, titles
	EOF
	test_cmp expected err &&
	test_must_be_empty out &&
	test_cmp before shop/.d1config &&
	test_expect_exit 128 git-d1 -C shop track blog/lines &&
	grep "^fatal: no database .blog." err
'

test_expect_success 'what cannot be tracked is refused with the reason' '
	file=$(local_database shop) &&
	sqlite3 "$file" "CREATE TABLE audit_log(id);
		CREATE VIRTUAL TABLE found USING fts5(x, content='\'\'');
		CREATE TABLE \"bell$(printf "\\a")\"(id);
		CREATE TABLE bad(id, \"c$(printf "\\001")\");" &&
	while read -r name reason
	do
		test_expect_exit 3 git-d1 -C shop track "$name" >out &&
		printf "error: the table '\''%s'\'' cannot be tracked: %s\\n" \
			"$name" "$reason" >expected &&
		test_cmp expected err &&
		test_must_be_empty out || return 1
	done <<-\EOF &&
	titles it is a view
	D1_Migrations it is the ledger of a migration tool, which each database has for itself
	found it is a full-text index without content
	audit_log d1.tables or d1.excludeTables leaves it out
	bad the name of its column '\''c\001'\'' holds control characters or bytes that are not UTF-8
	EOF
	test_expect_exit 3 git-d1 -C shop track "bell$(printf "\\a")" &&
	grep "cannot be tracked: its name holds control characters" err &&
	test_cmp before shop/.d1config
'

test_expect_success '--all passes over what cannot be tracked' '
	cat >expected <<-\EOF &&
	passed over audit_log: d1.tables or d1.excludeTables leaves it out
	passed over bad: "the name of its column '\''c\001'\'' holds control characters or bytes that are not UTF-8"
	passed over "bell\a": its name holds control characters or bytes that are not UTF-8
	passed over d1_migrations: it is the ledger of a migration tool, which each database has for itself
	passed over found: it is a full-text index without content
	passed over titles: it is a view
	now tracked: Stops
	already tracked: lines
	EOF
	git-d1 -C shop track --all >actual 2>err &&
	test_cmp expected actual &&
	test_must_be_empty err
'

test_expect_success 'untracking takes the setting out' '
	echo "no longer tracked: Stops" >expected &&
	git-d1 -C shop untrack STOPS >actual 2>err &&
	test_cmp expected actual &&
	test_line err "hint: the files stay in the snapshot until '\''git d1 snapshot'\'' removes them" &&
	echo "table.lines.track true" >expected &&
	tracked shop/.d1config >actual &&
	test_cmp expected actual &&
	grep "^# keep me" shop/.d1config &&
	echo "not tracked: stops" >expected &&
	git-d1 -C shop untrack stops >actual 2>err &&
	test_cmp expected actual &&
	test_must_be_empty err
'

test_expect_success 'names are checked before anything is untracked' '
	cp shop/.d1config before &&
	test_expect_exit 129 git-d1 -C shop untrack lines nothing >out &&
	test_line err "error: no table '\''nothing'\'' is tracked, or there at all" &&
	test_must_be_empty out &&
	test_cmp before shop/.d1config
'

test_expect_success 'a table that a pattern tracks becomes an exception' '
	git config -f shop/.d1config "table.l*.track" true &&
	git-d1 -C shop untrack lines >out &&
	printf "table.%s\n" "l*.track true" "lines.track false" >expected &&
	tracked shop/.d1config >actual &&
	test_cmp expected actual &&
	git-d1 -C shop track lines >out &&
	test_line out "now tracked: lines" &&
	git config -f shop/.d1config --unset "table.l*.track"
'

test_expect_success '--all untracks tables that are gone, too' '
	git config -f shop/.d1config table.gone.track true &&
	git config -f shop/.d1config table.shop/far.track true &&
	git-d1 -C shop untrack --all >out &&
	cat >expected <<-\EOF &&
	no longer tracked: far
	no longer tracked: gone
	no longer tracked: lines
	EOF
	LC_ALL=C sort out >actual &&
	test_cmp expected actual &&
	tracked shop/.d1config >actual &&
	test_must_be_empty actual &&
	git-d1 -C shop untrack --all >actual 2>err &&
	echo "no table is tracked" >expected &&
	test_cmp expected actual &&
	test_must_be_empty err
'

test_expect_success 'git'\''s own configuration can overrule the file' '
	git -C shop config d1.table.lines.track false &&
	test_expect_exit 3 git-d1 -C shop track lines &&
	test_line err "error: the table '\''lines'\'' is still not tracked: git'\''s own configuration says otherwise" &&
	git -C shop config d1.table.lines.track true &&
	test_expect_exit 3 git-d1 -C shop untrack lines &&
	test_line err "error: the table '\''lines'\'' is still tracked: git'\''s own configuration says so" &&
	git -C shop config --unset d1.table.lines.track &&
	git-d1 -C shop untrack --all >out
'

test_expect_success 'a file that is locked or read-only is an error' '
	>shop/.d1config.lock &&
	cp shop/.d1config before &&
	test_expect_exit 128 git-d1 -C shop track lines >out &&
	grep "^fatal: cannot change .\\.d1config.: git config failed: .*lock" err &&
	test_must_be_empty out &&
	test_cmp before shop/.d1config &&
	rm shop/.d1config.lock
'

test_expect_success NOT_ROOT 'a read-only file is not written' '
	chmod 444 shop/.d1config &&
	test_expect_exit 128 git-d1 -C shop track lines >out &&
	test_line err "fatal: cannot write '\''.d1config'\'': Permission denied" &&
	test_must_be_empty out &&
	test_cmp before shop/.d1config &&
	chmod 644 shop/.d1config
'

test_expect_success 'a symbolic link is not followed' '
	mv shop/.d1config elsewhere &&
	ln -s ../elsewhere shop/.d1config &&
	cp elsewhere before &&
	test_expect_exit 3 git-d1 -C shop track lines &&
	grep "is a symbolic link" err &&
	test_cmp before elsewhere &&
	rm shop/.d1config &&
	mv elsewhere shop/.d1config
'

test_expect_success 'in a subfolder, without a .d1config' '
	rm shop/.d1config &&
	mkdir -p shop/src/deep &&
	git-d1 -C shop/src/deep track lines >out &&
	printf "[table \"lines\"]\\n\\ttrack = true\\n" >expected &&
	test_cmp expected shop/.d1config &&
	! test -e shop/src/deep/.d1config
'

test_expect_success 'columns that look sensitive are pointed out' '
	file=$(local_database shop) &&
	sqlite3 "$file" "CREATE TABLE users(id INTEGER PRIMARY KEY,
			email TEXT, \"Last Name\" TEXT, about TEXT, blob TEXT,
			lastIp TEXT, note TEXT, score INT);
		INSERT INTO users VALUES(1, '\''ada@example.com'\'',
			'\''L'\'', '\''write to ada@example.com'\'',
			'\''AKIA'\''||'\''IOSFODNN7EXAMPLE'\'', '\''::1'\'',
			'\''x'\'', 4111111111111111), (2, NULL, NULL,
			NULL, NULL, NULL, NULL, 4111111111111112);" &&
	cat >expected <<-\EOF &&
	warning: column '\''email'\'' of table '\''users'\'' looks sensitive: e-mail address, by its name and its values
	hint: git config -f ../.d1config --add table.users.maskColumns email
	warning: column '\''Last Name'\'' of table '\''users'\'' looks sensitive: name of a person, by its name
	hint: git config -f ../.d1config --add table.users.maskColumns '\''Last Name'\''
	warning: column '\''about'\'' of table '\''users'\'' looks sensitive: e-mail address, by its values
	hint: git config -f ../.d1config --add table.users.maskColumns about
	warning: column '\''blob'\'' of table '\''users'\'' looks sensitive: token of a service, by its values
	hint: git config -f ../.d1config --add table.users.maskColumns blob
	warning: column '\''lastIp'\'' of table '\''users'\'' looks sensitive: network address, by its name
	hint: git config -f ../.d1config --add table.users.maskColumns lastIp
	EOF
	git-d1 -C shop/src track users >out 2>err &&
	test_cmp expected err &&
	echo "now tracked: users" >expected &&
	test_cmp expected out
'

test_expect_success 'the commands in the hints work' '
	(
		cd shop/src &&
		sed -n "s/^hint: //p" ../../err | grep -v lastIp >commands &&
		sh -e ./commands
	) &&
	git -C shop config d1.table.users.ignoreColumns "last*" &&
	echo "already tracked: users" >expected &&
	git-d1 -C shop track users >actual 2>err &&
	test_cmp expected actual &&
	test_must_be_empty err &&
	git -C shop config --unset d1.table.users.ignoreColumns
'

test_expect_success 'odd names of columns are masked by a pattern' '
	file=$(local_database shop) &&
	sqlite3 "$file" "CREATE TABLE \"odd*table\"(a, \" e-mail, [x] \", b);" &&
	git-d1 -C shop track "odd*table" >out 2>err &&
	sed -n "s/^hint: //p" err >command &&
	(cd shop && sh -e ../command) &&
	git-d1 -C shop track "odd*table" >out 2>err &&
	test_line out "already tracked: \"odd*table\"" &&
	test_must_be_empty err
'

test_expect_success 'a key cannot be masked' '
	file=$(local_database shop) &&
	sqlite3 "$file" "CREATE TABLE sessions(token TEXT PRIMARY KEY, n INT);" &&
	git-d1 -C shop track sessions >out 2>err &&
	cat >expected <<-\EOF &&
	warning: column '\''token'\'' of table '\''sessions'\'' looks sensitive: secret or token, by its name
	hint: it is in the key, which cannot be masked: set table.sessions.key to other columns, or do not track the table
	EOF
	test_cmp expected err &&
	git config -f shop/.d1config table.sessions.key n &&
	git-d1 -C shop track sessions >out 2>err &&
	test_line err "hint: git config -f .d1config --add table.sessions.maskColumns token"
'

test_expect_success 'the oldest and the newest rows are looked at' '
	file=$(local_database shop) &&
	sqlite3 "$file" "CREATE TABLE notes(id INTEGER PRIMARY KEY, a, b, c);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
			SELECT i + 1 FROM n WHERE i < 5000)
		INSERT INTO notes SELECT i,
			iif(i = 1, '\''x@example.com'\'', '\'\''),
			iif(i = 2500, '\''x@example.com'\'', '\'\''),
			iif(i = 5000, '\''x@example.com'\'', '\'\'') FROM n;" &&
	git-d1 -C shop track notes >out 2>err &&
	grep "^hint" err >actual &&
	printf "hint: git config -f .d1config --add table.notes.maskColumns %s\n" \
		a c >expected &&
	test_cmp expected actual
'

test_expect_success 'without a local database names are taken as they are' '
	mkdir fresh &&
	cp shop/wrangler.jsonc fresh &&
	git init -q fresh &&
	git-d1 -C fresh track Users >actual 2>err &&
	echo "now tracked: Users" >expected &&
	test_cmp expected actual &&
	test_line err "warning: there is no local database '\''shop'\'' yet, so the name '\''Users'\'' was not checked" &&
	echo "table.Users.track true" >expected &&
	tracked fresh/.d1config >actual &&
	test_cmp expected actual &&
	test_expect_exit 3 git-d1 -C fresh track d1_migrations &&
	test_expect_exit 3 git-d1 -C fresh track "$(printf "a\\nb")" &&
	test_expect_exit 128 git-d1 -C fresh track --all &&
	grep "^fatal: the local database .* does not exist" err &&
	git-d1 -C fresh untrack users >out 2>err &&
	test_line out "no longer tracked: users"
'

test_expect_success 'two databases' '
	git init -q two &&
	cat >two/wrangler.json <<-\EOF &&
	{ "d1_databases": [
		{ "binding": "A", "database_name": "shop", "database_id": "1" },
		{ "binding": "B", "database_name": "blog", "database_id": "2" }
	] }
	EOF
	shop=$(local_database two 1) &&
	blog=$(local_database two 2) &&
	mkdir -p "$(dirname "$shop")" &&
	sqlite3 "$shop" "CREATE TABLE goods(id); CREATE TABLE words(id);
		CREATE TABLE \"a/b\"(id);" &&
	git-d1 -C two track goods >out 2>err &&
	test_line out "now tracked: shop/goods" &&
	sqlite3 "$blog" "CREATE TABLE posts(id); CREATE TABLE words(id);" &&
	git-d1 -C two track posts a/b >actual 2>err &&
	printf "now tracked: %s\n" blog/posts "shop/\"a/b\"" >expected &&
	test_cmp expected actual &&
	test_expect_exit 129 git-d1 -C two track words &&
	cat >expected <<-\EOF &&
	error: several databases have or may have a table '\''words'\''
	hint: name one of them: shop/words, blog/words
	EOF
	test_cmp expected err &&
	git-d1 -C two track B/words >actual &&
	echo "now tracked: blog/words" >expected &&
	test_cmp expected actual &&
	cat >expected <<-\EOF &&
	table.blog/words.track true
	table.posts.track true
	table.shop/a/b.track true
	table.shop/goods.track true
	EOF
	tracked two/.d1config >actual &&
	test_cmp expected actual &&
	git-d1 -C two track --all blog >actual 2>err &&
	printf "already tracked: blog/%s\n" posts words >expected &&
	test_cmp expected actual &&
	git-d1 -C two track shop/words >out &&
	git-d1 -C two untrack words >actual &&
	printf "no longer tracked: %s/words\n" shop blog >expected &&
	test_cmp expected actual
'

test_expect_success 'one of two databases that a section tracks' '
	git config -f two/.d1config table.words.track true &&
	git-d1 -C two untrack blog/words >out &&
	git config -f two/.d1config table.blog/words.track >actual &&
	echo false >expected &&
	test_cmp expected actual &&
	git-d1 -C two track shop/words >actual &&
	echo "already tracked: shop/words" >expected &&
	test_cmp expected actual &&
	git-d1 -C two untrack --all shop >out &&
	LC_ALL=C sort out >actual &&
	printf "no longer tracked: shop/%s\n" "\"a/b\"" goods words >expected &&
	test_cmp expected actual &&
	git-d1 -C two untrack --all >actual &&
	echo "no longer tracked: blog/posts" >expected &&
	test_cmp expected actual
'

test_expect_success 'many tables are written at once, as git writes them' '
	make_wrangler_project many "$(for i in $(seq 300)
	do
		echo "CREATE TABLE t$i(a);"
	done)
	CREATE TABLE [a\\b \"c\" [d](a); CREATE TABLE [there](a);" &&
	mkdir bin &&
	git=$(command -v git) &&
	printf "#!/bin/sh\necho \"\$*\" >>\"%s/calls\"\nexec %s \"\$@\"\n" \
		"$PWD" "$git" >bin/git &&
	chmod +x bin/git &&
	printf "[table \"there\"]\n\tlabel = a ; kept\n[d1]\n\ttables = * # all" \
		>many/.d1config &&
	cp many/.d1config expected &&
	echo >>expected &&
	PATH=$PWD/bin:$PATH git-d1 -C many track --all >actual 2>err &&
	test_must_be_empty err &&
	grep -c "^now tracked: " actual >count &&
	echo 302 >expected.count &&
	test_cmp expected.count count &&
	grep -c "replace-all" calls >count &&
	echo 1 >expected.count &&
	test_cmp expected.count count &&
	git config -f expected table.there.track true &&
	sqlite3 "$(local_database many)" "SELECT name FROM sqlite_schema
		WHERE name <> '\''there'\'' ORDER BY name" >names &&
	while read -r name
	do
		git config -f expected "table.$(printf "%s" "$name" |
			sed "s/[[\\]/\\\\&/g").track" true || return 1
	done <names &&
	test_cmp expected many/.d1config
'

test_expect_success 'a line that goes on does not take in what is added' '
	make_wrangler_project rest "$SCHEMA" &&
	printf "[d1]\n\ttables = *\\\\\n" >rest/.d1config &&
	git-d1 -C rest track --all >out &&
	tracked rest/.d1config >actual &&
	printf "table.%s.track true\n" Stops lines >expected &&
	test_cmp expected actual &&
	test "$(git config -f rest/.d1config d1.tables)" = "*"
'

test_done
