#!/bin/sh

test_description='what push, pull and sync print with --json'

. "$(dirname "$0")/transfers.sh"

database shop <<\EOD
CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, secret, updated_at);
CREATE TABLE child(id INTEGER PRIMARY KEY,
	t INT REFERENCES t(id) ON DELETE CASCADE);
INSERT INTO t VALUES(1, 1, 1, 's', 0), (2, 1, 1, 's', 0), (3, 1, 1, 's', 0);
INSERT INTO child VALUES(1, 1), (2, 1), (3, 2);
--
EOD

test_expect_success 'set up' '
	git init -q . &&
	make_config &&
	start --time-travel &&
	standin_env &&
	to_local shop &&
	git config -f .d1config table.t.ignoreColumns secret
'

# prints OBJECT: that is in "out", with letters in the place of what is another
# thing each time.
prints () {
	node -e "JSON.parse(require(\"fs\").readFileSync(\"out\"))" &&
	sed -e "s/\"journal\":\"[0-9TZa-f-]*\"/\"journal\":\"J\"/g" \
		-e "s/\"bookmark_\([a-z]*\)\":\"[0-9a-f-]*\"/\"bookmark_\1\":\"B\"/g" \
		-e "s/\"\(before\|after\)\":\"[0-9a-f]\{40\}\"/\"\1\":\"C\"/g" \
		-e "s,refs/d1/base/[0-9a-f]\{16\},refs/d1/base/ID," \
		-e "s/\"\(requests\|bytes\)\":[0-9]*/\"\1\":N/g" out >actual &&
	test_cmp expect actual
}

# message: the last one of the command before, as a string of JSON.
message () {
	sed -n "s/\"/\\\\&/g; s/^error: \(.*\)/\"\1\"/p" err
}

# sha256 TEXT: of it.
sha256 () {
	printf %s "$1" | openssl dgst -sha256 | sed "s/.* //"
}

# buckets NAME REMOTE_ONLY LOCAL_ONLY REMOTE_NEWER LOCAL_NEWER DIFFER IDENTICAL
buckets () {
	printf '{"name":"%s","buckets":{"remote_only":%s,"local_only":%s,"remote_newer":%s,"local_newer":%s,"content_differs":%s,"identical":%s}}' "$@"
}

REMOTE='"remote":{"endpoint":"shop/remote","id":"id-shop"}'
LOCAL='"local":{"endpoint":"shop/local"}'
NO_REFS='"tracking_ref":null,
"pair_base":null,'
NONE_LEFT='"left":{"only_remote":0,"only_local":0,"newer_remote":0,"newer_local":0,"different":0},'

test_expect_success 'nothing to write' '
	git-d1 push --json shop >out &&
	cat >expect <<-EOF &&
	{"version":1,"command":"push","result":"nothing","message":null,$REMOTE,$LOCAL,"base":null,
	"tables":[
	$(buckets child 0 0 0 0 0 3),
	$(buckets t 0 0 0 0 0 3)],
	$NONE_LEFT
	"conflicts":[],
	"writes":[],
	$NO_REFS
	"requests":N}
	EOF
	prints &&
	test_expect_exit 129 git-d1 push --json -p shop &&
	test_line err "error: --patch and --json exclude each other"
'

