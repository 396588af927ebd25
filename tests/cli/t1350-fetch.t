#!/bin/sh

test_description='git d1 fetch: the remote database as a snapshot under refs/d1/'

. "$(dirname "$0")/lib.sh"

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"

test_needs sqlite3 engine

# ---- the databases ----

cat >shop.sql <<\EOF
CREATE TABLE hard(n INTEGER PRIMARY KEY, v);
INSERT INTO hard(v) VALUES (NULL), (''), (x''), ('0'), (0), (0.0), (-0.0),
	(0.1 + 0.2), (9223372036854775807), (9e999), (-9e999),
	(4.9406564584124654e-324), (1.7976931348623157e308), (x'00ff'),
	(CAST(x'610062' AS TEXT)), (CAST(x'ff' AS TEXT)),
	(CAST(x'efbfbd' AS TEXT)), (char(13, 10)), (char(8238)), ('it''s'),
	(hex(zeroblob(100000))), (zeroblob(500000));
CREATE TABLE nullable(a TEXT, b INT, v, PRIMARY KEY(a, b));
INSERT INTO nullable VALUES('b', 2, 1), (NULL, 9, 4), (NULL, NULL, 5),
	(NULL, NULL, 4), (NULL, NULL, 5), ('a', NULL, 6), (NULL, 1, 8);
CREATE TABLE folded(name TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO folded VALUES('b', 1), ('A', 2), ('C', 3), ('a ', 4);
CREATE TABLE bag(level INT, text);
INSERT INTO bag VALUES(2, 'b'), (1, 'a'), (2, 'b'), (NULL, NULL), (10, 'c');
CREATE TABLE computed(id INTEGER PRIMARY KEY AUTOINCREMENT, a INT,
	twice AS (a * 2), b TEXT);
INSERT INTO computed(a, b) VALUES(1, 'x'), (2, 'y');
CREATE TABLE empty(id INTEGER PRIMARY KEY, v);
CREATE VIRTUAL TABLE pages USING fts5(title, body);
INSERT INTO pages(rowid, title, body) VALUES(7, 'one', 'text'), (3, 'two', '');
CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT);
INSERT INTO users VALUES(1, 'ada@example.com');
CREATE TABLE untracked(secret TEXT);
INSERT INTO untracked VALUES('do not keep');
CREATE VIEW folded_names AS SELECT name FROM folded;
CREATE TRIGGER noted AFTER INSERT ON bag BEGIN
	INSERT INTO untracked VALUES('trigger; ' || new.text);
END;
EOF
cat >stock.sql <<\EOF
CREATE TABLE stock(id INTEGER PRIMARY KEY, n INTEGER);
INSERT INTO stock VALUES(1, 10), (2, 20);
EOF

ID=$TEST_DATABASE_ID
STOCK_ID=22222222-2222-4333-8444-555555555555
REF=refs/d1/shop/remote
GIT_D1_MASK_KEY=0123456789abcdef0123456789abcdef
export GIT_D1_MASK_KEY

# place ID SQL-FILE: a database where the stand-in looks for it.
place () {
	file=$(local_database "$SHARNESS_TRASH_DIRECTORY/remote" "$1") &&
	mkdir -p "$(dirname "$file")" &&
	sqlite3 -bail "$file" <"$2"
}

# project DIR [OPTION...]: a repository with the two databases.
project () {
	dir=$SHARNESS_TRASH_DIRECTORY/$1 &&
	shift &&
	mkdir "$dir" && cd "$dir" && git init -q "$@" . &&
	cat >wrangler.jsonc <<-EOF &&
	{ "d1_databases": [
		{ "binding": "DB", "database_name": "shop",
			"database_id": "$ID" },
		{ "binding": "STOCK", "database_name": "stock",
			"database_id": "$STOCK_ID" }
	] }
	EOF
	for table in hard nullable folded bag computed empty pages users stock
	do
		git config -f .d1config table.$table.track true || return 1
	done &&
	git config -f .d1config table.users.maskColumns email &&
	printf "%s\n" "/*" "!/d1" "!/.d1config" "!/.gitignore" \
		"!/wrangler.jsonc" >.gitignore
}

