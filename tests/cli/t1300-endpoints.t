#!/bin/sh

test_description='endpoints: commits, the index, folders, dumps, and what lies in wait in them'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3
test "$(id -u)" = 0 && test_set_prereq ROOT
# not with sanitizers, which reserve more than there is
(ulimit -v 98304 && git-d1 version) >/dev/null 2>&1 && test_set_prereq MEMORY

git config --global uploadpack.allowFilter true

# go DIR: to that project, wherever the test before has ended.
go () {
	cd "$SHARNESS_TRASH_DIRECTORY/$1" || return
}

# keep NAME: writes the snapshot of a table with two rows, of which the second
# is called NAME.
keep () {
	mkdir -p d1/shop/data &&
	cat >d1/shop/schema.sql <<-\EOF &&
	CREATE TABLE lines(
		id INTEGER PRIMARY KEY,
		name TEXT
	);
	EOF
	cat >d1/shop/data/lines.sql <<-EOF
	-- git-d1 snapshot 1
	-- table "lines" (id, name) key id
	PRAGMA defer_foreign_keys=on;
	INSERT INTO "lines" VALUES(1,'one');
	INSERT INTO "lines" VALUES(2,'$1');
	EOF
}

# fill NAME: the SQL that makes that table.
fill () {
	echo "CREATE TABLE lines(id INTEGER PRIMARY KEY, name TEXT);
		INSERT INTO lines VALUES(1, 'one'), (2, '$1');"
}

# shows TABLE OLD NAME NEW NAME ARGUMENT...: git d1 diff shows that the row is
# called so in OLD, and so in NEW, and nothing else.
shows () {
	cat >"$HOME/expect" <<-EOF &&
	diff --d1 $1
	key id
	--- $2
	+++ $4
	@@ ~ id=2  name='$3' @@
	-name: '$3'
	+name: '$5'
	EOF
	shift 5 &&
	git-d1 diff "$@" >"$HOME/actual" 2>"$HOME/errors"
	test_cmp "$HOME/expect" "$HOME/actual" &&
	test_must_be_empty "$HOME/errors"
}

# same ARGUMENT...: git d1 diff says nothing.
same () {
	git-d1 diff --exit-code "$@" >"$HOME/actual" 2>"$HOME/errors" &&
	test_must_be_empty "$HOME/actual" &&
	test_must_be_empty "$HOME/errors"
}

# fails CODE TEXT HINT ARGUMENT...: git d1 diff shows nothing and ends with
# that code, this is in its message, and that in a hint ("" is not looked for).
fails () {
	want=$1 text=$2 hint=$3 &&
	shift 3 &&
	test_expect_code $want git-d1 diff "$@" >"$HOME/actual" \
		2>"$HOME/errors" </dev/null &&
	test_must_be_empty "$HOME/actual" &&
	grep -e "^fatal: " -e "^error: " "$HOME/errors" >"$HOME/messages" &&
	grep -F -e "$text" "$HOME/messages" &&
	if test -n "$hint"
	then
		grep "^hint: " "$HOME/errors" >"$HOME/hints" &&
		grep -F -e "$hint" "$HOME/hints"
	fi
}

# In each place the row has another name: two in v1, three in HEAD, four in the
# index, five in the worktree, six in the local database.
test_expect_success 'set up' '
	make_wrangler_project shop "$(fill six)" &&
	go shop &&
	git init -q &&
	echo .wrangler >.gitignore &&
	keep two &&
	git add . && test_tick && git commit -q -m first && git tag -a -m x v1 &&
	keep three &&
	git add . && test_tick && git commit -q -m second &&
	git branch feature/x v1 &&
	git branch local v1 &&
	git branch branch/local v1 &&
	keep four && git add . &&
	keep five
'

# ---- each place ----