test_expect_success 'conflicts: keys, columns, and hashes without ignored columns' '
	edit "UPDATE t SET a = '\''L'\'', secret = '\''L'\'' WHERE id IN (1, 2);
		INSERT INTO t VALUES(4, 1, 1, 1, 9)" &&
	query shop "UPDATE t SET b = '\''R'\'' WHERE id = 1;
		UPDATE t SET updated_at = 7, a = 1.5 WHERE id = 2" &&
	test_expect_exit 2 git-d1 push --json shop >out &&
	cat >expect <<-EOF &&
	{"version":1,"command":"push","result":"conflict","message":"2 rows differ in shop/local and shop/remote, and it is not known which is to stay; nothing was written",$REMOTE,$LOCAL,"base":null,
	"tables":[
	$(buckets child 0 0 0 0 0 3),
	$(buckets t 0 1 1 0 1 1)],
	$NONE_LEFT
	"conflicts":[
	{"table":"t","key":{"id":"1"},"columns":["a","b"],"remote":{"sha256":"$(sha256 "{\"a\":\"1\",\"b\":\"'\''R'\''\",\"id\":\"1\",\"updated_at\":\"0\"}")"},"local":{"sha256":"$(sha256 "{\"a\":\"'\''L'\''\",\"b\":\"1\",\"id\":\"1\",\"updated_at\":\"0\"}")"}},
	{"table":"t","key":{"id":"2"},"columns":["a","updated_at"],"remote":{"sha256":"$(sha256 "{\"a\":\"1.5\",\"b\":\"1\",\"id\":\"2\",\"updated_at\":\"7\"}")"},"local":{"sha256":"$(sha256 "{\"a\":\"'\''L'\''\",\"b\":\"1\",\"id\":\"2\",\"updated_at\":\"0\"}")"}}],
	"writes":[],
	$NO_REFS
	"requests":N}
	EOF
	prints &&
	test_line err "error: 2 rows differ in shop/local and shop/remote, and it is not known which is to stay; nothing was written"
'

test_expect_success 'a dry run: what would be written, and its cost' '
	git-d1 push --json --dry-run --conflict=newer-wins shop -- child >out &&
	grep "\"result\":\"nothing\"" out &&
	git-d1 push --json --dry-run --conflict=local-wins shop >out 2>err &&
	cat >expect <<-EOF &&
	{"version":1,"command":"push","result":"would-write","message":null,$REMOTE,$LOCAL,"base":null,
	"tables":[
	$(buckets child 0 0 0 0 0 3),
	$(buckets t 0 1 1 0 1 1)],
	$NONE_LEFT
	"conflicts":[],
	"writes":[
	{"endpoint":"shop/remote","tables":[{"name":"t","inserted":1,"updated":2,"deleted":0}],"foreign_keys":[],"cost":{"rows_written":3,"rows_read":9,"requests":N,"bytes":N}}],
	$NO_REFS
	"requests":N}
	EOF
	prints &&
	test_must_be_empty err &&
	has remote shop "SELECT count(*) FROM t" 3
'

test_expect_success 'what was written, and what foreign keys did' '
	edit "DELETE FROM t WHERE id = 1" &&
	git-d1 pull --json --conflict=remote-wins --delete shop -- t >out &&
	cat >expect <<-EOF &&
	{"version":1,"command":"pull","result":"written","message":null,$REMOTE,$LOCAL,"base":null,
	"tables":[
	$(buckets t 1 1 1 0 0 1)],
	$NONE_LEFT
	"conflicts":[],
	"writes":[
	{"endpoint":"shop/local","tables":[{"name":"t","inserted":1,"updated":1,"deleted":1}],"foreign_keys":[],"journal":"J"}],
	$NO_REFS
	"requests":N}
	EOF
	prints &&
	edit "DELETE FROM t WHERE id = 1" &&
	query shop "CREATE INDEX by_t ON child(t)" &&
	git-d1 push --json --dry-run --delete shop -- t >out &&
	grep "\"cost\":{\"rows_written\":5,\"rows_read\":9," out &&
	query shop "DROP INDEX by_t" &&
	standin_clear_log &&
	git-d1 push --json --delete shop -- t >out &&
	cat >expect <<-EOF &&
	{"version":1,"command":"push","result":"written","message":null,$REMOTE,$LOCAL,"base":null,
	"tables":[
	$(buckets t 1 0 0 0 0 2)],
	$NONE_LEFT
	"conflicts":[],
	"writes":[
	{"endpoint":"shop/remote","tables":[{"name":"t","inserted":0,"updated":0,"deleted":1}],"foreign_keys":[{"name":"child","inserted":0,"updated":0,"deleted":2}],"journal":"J","bookmark_before":"B","bookmark_after":"B","requests":N}],
	$NO_REFS
	"requests":N}
	EOF
	prints &&
	standin_log >log &&
	grep "^\"requests\":$(wc -l <log | tr -d " ")}$" out
'

test_expect_success 'tracked tables: the refs, before and after' '
	git-d1 track shop/t 2>err &&
	edit "DELETE FROM child" &&
	query shop "DELETE FROM child;
		UPDATE t SET updated_at = 99, a = 3 WHERE id = 2" &&
	git-d1 sync --json shop >out &&
	cat >expect <<-EOF &&
	{"version":1,"command":"sync","result":"written","message":null,$REMOTE,$LOCAL,"base":null,
	"tables":[
	$(buckets child 0 0 0 0 0 0),
	$(buckets t 0 0 1 0 0 1)],
	$NONE_LEFT
	"conflicts":[],
	"writes":[
	{"endpoint":"shop/local","tables":[{"name":"t","inserted":0,"updated":1,"deleted":0}],"foreign_keys":[],"journal":"J"}],
	"tracking_ref":{"name":"refs/d1/shop/remote","moved":true,"before":null,"after":"C"},
	"pair_base":{"name":"refs/d1/base/ID","moved":true},
	"requests":N}
	EOF
	prints &&
	test "$(git rev-parse refs/d1/shop/remote)" = \
		"$(sed -n "s/^\"tracking_ref\".*\"after\":\"\([0-9a-f]*\)\".*/\1/p" out)" &&
	git-d1 push --json shop >out &&
	cat >expect <<-EOF &&
	{"version":1,"command":"push","result":"nothing","message":null,$REMOTE,$LOCAL,"base":"pair",
	"tables":[
	$(buckets child 0 0 0 0 0 0),
	$(buckets t 0 0 0 0 0 2)],
	$NONE_LEFT
	"conflicts":[],
	"writes":[],
	"tracking_ref":{"name":"refs/d1/shop/remote","moved":false,"before":"C","after":"C"},
	"pair_base":{"name":"refs/d1/base/ID","moved":false},
	"requests":N}
	EOF
	prints
'

test_expect_success 'one side was written, and the other was not' '
	edit "INSERT INTO t VALUES(20, 1, 1, 1, 1);
		CREATE UNIQUE INDEX one ON t(b) WHERE id > 20" &&
	query shop "INSERT INTO t VALUES(21, 1, 1, 1, 1), (22, 1, 1, 1, 1);
		DELETE FROM t WHERE id = 3" &&
	test_expect_exit 6 git-d1 sync --json shop >out &&
	cat >expect <<-EOF &&
	{"version":1,"command":"sync","result":"unplanned","message":$(message),$REMOTE,$LOCAL,"base":"pair",
	"tables":[
	$(buckets child 0 0 0 0 0 0),
	$(buckets t 2 2 0 0 0 1)],
	$NONE_LEFT
	"conflicts":[],
	"writes":[
	{"endpoint":"shop/remote","tables":[{"name":"t","inserted":1,"updated":0,"deleted":0}],"foreign_keys":[],"journal":"J","bookmark_before":"B","bookmark_after":"B","requests":N}],
	"tracking_ref":null,
	"pair_base":{"name":"refs/d1/base/ID","moved":false},
	"requests":N}
	EOF
	prints &&
	grep "^error: shop/remote is written, but shop/local is not: " err
'

test_expect_success 'a row that one side lacks, what is left; what fails prints nothing' '
	edit "DROP INDEX one; UPDATE t SET a = 5 WHERE id = 3" &&
	test_expect_exit 2 git-d1 push --json shop >out &&
	cat >expect <<-EOF &&
	{"version":1,"command":"push","result":"conflict","message":$(message),$REMOTE,$LOCAL,"base":"pair",
	"tables":[
	$(buckets child 0 0 0 0 0 0),
	$(buckets t 2 1 0 0 0 2)],
	"left":{"only_remote":0,"only_local":0,"newer_remote":2,"newer_local":0,"different":0},
	"conflicts":[
	{"table":"t","key":{"id":"3"},"columns":[],"remote":null,"local":{"sha256":"$(sha256 "{\"a\":\"5\",\"b\":\"1\",\"id\":\"3\",\"updated_at\":\"0\"}")"}}],
	"writes":[],
	"tracking_ref":null,
	"pair_base":{"name":"refs/d1/base/ID","moved":false},
	"requests":N}
	EOF
	prints &&
	test_expect_exit 129 git-d1 push --json shop -- nowhere >out &&
	test_must_be_empty out
'

test_expect_success 'a row that another program changes while it is written' '
	git-d1 pull --json --conflict=remote-wins shop >out &&
	edit "UPDATE t SET a = 6 WHERE id = 2" &&
	standin_fault "{\"kind\":\"sql\",\"database\":\"shop\",
		\"sql\":\"UPDATE t SET a = 8 WHERE id = 2\",
		\"path\":\"/raw$\",\"request\":\"defer_foreign_keys\"}" &&
	test_expect_exit 2 git-d1 push --json shop >out &&
	grep "^\"conflicts\":\[\],$" out &&
	grep "\"result\":\"conflict\",\"message\":$(message)," out &&
	message | grep "row id=2"
'

test_done