go () {
	cd "$SHARNESS_TRASH_DIRECTORY/$1" || return
}

# log_holds_reads: no request wrote, and some were there. A statement is in
# "request" as JSON in JSON.
log_holds_reads () {
	standin_log >log &&
	node -e '
		const lines = require("fs").readFileSync("log", "utf8");
		let seen = 0;
		for (const line of lines.split("\n").filter(Boolean)) {
			const { method, path, request } = JSON.parse(line);
			if (method === "GET" && !/export|import/.test(path))
				continue;
			if (method !== "POST" || !/\/raw$/.test(path))
				throw new Error(`${method} ${path}`);
			const body = typeof request === "string"
				? JSON.parse(request) : request;
			for (const { sql } of body.batch ?? [body]) {
				seen++;
				if (!/^(SELECT|WITH)\b[^;]*;?$/is.test(
					sql.replace(/\x27[^\x27]*\x27|"[^"]*"/g, "x")))
					throw new Error(sql);
			}
		}
		if (seen === 0)
			throw new Error("no statement");
	'
}

test_expect_success 'set up' '
	place $ID shop.sql &&
	place $STOCK_ID stock.sql &&
	cp "$(local_database remote $ID)" before.sqlite &&
	standin_start --persist remote/.wrangler/state --database shop=$ID \
		--database stock=$STOCK_ID &&
	standin_env &&
	project main &&
	git add -A && test_tick && git commit -q -m start
'

test_expect_success 'the first fetch' '
	go main && standin_clear_log &&
	git d1 fetch shop >actual 2>err &&
	cat >expect <<-EOF &&
	From shop/remote ($ID)
	 * [new snapshot]        $REF
	EOF
	test_cmp expect actual &&
	test_must_be_empty err &&
	git cat-file -t $REF >actual &&
	echo commit >expect &&
	test_cmp expect actual
'

test_expect_success 'nothing is sent but statements that read' '
	go main && log_holds_reads
'

test_expect_success 'nothing changes besides, and no local database is made' '
	go main &&
	git status --porcelain >actual &&
	test_must_be_empty actual &&
	! test -e .wrangler && ! test -e d1 &&
	git for-each-ref --format="%(refname)" >actual &&
	printf "%s\n" $REF refs/heads/main >expect &&
	test_cmp expect actual
'

test_expect_success 'the files are those of a snapshot' '
	go main &&
	test_when_finished "git rm -q -r -f --cached d1 && rm -rf d1" &&
	git d1 snapshot -q shop/remote &&
	git add d1 &&
	git write-tree --prefix=d1/shop/ >expect &&
	git rev-parse "$REF^{tree}" >actual &&
	test_cmp expect actual &&
	git ls-tree -r --name-only $REF >actual &&
	cat >expect <<-\EOF &&
	data/bag.sql
	data/computed.sql
	data/empty.sql
	data/folded.sql
	data/hard.sql
	data/nullable.sql
	data/pages.sql
	data/users.sql
	schema.sql
	triggers.sql
	EOF
	test_cmp expect actual
'

test_expect_success 'and those of a snapshot of the file behind it' '
	go . && git -C main rev-parse "$REF^{tree}" >expect-tree &&
	project single &&
	make_wrangler_project . &&
	git d1 snapshot -q ../before.sqlite &&
	git add d1 &&
	git write-tree --prefix=d1/shop/ >actual &&
	test_cmp ../expect-tree actual
'

test_expect_success 'values that are masked or not tracked are not in it' '
	go main &&
	git show $REF:data/users.sql >actual &&
	grep "VALUES(1,'\''masked-[0-9a-f]\{64\}'\'');" actual &&
	test_expect_exit 1 git grep -e "ada@example" -e "do not keep" $REF
'

test_expect_success 'the message has the id of the database in a trailer' '
	go main &&
	git log -1 --format="%(trailers:key=D1-Database,valueonly)" $REF |
		sed "/^$/d" >actual &&
	echo $ID >expect &&
	test_cmp expect actual &&
	git rev-list --count $REF >actual &&
	echo 1 >expect &&
	test_cmp expect actual
'

test_expect_success 'a second fetch of the same rows makes no commit' '
	go main &&
	git rev-parse $REF >expect &&
	test_tick &&
	git d1 fetch shop >out 2>&1 &&
	test_must_be_empty out &&
	git rev-parse $REF >actual &&
	test_cmp expect actual
'

test_expect_success 'a change makes one commit on top of the former' '
	go main &&
	old=$(git rev-parse $REF) &&
	standin_sql shop "UPDATE folded SET v = 20 WHERE name = '\''a'\''" &&
	test_tick &&
	git d1 fetch shop >actual &&
	new=$(git rev-parse $REF) &&
	cat >expect <<-EOF &&
	From shop/remote ($ID)
	   $(echo $old | cut -c 1-10)..$(echo $new | cut -c 1-10)  $REF
	EOF
	test_cmp expect actual &&
	git rev-parse $REF^@ >actual &&
	echo $old >expect &&
	test_cmp expect actual &&
	git diff -U0 $old $new | sed -n "/^[-+]I/p" >actual &&
	cat >expect <<-\EOF &&
	-INSERT INTO "folded" VALUES('\''A'\'',2);
	+INSERT INTO "folded" VALUES('\''A'\'',20);
	EOF
	test_cmp expect actual
'

test_expect_success 'git log shows them' '
	go main &&
	git log --format=%s $REF >actual &&
	printf "%s\n" "Snapshot of shop/remote" "Snapshot of shop/remote" >expect &&
	test_cmp expect actual &&
	git log --format=%h $REF -- data/folded.sql >actual &&
	test $(wc -l <actual) = 2 &&
	git log --format=%h $REF -- data/bag.sql >actual &&
	test $(wc -l <actual) = 1 &&
	git reflog show --format=%gs $REF >actual &&
	printf "%s\n" "d1 fetch: snapshot" "d1 fetch: snapshot" >expect &&
	test_cmp expect actual
'

test_expect_success 'what was fetched is compared without the network' '
	go main &&
	git d1 snapshot -q shop/remote && git add -A && test_tick &&
	git commit -q -m "as on the remote" &&
	sed "s/'\''C'\'',3/'\''C'\'',33/" d1/shop/data/folded.sql >new &&
	mv new d1/shop/data/folded.sql &&
	test_tick && git commit -q -a -m "an edit" &&
	standin_clear_log &&
	(
		unset CLOUDFLARE_API_TOKEN &&
		git d1 diff --exit-code $REF HEAD^ &&
		test_expect_exit 1 git d1 diff --exit-code --numstat $REF HEAD \
			>actual &&
		git d1 diff $REF^ HEAD -- folded >two
	) &&
	printf "0\t1\t0\tfolded\n" >expect &&
	test_cmp expect actual &&
	grep "^+v: 33" two && grep "^+v: 20" two &&
	standin_log >log &&
	test_must_be_empty log
'

test_expect_success 'a fetch that fails leaves the ref as it was' '
	go main &&
	test_when_finished "standin_no_faults" &&
	git for-each-ref >expect &&
	standin_sql shop "UPDATE folded SET v = 21 WHERE name = '\''a'\''" &&
	while read -r kind code skip
	do
		standin_no_faults &&
		standin_fault "{\"kind\":\"$kind\",\"path\":\"raw\",
			\"skip\":$skip,\"times\":0}" &&
		test_expect_exit $code git d1 fetch shop >out &&
		test_must_be_empty out &&
		test_must_fail grep dummy-token err &&
		git for-each-ref >actual &&
		test_cmp expect actual || return 1
	done <<-\EOF
	cut 5 1
	drop 5 2
	forbidden 4 0
	forbidden 4 1
	forbidden 4 2
	garbage 5 2
	half-json 5 1
	EOF
'

test_expect_success 'killed in the middle, too' '
	go main &&
	test_when_finished "standin_no_faults" &&
	git for-each-ref >expect &&
	standin_no_faults &&
	standin_fault "{\"kind\":\"hold\",\"path\":\"raw\",\"skip\":1,
		\"when\":\"after\"}" &&
	killed_when_held git-d1 fetch shop &&
	git for-each-ref >actual &&
	test_cmp expect actual &&
	git d1 fetch shop >out &&
	git show $REF:data/folded.sql >actual &&
	test_line actual "INSERT INTO \"folded\" VALUES('\''A'\'',21);"
'

test_expect_success 'a passing fault does not matter' '
	go main &&
	for fault in "\"cut\"" "\"drop\",\"when\":\"after\"" "\"overloaded\""
	do
		standin_sql shop "UPDATE folded SET v = v + 1 WHERE name = '\''a'\''" &&
		standin_fault "{\"kind\":$fault,\"path\":\"raw\",\"skip\":1}" &&
		git d1 fetch shop >out &&
		test "$(standin_faults_left)" = "[]" &&
		test $(wc -l <out) = 2 || return 1
	done &&
	git rev-parse "$REF^{tree}" >expect &&
	git update-ref -d $REF &&
	git d1 fetch -q shop >out &&
	test_must_be_empty out &&
	git rev-parse "$REF^{tree}" >actual &&
	test_cmp expect actual
'

test_expect_success 'a writer in between: it is read again' '
	go main &&
	test_when_finished "standin_no_faults" &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",\"path\":\"raw\",
		\"skip\":1,\"sql\":\"INSERT INTO folded VALUES(char(122), 77)\"}" &&
	git d1 fetch shop >out 2>err &&
	test_must_be_empty err &&
	git show $REF:data/folded.sql >actual &&
	test_line actual "INSERT INTO \"folded\" VALUES('\''z'\'',77);"
'

test_expect_success 'the token is nowhere in output, traces and objects' '
	go main &&
	standin_sql shop "DELETE FROM folded WHERE v = 77" &&
	(
		GIT_TRACE="$PWD/trace" GIT_TRACE_CURL="$PWD/trace-curl" &&
		GIT_CURL_VERBOSE=1 GIT_TRACE2_EVENT="$PWD/trace2" &&
		GIT_TRACE_REDACT=0 &&
		export GIT_TRACE GIT_TRACE_CURL GIT_CURL_VERBOSE &&
		export GIT_TRACE2_EVENT GIT_TRACE_REDACT &&
		git d1 fetch shop >out 2>err
	) &&
	test -s out && test -s trace-curl &&
	git cat-file -p $REF >commit &&
	test_must_fail grep -a dummy-token out err trace* commit \
		.git/logs/$REF
'

test_expect_success 'each database has a ref of its own' '
	go main &&
	git rev-parse $REF >expect &&
	git d1 fetch stock >actual &&
	test_line actual "From stock/remote ($STOCK_ID)" &&
	git rev-parse $REF >actual &&
	test_cmp expect actual &&
	git ls-tree -r --name-only refs/d1/stock/remote >actual &&
	printf "%s\n" data/stock.sql schema.sql >expect &&
	test_cmp expect actual &&
	git show refs/d1/stock/remote:data/stock.sql >actual &&
	test_line actual "INSERT INTO \"stock\" VALUES(2,20);" &&
	git for-each-ref >expect &&
	test_must_fail git d1 fetch 2>err &&
	grep -e shop err && grep -e stock err &&
	test_must_fail git d1 fetch nowhere 2>err &&
	grep nowhere err &&
	git for-each-ref >actual &&
	test_cmp expect actual
'

test_expect_success 'git push does not push what was fetched' '
	go . && git init -q --bare origin.git && go main &&
	git remote add origin ../origin.git &&
	git push -q -u origin main &&
	test_tick && git commit -q --allow-empty -m again &&
	git push -q && git push -q --all && git push -q --tags &&
	git ls-remote origin >actual &&
	test_must_fail grep refs/d1 actual &&
	git clone -q ../origin.git ../clone &&
	git -C ../clone for-each-ref >actual &&
	test_must_fail grep refs/d1 actual
'

test_expect_success 'git gc keeps it' '
	go main &&
	git reflog expire --expire=now --all &&
	git gc -q --prune=now &&
	git fsck --no-dangling >out 2>&1 &&
	test_must_be_empty out &&
	git d1 diff --exit-code $REF shop/remote >out 2>&1 &&
	git d1 fetch shop >out &&
	test_must_be_empty out
'

test_expect_success 'on a detached HEAD, and an unborn one' '
	go main &&
	standin_sql shop "INSERT INTO folded VALUES('\''y'\'', 1)" &&
	git checkout -q --detach &&
	old=$(git rev-parse $REF) &&
	git d1 fetch shop >out &&
	test "$(git rev-parse $REF^)" = $old &&
	git checkout -q main &&
	git rev-parse "$REF^{tree}" >../expect-tree &&
	project unborn &&
	git d1 fetch shop >out &&
	git rev-parse "$REF^{tree}" >actual &&
	test_cmp ../expect-tree actual &&
	test_must_fail git rev-parse -q --verify HEAD
'

test_expect_success 'in a linked worktree, for all of them' '
	go main &&
	git worktree add -q --detach ../linked &&
	standin_sql shop "INSERT INTO folded VALUES('\''x'\'', 1)" &&
	old=$(git rev-parse $REF) &&
	( go linked && git d1 fetch shop >out ) &&
	test "$(git rev-parse $REF^)" = $old &&
	git -C ../linked rev-parse "$REF^{tree}" >../expect-tree &&
	git rev-parse "$REF^{tree}" >actual &&
	test_cmp ../expect-tree actual
'

test_expect_success 'in a subdirectory' '
	go main && mkdir -p sub/dir && cd sub/dir &&
	old=$(git rev-parse $REF) &&
	standin_sql shop "INSERT INTO folded VALUES('\''w'\'', 1)" &&
	git d1 fetch -q shop &&
	test "$(git rev-parse $REF^)" = $old &&
	git rev-parse "$REF^{tree}" >../../../expect-tree
'

test_expect_success 'with --config: into the repository of the project' '
	go . && git init -q elsewhere && cd elsewhere &&
	git d1 fetch -q --config ../unborn/wrangler.jsonc shop &&
	git for-each-ref >actual &&
	test_must_be_empty actual &&
	git -C ../unborn rev-parse "$REF^{tree}" >actual &&
	test_cmp ../expect-tree actual
'

test_expect_success 'into a bare repository' '
	go . && git init -q --bare bare.git &&
	mkdir tree && cp main/wrangler.jsonc main/.d1config tree/ &&
	cd tree &&
	git --git-dir=../bare.git --work-tree=. d1 fetch -q shop &&
	git -C ../bare.git rev-parse "$REF^{tree}" >actual &&
	test_cmp ../expect-tree actual &&
	git -C ../bare.git update-ref -d $REF &&
	cp wrangler.jsonc .d1config ../bare.git/ && cd ../bare.git &&
	git d1 fetch -q shop &&
	git rev-parse "$REF^{tree}" >actual &&
	test_cmp ../expect-tree actual
'

test_expect_success 'outside of repositories it is refused, before any request' '
	go . && mkdir plain && cp main/wrangler.jsonc main/.d1config plain/ &&
	cd plain && standin_clear_log &&
	test_expect_exit 128 git-d1 fetch shop >out &&
	test_must_be_empty out &&
	grep "not a git repository\|no git repository" err &&
	standin_log >log &&
	test_must_be_empty log
'

test_expect_success 'a SHA-256 repository is refused, before any request' '
	project sha256 --object-format=sha256 &&
	standin_clear_log &&
	test_expect_exit 128 git d1 fetch shop >out &&
	test_must_be_empty out &&
	grep "SHA-256" err &&
	git for-each-ref >actual &&
	test_must_be_empty actual &&
	standin_log >log &&
	test_must_be_empty log
'

test_expect_success 'in all that time nothing was written' '
	go main && standin_clear_log &&
	git d1 fetch shop && git d1 fetch stock &&
	log_holds_reads
'

test_expect_success 'end' '
	standin_stop
'

test_done