test_expect_success 'revisions' '
	go shop &&
	first=$(git rev-parse v1^{commit}) &&
	short=$(git rev-parse --short=7 v1^{commit}) &&
	for revision in v1 HEAD~1 HEAD^ @~1 main~1 refs/tags/v1 feature/x \
		refs/heads/local heads/local "$short" "$first" ":/first" \
		"main@{1}" "HEAD^{/first}" shop/v1 DB/v1
	do
		label=${revision#DB/} && label=shop/${label#shop/} &&
		shows shop/lines "$label" two shop/local six "$revision" \
			|| return 1
	done &&
	for revision in HEAD main @ refs/heads/main shop/HEAD
	do
		label=shop/${revision#shop/} &&
		shows shop/lines "$label" three shop/local six "$revision" \
			|| return 1
	done &&
	shows shop/lines shop/v1 two shop/HEAD three v1 HEAD &&
	shows shop/lines shop/HEAD three shop/v1 two -R v1 HEAD &&
	same v1 HEAD~1
'

test_expect_success 'the index and the worktree' '
	go shop &&
	shows shop/lines shop/HEAD three shop/index four --cached &&
	shows shop/lines shop/v1 two shop/index four --cached v1 &&
	shows shop/lines shop/index four shop/HEAD three --cached -R &&
	shows shop/lines shop/index four shop/snapshot five index snapshot &&
	shows shop/lines shop/snapshot five shop/local six snapshot &&
	shows shop/lines shop/snapshot five shop/local six shop/snapshot &&
	fails 129 "--cached compares one revision" "diff -h" --cached v1 HEAD
'

test_expect_success 'folders' '
	go shop &&
	for path in d1/shop ./d1/shop d1/shop/ "$PWD/d1/shop"
	do
		shows shop/lines "$path" five shop/local six "$path" || return 1
	done &&
	sqlite3 ../six.sqlite "$(fill six)" &&
	shows lines d1/shop five ../six.sqlite six d1/shop ../six.sqlite
'

test_expect_success 'from a subdirectory' '
	go shop &&
	mkdir -p sub/deep &&
	cd sub/deep &&
	shows shop/lines shop/HEAD three shop/local six HEAD &&
	shows shop/lines shop/v1 two shop/index four --cached v1 &&
	shows shop/lines shop/snapshot five shop/local six snapshot &&
	shows shop/lines ../../d1/shop five shop/v1 two ../../d1/shop v1
'

test_expect_success 'what is a revision and a path is refused' '
	go shop &&
	test_when_finished "cd .. ; rm -f shop/main shop/local shop/x" &&
	sqlite3 main "$(fill seven)" &&
	sqlite3 local "$(fill eight)" &&
	fails 129 "ambiguous argument '\''main'\'': both revision and filename" \
		"'\''./main'\''" main &&
	shows shop/lines ./main seven shop/local six ./main &&
	shows shop/lines shop/refs/heads/main three shop/local six \
		refs/heads/main &&
	shows shop/lines shop/v1 two shop/local six v1 local &&
	shows shop/lines shop/v1 two ./local eight v1 ./local
'

test_expect_success 'a text of the form of a side, whose database is none' '
	go shop &&
	test_when_finished "rm -r \"$PWD/dir\" \"$PWD/branch\"" &&
	mkdir dir branch &&
	sqlite3 dir/local "$(fill seven)" &&
	shows shop/lines dir/local seven shop/local six dir/local &&
	shows shop/lines shop/branch/local two shop/local six branch/local &&
	: >branch/local &&
	fails 129 "ambiguous argument '\''branch/local'\''" "./branch/local" \
		branch/local &&
	fails 128 "no database '\''other'\''" "databases here: shop" other/local
'

test_expect_success 'what is nothing is said to be that' '
	go shop &&
	fails 128 "'\''-'\'' is neither an endpoint nor a revision nor a file" \
		"an endpoint is local" - &&
	fails 128 "'\''v9'\'' is neither an endpoint nor a revision nor" \
		"an endpoint is local" v9 &&
	fails 128 "'\''HEAD~9'\'' names no commit" "" HEAD~9 &&
	fails 128 "the folder '\''./d1'\'' holds no snapshot" "" ./d1 &&
	fails 128 "'\''v1:d1/shop'\'' is neither" "an endpoint is local" \
		v1:d1/shop
'

# ---- kinds of repositories ----

test_expect_success 'a bare repository' '
	go . &&
	git clone -q --bare shop bare.git &&
	cd bare.git &&
	shows shop/lines shop/v1 two shop/HEAD three v1 HEAD &&
	shows shop/lines shop/HEAD~1 two shop/main three shop/HEAD~1 main &&
	fails 128 "a bare repository has no worktree" "name a revision" \
		HEAD snapshot &&
	fails 128 "the index of git holds no snapshot" "git add" HEAD index
'

test_expect_success 'a bare repository that git does not trust' '
	go bare.git &&
	test_when_finished "git config --global --unset safe.bareRepository" &&
	git config --global safe.bareRepository explicit &&
	if git rev-parse HEAD 2>/dev/null
	then
		: this git does not know the setting
	else
		fails 128 "safe.bareRepository" "" v1 HEAD &&
		GIT_DIR=. git-d1 diff --name-only v1 HEAD >../actual &&
		echo lines >../expect &&
		test_cmp ../expect ../actual
	fi
'

test_expect_success 'inside of .git' '
	go shop/.git &&
	shows shop/lines shop/v1 two shop/HEAD three v1 HEAD
'

test_expect_success 'a linked worktree' '
	go shop &&
	git worktree add -q ../linked v1 &&
	go linked &&
	same HEAD snapshot &&
	same --cached &&
	shows shop/lines shop/HEAD two shop/main three HEAD main &&
	keep nine && git add . &&
	shows shop/lines shop/HEAD two shop/index nine --cached &&
	go shop &&
	shows shop/lines shop/HEAD three shop/index four --cached
'

test_expect_success 'a shallow clone' '
	go . &&
	git clone -q --depth 1 "file://$PWD/shop" shallow &&
	cd shallow &&
	same HEAD snapshot &&
	fails 128 "'\''HEAD~1'\'' names no commit: the history of this shallow clone is cut off" \
		"git fetch --unshallow" HEAD~1 snapshot &&
	git fetch -q --unshallow &&
	shows shop/lines shop/HEAD~1 two shop/snapshot three HEAD~1 snapshot
'

test_expect_success 'a partial clone' '
	go . &&
	for filter in blob:none tree:0
	do
		git clone -q --no-checkout --filter=$filter "file://$PWD/shop" \
			partial &&
		git -C partial rev-list --objects --all --missing=print \
			>missing &&
		grep "^?" missing &&
		cd partial &&
		shows shop/lines shop/v1 two shop/HEAD three v1 HEAD &&
		git config remote.origin.url "file://$PWD/gone" &&
		shows shop/lines shop/v1 two shop/HEAD three v1 HEAD &&
		go . &&
		rm -rf partial || return 1
	done
'

test_expect_success 'a partial clone whose remote has gone' '
	go . &&
	git clone -q --no-checkout --filter=blob:none "file://$PWD/shop" alone &&
	cd alone &&
	git config remote.origin.url "file://$PWD/gone" &&
	fails 128 "d1/shop/schema.sql'\'': git: fatal: " \
		"a partial clone needs its remote" v1 HEAD &&
	grep "could not fetch [0-9a-f]* from promisor remote" "$HOME/errors"
'

test_expect_success 'a SHA-256 repository' '
	go . &&
	git init -q --object-format=sha256 sha256 &&
	cd sha256 &&
	cp ../shop/wrangler.jsonc . &&
	keep ten &&
	git add . && git commit -q -m x &&
	fails 128 "is a SHA-256 repository, which libgit2 cannot read" \
		"what needs no commit and no index works" HEAD snapshot &&
	fails 128 "is a SHA-256 repository" "what needs no commit" --cached &&
	shows shop/lines shop/snapshot ten ../shop/d1/shop five \
		snapshot ../shop/d1/shop
'

test_expect_success ROOT 'a repository of another owner' '
	go . &&
	cp -r shop foreign &&
	chown -R 12345 foreign &&
	cd foreign &&
	sqlite3 ../a.sqlite "$(fill six)" &&
	for sides in "v1 HEAD" "--cached" "snapshot local" "index"
	do
		fails 128 "dubious ownership in repository at" "" $sides &&
		grep "git config --global --add safe.directory" "$HOME/errors" \
			|| return 1
	done &&
	git-d1 diff --exit-code ../a.sqlite ../a.sqlite &&
	test_when_finished "git config --global --unset-all safe.directory" &&
	for trusted in "$PWD" "*"
	do
		git config --global safe.directory "$trusted" &&
		shows shop/lines shop/v1 two shop/HEAD three v1 HEAD || return 1
	done
'

test_expect_success 'after git gc' '
	go . &&
	git clone -q shop packed &&
	cd packed &&
	git gc -q --prune=now && git pack-refs --all &&
	git count-objects >actual &&
	echo "0 objects, 0 kilobytes" >expect &&
	test_cmp expect actual &&
	shows shop/lines shop/v1 two shop/HEAD three v1 HEAD &&
	short=$(git rev-parse --short=6 v1^{commit}) &&
	shows shop/lines "shop/$short" two shop/HEAD three $short HEAD
'

test_expect_success 'a repository that lost its objects' '
	go . &&
	git clone -q shop lost &&
	cd lost &&
	id=$(git rev-parse v1^{commit}) &&
	git update-ref refs/heads/broken $id &&
	rm -rf .git/objects/pack .git/objects/[0-9a-f][0-9a-f] &&
	fails 128 "'\''broken'\'' is $id, which is not in this repository" \
		"git fsck" broken HEAD
'

test_expect_success 'a branch without commits' '
	go . &&
	git init -q unborn &&
	cd unborn &&
	cp ../shop/wrangler.jsonc . &&
	keep ten && git add . && keep eleven &&
	fails 128 "'\''HEAD'\'' names no commit: this branch has none yet" "" HEAD &&
	fails 128 "this branch has none yet" "" --cached &&
	shows shop/lines shop/index ten shop/snapshot eleven index snapshot
'

test_expect_success 'no repository' '
	go . &&
	mkdir plain && cd plain &&
	keep ten &&
	fails 128 "there is no git repository around" "" HEAD d1/shop &&
	shows lines d1/shop ten ../shop/d1/shop five d1/shop ../shop/d1/shop
'

# ---- which snapshot ----

test_expect_success 'no snapshot' '
	go . &&
	git init -q none &&
	cd none &&
	cp ../shop/wrangler.jsonc . &&
	git add . && git commit -q -m x &&
	fails 128 "'\''HEAD'\'' holds no snapshot of shop: there is no '\''d1/shop/schema.sql'\'' in it" \
		"write one with \`git d1 snapshot\`, and commit it" HEAD &&
	fails 128 "the index of git holds no snapshot of shop" \
		"git add d1/shop" index &&
	fails 128 "the worktree holds no snapshot of shop" \
		"write it with: git d1 snapshot" snapshot
'

test_expect_success 'a commit in which the database was called otherwise' '
	go . &&
	git init -q renamed &&
	cd renamed &&
	cp ../shop/wrangler.jsonc . &&
	git config -f .d1config database.DB.name store &&
	keep ten && mv d1/shop d1/store &&
	git add . && git commit -q -m x && git tag old &&
	git config -f .d1config database.DB.name shop &&
	mv d1/store d1/shop && keep eleven &&
	git add . && git commit -q -m y &&
	fails 128 "'\''old'\'' holds no snapshot of shop" \
		"it has snapshots of: store; write store/old for that one" \
		old HEAD &&
	shows shop/lines store/old ten shop/HEAD eleven store/old shop/HEAD
'

test_expect_success 'two databases: the one that is named' '
	go . &&
	git init -q two &&
	cd two &&
	cat >wrangler.json <<-\EOF &&
	{ "d1_databases": [
		{ "binding": "DB", "database_name": "shop" },
		{ "binding": "LOGS", "database_name": "logs" } ] }
	EOF
	keep ten && mv d1/shop d1/logs && keep eleven &&
	git add . && git commit -q -m x &&
	keep twelve &&
	fails 128 "has several databases" "shop (binding DB), logs (binding LOGS)" \
		HEAD snapshot &&
	fails 128 "has several databases" "shop (binding DB)" --cached &&
	same logs/HEAD snapshot &&
	shows shop/lines shop/HEAD eleven shop/snapshot twelve HEAD \
		shop/snapshot &&
	shows logs/lines shop/HEAD eleven logs/snapshot ten DB/HEAD \
		LOGS/snapshot
'

test_expect_success 'two databases without a configuration' '
	go two &&
	test_when_finished "cd ..; git -C two checkout -q wrangler.json" &&
	rm wrangler.json &&
	fails 129 "there are snapshots of several databases: logs, shop" \
		"say which one is meant: DATABASE/" HEAD snapshot &&
	shows shop/lines shop/HEAD eleven shop/snapshot twelve shop/HEAD \
		snapshot &&
	shows shop/lines logs/HEAD ten shop/HEAD eleven logs/HEAD shop/HEAD
'

# ---- dumps ----

cat >"$HOME/dump-tables.sql" <<\EOF
CREATE TABLE kinds(id INTEGER PRIMARY KEY AUTOINCREMENT, a, b,
	twice AS (a * 2), kept TEXT AS (a || 'x') STORED);
INSERT INTO kinds(a, b) VALUES(1, 1.5), ('x', x'00ff'), (NULL, ''),
	('a' || char(10) || 'b', char(13, 10, 39)), (9e999, -9e999),
	(9223372036854775807, -0.5), (char(1) || 'x', 'ö');
CREATE TABLE bag(a TEXT);
INSERT INTO bag VALUES('a'), ('a'), (NULL);
CREATE TABLE audit(what);
CREATE INDEX kinds_b ON kinds(b);
CREATE TRIGGER noted AFTER INSERT ON kinds BEGIN
	INSERT INTO audit VALUES('written; ' || new.id);
END;
EOF

cat >"$HOME/wrangler.sql" <<\EOF
PRAGMA defer_foreign_keys=TRUE;
BEGIN TRANSACTION;
CREATE TABLE kinds(id INTEGER PRIMARY KEY AUTOINCREMENT, a, b,
	twice AS (a * 2), kept TEXT AS (a || 'x') STORED);
INSERT INTO "kinds" ("id","a","b") VALUES(1,1,1.5);
INSERT INTO "kinds" ("id","a","b") VALUES(2,'x',X'00FF');
INSERT INTO "kinds" ("b","a","id")
VALUES('',NULL,3),
	(replace(replace('\r\n''','\r',char(13)),'\n',char(10)),
		replace('a\nb','\n',char(10)),4);
INSERT INTO "kinds" VALUES(5,9e999,-9e999);
INSERT INTO "kinds" VALUES(6,9223372036854775807,-5e-1);
INSERT INTO "kinds" VALUES(7,replace('!x','!',char(1)),'ö');
CREATE TABLE IF NOT EXISTS "bag"(a TEXT);
INSERT INTO "bag" ("a") VALUES('a');
INSERT INTO "bag" ("a") VALUES('a');
INSERT INTO "bag" ("a") VALUES(NULL);
CREATE TABLE audit(what);
CREATE TABLE _cf_KV(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
INSERT INTO "_cf_KV" ("key","value") VALUES('a',NULL);
DELETE FROM sqlite_sequence;
INSERT INTO "sqlite_sequence" ("name","seq") VALUES('kinds',7);
CREATE INDEX kinds_b ON kinds(b);
CREATE TRIGGER noted AFTER INSERT ON kinds BEGIN
	INSERT INTO audit VALUES('written; ' || new.id);
END;
COMMIT;
EOF

test_expect_success 'dumps of sqlite3 and of wrangler' '
	go . &&
	sqlite3 db.sqlite <dump-tables.sql &&
	sqlite3 db.sqlite "DELETE FROM audit" &&
	sqlite3 db.sqlite .dump >dump.sql &&
	same db.sqlite dump.sql &&
	same db.sqlite wrangler.sql &&
	same dump.sql wrangler.sql
'

test_expect_success 'a dump whose lines end in CR LF' '
	go . &&
	sed "s/\$/\r/" dump.sql >dump-crlf.sql &&
	sed "s/\$/\r/" wrangler.sql >wrangler-crlf.sql &&
	same db.sqlite dump-crlf.sql &&
	same db.sqlite wrangler-crlf.sql
'

test_expect_success 'a dump against other places' '
	go shop &&
	fill seven >../seven.sql &&
	shows shop/lines ../seven.sql seven shop/local six ../seven.sql &&
	shows shop/lines shop/HEAD three ../seven.sql seven HEAD ../seven.sql &&
	git-d1 diff --where "id = 1" HEAD ../seven.sql >../actual &&
	test_must_be_empty ../actual
'

test_expect_success 'a dump in UTF-16' '
	go . &&
	printf "\377\376C\0R\0" >utf16.sql &&
	fails 128 "'\''utf16.sql'\'' is a text in UTF-16" "PowerShell" \
		utf16.sql db.sqlite
'

cat >"$HOME/evil-statements" <<\EOF
3|'ATTACH' is no statement|ATTACH 'pwned.sqlite' AS x;
3|'VACUUM' is no statement|VACUUM INTO 'pwned.sqlite';
3|'.shell' is no statement|.shell touch pwned
3|'DROP' is no statement|DROP TABLE lines;
3|'SELECT' is no statement|SELECT load_extension('./pwned');
3|'PRAGMA' is no statement|PRAGMA journal_mode=WAL;
3|CREATE TABLE ... AS is not allowed|CREATE TABLE x AS SELECT 1;
3|the function writefile is not|CREATE INDEX x ON lines(writefile('pwned', name));
3|the module csv is not allowed|CREATE VIRTUAL TABLE x USING csv(filename='wrangler.sql');
128|an INSERT is no list of values at 'SELECT'|INSERT INTO lines SELECT 3, 'x';
128|no value of a dump: 'load_extension'|INSERT INTO lines VALUES(3, load_extension('pwned'));
EOF

test_expect_success 'what a dump must not do is refused' '
	go . &&
	bytes=$(sha256sum db.sqlite) &&
	while IFS="|" read -r code text statement
	do
		{
			fill seven &&
			printf "%s\n" "$statement"
		} >evil.sql &&
		fails "$code" "evil.sql:3: $text" "" evil.sql db.sqlite ||
			return 1
	done <"$HOME/evil-statements" &&
	test "$bytes" = "$(sha256sum db.sqlite)" &&
	test -z "$(ls -d pwned* 2>&-)"
'

# ---- what lies in wait ----

# The hostile project: its snapshot is as the local database.
test_expect_success 'set up the project that is attacked' '
	go . &&
	make_wrangler_project prey "$(fill two)" &&
	cd prey &&
	git init -q &&
	printf "%s\n" .wrangler "/err" "/out" >.gitignore &&
	keep two &&
	git add . && git commit -q -m good &&
	git tag good &&
	same HEAD && same snapshot
'

# All bytes of the local database.
bytes () {
	sha256sum .wrangler/state/v3/d1/*/*
}

# strikes CODE TEXT COMMAND...: it is refused, with TEXT on standard error, and
# nothing is written.
strikes () {
	want=$1 text=$2 &&
	shift 2 &&
	before=$(bytes) &&
	test_expect_exit $want timeout 60 "$@" >out </dev/null &&
	grep -F -e "$text" err &&
	test "$before" = "$(bytes)" &&
	test ! -e "$HOME/pwned" && test ! -e pwned
}

# hostile CODE TEXT: the snapshot in the worktree is refused wherever it is
# read from: there, in the index and in a commit. It is taken away then.
hostile () {
	test_when_finished "git -C \"$PWD\" reset -q --hard good &&
		git -C \"$PWD\" clean -qfdx d1" &&
	strikes "$1" "$2" git-d1 diff snapshot local &&
	strikes "$1" "$2" git-d1 restore --force snapshot &&
	git add -A &&
	strikes "$1" "$2" git-d1 diff --cached &&
	git commit -q -m bad &&
	strikes "$1" "$2" git-d1 diff HEAD local &&
	strikes "$1" "$2" git-d1 diff good HEAD &&
	strikes "$1" "$2" git-d1 restore --force HEAD &&
	strikes "$1" "$2" git-d1 restore --to ./pwned HEAD
}

cat >"$HOME/evil-rows" <<\EOF
the row does not end in ');' but goes on|INSERT INTO "lines" VALUES(3,'x'); DROP TABLE lines;
not a row of table 'lines'|DELETE FROM lines;
not a row of table 'lines'|ATTACH 'pwned' AS x;
not a row of table 'lines'|CREATE TRIGGER x AFTER INSERT ON lines BEGIN DELETE FROM lines; END;
not a row of table 'lines'|.shell touch pwned
not a row of table 'lines'|SELECT writefile('pwned', 'x');
not a row of table 'lines'|INSERT INTO "other" VALUES(3,'x');
column 'name' has no value that can be read|INSERT INTO "lines" VALUES(3,(SELECT 1));
column 'name' has no value that can be read|INSERT INTO "lines" VALUES(3,load_extension('pwned'));
1 value for 2 columns|INSERT INTO "lines" VALUES(3);
EOF

test_expect_success 'lines of a data file that are no rows' '
	while IFS="|" read -r text line
	do
		go prey &&
		printf "%s\n" "$line" >>d1/shop/data/lines.sql &&
		hostile 128 "data/lines.sql:6: $text" &&
		git reset -q --hard good || return 1
	done <"$HOME/evil-rows"
'

test_expect_success 'the head of a data file' '
	go prey &&
	sed -i "1s/1$/2/" d1/shop/data/lines.sql &&
	hostile 128 "data/lines.sql:1: a snapshot of version '\''2'\''" &&
	go prey && git reset -q --hard good &&
	sed -i "3s/.*/PRAGMA writable_schema=on;/" d1/shop/data/lines.sql &&
	hostile 128 "data/lines.sql:3: the line is not" &&
	go prey && git reset -q --hard good &&
	sed -i "2s/lines/nosuch/" d1/shop/data/lines.sql &&
	hostile 128 "data/lines.sql:2: schema.sql has no table '\''nosuch'\''" &&
	go prey && git reset -q --hard good &&
	cp d1/shop/data/lines.sql d1/shop/data/more.sql &&
	hostile 128 "data/more.sql:2: the file of table '\''lines'\'' must be"
'

cat >"$HOME/evil-definitions" <<\EOF
3|ATTACH is not allowed|CREATE TABLE x(a); ATTACH 'pwned' AS x;
3|VACUUM is not allowed|VACUUM INTO 'pwned';
3|INSERT is not allowed|CREATE TABLE x(a);INSERT INTO lines VALUES(3, 'x');
3|DROP is not allowed|DROP TABLE lines;
3|SELECT is not allowed|SELECT load_extension('./pwned');
3|PRAGMA writable_schema is not allowed|PRAGMA writable_schema=ON;
3|PRAGMA journal_mode is not allowed|PRAGMA journal_mode=DELETE;
3|CREATE TABLE ... AS is not allowed|CREATE TABLE x AS SELECT * FROM lines;
3|the function writefile is not allowed|CREATE TABLE x(a, b AS (writefile('pwned', a)) STORED);
3|the function load_extension is not allowed|CREATE INDEX x ON lines(load_extension('./pwned'));
3|the module csv is not allowed|CREATE VIRTUAL TABLE x USING csv(filename='/etc/passwd');
3|the temporary object x is not allowed|CREATE TEMP TABLE x(a);
3|the database temp is not allowed|CREATE TABLE temp.x(a);
3|the table _cf_KV is not allowed|CREATE TABLE _cf_KV(a);
128|near ".": syntax error|.shell touch pwned
128|a comment that is not closed|CREATE TABLE x(a) /*
EOF

test_expect_success 'a schema that would do more than define' '
	while IFS="|" read -r code text line
	do
		go prey &&
		printf "%s\n" "$line" >>d1/shop/schema.sql &&
		hostile "$code" "schema.sql:5: $text" &&
		git reset -q --hard good || return 1
	done <"$HOME/evil-definitions"
'

cat >"$HOME/schema-rest" <<\EOF
CREATE TABLE other(a DEFAULT (load_extension('./pwned')));
CREATE VIEW seen AS SELECT writefile('pwned', name) FROM lines;
CREATE TRIGGER emptied AFTER INSERT ON lines BEGIN
	DELETE FROM lines;
	INSERT INTO other(a) VALUES(new.id);
END;
EOF

# Definitions are allowed; what they would do is not done.
test_expect_success 'triggers and defaults in a schema do nothing' '
	go prey &&
	test_when_finished "git -C \"$PWD\" reset -q --hard good" &&
	cat "$HOME/schema-rest" >>d1/shop/schema.sql &&
	before=$(bytes) &&
	same snapshot &&
	same snapshot good &&
	git-d1 diff --where "name = '\''two'\''" snapshot good &&
	test "$before" = "$(bytes)" &&
	git-d1 restore --to ./made.sqlite snapshot &&
	sqlite3 made.sqlite "SELECT * FROM lines; SELECT count(*) FROM other" \
		>actual &&
	rm -f made.sqlite* &&
	printf "%s\n" "1|one" "2|two" 0 >expect &&
	test_cmp expect actual &&
	rm expect actual &&
	test ! -e pwned
'

test_expect_success 'symbolic links' '
	go prey &&
	cp -r d1 ../outside &&
	for path in d1/shop/data/lines.sql d1/shop/data d1/shop/schema.sql
	do
		go prey &&
		rm -r "$path" &&
		ln -s "$PWD/../outside/${path#d1/}" "$path" &&
		hostile 3 "$path'\'' is a symbolic link" &&
		git reset -q --hard good || return 1
	done
'

test_expect_success 'folders above that are symbolic links' '
	for path in d1/shop d1
	do
		go prey &&
		rm -r "$path" &&
		ln -s "$PWD/../outside${path#d1}" "$path" &&
		strikes 3 "passes the symbolic link" git-d1 diff snapshot local &&
		strikes 3 "passes the symbolic link" git-d1 restore --force \
			snapshot &&
		git add -A && git commit -q -m bad &&
		strikes 3 "$path'\'' is a symbolic link" git-d1 diff HEAD local &&
		! git-d1 diff --cached good &&
		git reset -q --hard good || return 1
	done
'

test_expect_success 'a folder in the place of a file, and the reverse' '
	for path in d1/shop/data/lines.sql d1/shop/schema.sql
	do
		go prey &&
		rm "$path" && mkdir "$path" && : >"$path/x" &&
		hostile 128 "$path'\'' is not a regular file" &&
		git reset -q --hard good || return 1
	done &&
	go prey &&
	rm -r d1/shop/data && : >d1/shop/data &&
	hostile 128 "'\''data'\'' is not a folder"
'

test_expect_success 'a FIFO does not hold anybody up' '
	go prey &&
	test_when_finished "git -C \"$PWD\" reset -q --hard good" &&
	rm d1/shop/data/lines.sql && mkfifo d1/shop/data/lines.sql &&
	strikes 128 "lines.sql'\'' is not a regular file" \
		git-d1 diff snapshot local &&
	strikes 128 "lines.sql'\'' is not a regular file" \
		git-d1 restore --force snapshot
'

# entry MODE NAME ID: one entry of a tree as git keeps it.
entry () {
	printf "%s %s\0" "$1" "$2" && hex_bytes "$3"
}

# tree: makes one of the entries on standard input, whatever they are.
tree () {
	git hash-object -w -t tree --literally --stdin
}

# commit_data TREE [MODE]: a commit whose snapshot has these data files.
commit_data () {
	shop=$({
		entry ${2-40000} data "$1" &&
		entry 100644 schema.sql "$(git rev-parse good:d1/shop/schema.sql)"
	} | tree) &&
	folder=$(entry 40000 shop "$shop" | tree) &&
	top=$(entry 40000 d1 "$folder" | tree) &&
	git commit-tree -m bad "$top"
}

test_expect_success 'names in a tree that lead elsewhere' '
	go prey &&
	blob=$(git rev-parse good:d1/shop/data/lines.sql) &&
	for name in .. . ../lines.sql a/lines.sql ../../../../pwned.sql \
		/etc/passwd.sql
	do
		commit=$(commit_data "$(entry 100644 "$name" "$blob" | tree)") &&
		text="'\''$name'\'' is not the name of a file" &&
		strikes 3 "$text" git-d1 diff "$commit" local &&
		strikes 3 "$text" git-d1 diff good "$commit" || return 1
	done &&
	folder=$(entry 100644 lines.sql "$blob" | tree) &&
	commit=$(commit_data "$(entry 40000 .. "$folder" | tree)") &&
	strikes 3 "'\''..'\'' is not the name of a file" git-d1 restore --force \
		"$commit" &&
	commit=$(commit_data "$(entry 100644 ../lines.sql "$blob" | tree)") &&
	strikes 3 "'\''../lines.sql'\'' is not the name of a file" \
		git-d1 restore --force "$commit"
'

test_expect_success 'entries of a tree that are not what they say' '
	go prey &&
	blob=$(git rev-parse good:d1/shop/data/lines.sql) &&
	link=$(printf /etc/passwd | git hash-object -w --stdin) &&
	commit=$(commit_data "$(printf "120000 blob $link\tlines.sql\n" |
		git mktree)") &&
	strikes 3 "lines.sql'\'' is a symbolic link" git-d1 diff "$commit" local &&
	strikes 3 "lines.sql'\'' is a symbolic link" git-d1 restore --force \
		"$commit" &&
	commit=$(commit_data "$(entry 160000 lines.sql "$blob" | tree)") &&
	strikes 128 "lines.sql'\'' is not a regular file" \
		git-d1 diff "$commit" local &&
	commit=$(commit_data "$blob") &&
	strikes 128 "cannot read" git-d1 diff "$commit" local &&
	strikes 128 "cannot read" git-d1 restore --force "$commit" &&
	commit=$(commit_data "$blob" 100644) &&
	strikes 128 "'\''data'\'' is not a folder" git-d1 diff "$commit" local &&
	commit=$(commit_data "$blob" 160000) &&
	strikes 128 "'\''data'\'' is not a folder" git-d1 diff "$commit" local
'

test_expect_success 'control characters of a tree do not reach the terminal' '
	go prey &&
	blob=$(git rev-parse good:d1/shop/data/lines.sql) &&
	name=$(printf "x\033[31m.sql") &&
	commit=$(commit_data "$(entry 100644 "$name" "$blob" | tree)") &&
	strikes 128 "data/x\\033[31m.sql:2: " git-d1 diff "$commit" local &&
	! grep "$(printf "\033")" err
'

# limited COMMAND...: with 96 MiB of addresses, of which the program without
# any data takes a good part. The most that is needed is half of it.
limited () {
	(ulimit -v 98304 && "$@")
}

test_expect_success MEMORY 'a line of a gigabyte' '
	for path in d1/shop/data/lines.sql d1/shop/schema.sql
	do
		go prey &&
		test_when_finished "git -C \"$PWD\" reset -q --hard good" &&
		printf -- "-- " >>"$path" &&
		truncate -s 1G "$path" &&
		for try in "diff snapshot local" "diff ./d1/shop good" \
			"restore --force snapshot"
		do
			test_expect_exit 128 limited timeout 60 git-d1 $try \
				>out </dev/null &&
			grep "${path#d1/shop/}:[0-9]*: " err || return 1
		done
	done
'

test_expect_success MEMORY 'a long line in a commit' '
	go prey &&
	test_when_finished "git -C \"$PWD\" reset -q --hard good" &&
	path=d1/shop/data/lines.sql &&
	printf "INSERT INTO \"lines\" VALUES(3,'\''" >>$path &&
	truncate -s 128M $path &&
	git -c core.bigFileThreshold=1m add $path &&
	git commit -q -m bad &&
	for try in "diff HEAD local" "diff --cached good" "restore --force HEAD"
	do
		test_expect_exit 128 limited timeout 60 git-d1 $try >out \
			</dev/null &&
		grep "data/lines.sql:6: a line of more than" err || return 1
	done
'

test_expect_success 'nothing is left behind' '
	go prey &&
	same good &&
	test -z "$(git status --porcelain)"
'

test_done
