#!/bin/sh

test_description='what a push is checked for'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

ID=$TEST_DATABASE_ID
FILE=d1/shop/data/lines.sql

# rows SQL: run in the local database of the project that we are in.
rows () {
	sqlite3 "$(local_database . $ID)" "$1"
}

# save MESSAGE: what the local database holds goes into a commit.
save () {
	test_tick && git d1 snapshot -q && git add -A &&
	git commit -q -m "$1"
}

# break_rows SED: data in a commit of its own, past all snapshots.
break_rows () {
	test_tick && sed -i "$1" $FILE && git commit -q -n -a -m "break rows"
}

# back: everything as the remote has it.
back () {
	cd "$SHARNESS_TRASH_DIRECTORY/shop" &&
	git checkout -q -f main && git fetch -q &&
	git reset -q --hard "${1-start}" && git clean -q -f &&
	git push -q --no-verify -f origin start:refs/heads/main &&
	git remote set-head origin main &&
	git d1 restore -q --force 2>/dev/null >/dev/null ||
	git d1 restore --force >/dev/null
}

# push ARGUMENT...: ends well, without a word of the hook.
push_fine () {
	git push "$@" 2>../err || { cat ../err; return 1; }
	! grep -E "^(error|warning|hint)" ../err
}

# push_blocked CODE ARGUMENT...: does not, and err tells why.
push_blocked () {
	test_must_fail git push "$@" 2>../err &&
	grep "^error: failed to push" ../err &&
	grep "^hint: git push --no-verify" ../err
}

# start_silent: a server that never answers; its port is in ../port.
start_silent () {
	cat >../silent.py <<-\EOF
	import socket, time
	server = socket.socket()
	server.bind(("127.0.0.1", 0))
	server.listen(5)
	print(server.getsockname()[1], flush=True)
	time.sleep(600)
	EOF
	python3 ../silent.py >../port &
	silent=$!
	while ! test -s ../port
	do
		sleep 0.1
	done
}

test_expect_success 'set up' '
	git init -q --bare origin.git &&
	make_wrangler_project shop &&
	cd shop && git init -q && git remote add origin ../origin.git &&
	mkdir migrations &&
	cat >migrations/0001_lines.sql <<-\EOF &&
	CREATE TABLE lines(ref TEXT NOT NULL PRIMARY KEY, name TEXT);
	EOF
	rows "$(cat migrations/0001_lines.sql)
		CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY
			AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP
			DEFAULT CURRENT_TIMESTAMP NOT NULL);
		INSERT INTO d1_migrations(name) VALUES
			('\''0001_lines.sql'\'');
		INSERT INTO lines VALUES('\''M1'\'', '\''one'\''),
			('\''M2'\'', '\''two'\'')" &&
	git d1 init >/dev/null && git d1 track lines &&
	printf "%s\n" .wrangler/ >.gitignore &&
	save start && git tag start &&
	git d1 hooks install pre-push &&
	push_fine -q -u origin main &&
	git remote set-head origin main
'

test_expect_success 'nothing of ours in the push' '
	back && test_commit code && push_fine origin main &&
	git checkout -q -b code-branch && test_commit more &&
	push_fine origin code-branch
'

test_expect_success 'rows in the push, all well' '
	back && rows "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" &&
	save uno && push_fine origin main
'

test_expect_success 'a malformed snapshot is blocked, in each kind of push' '
	back && break_rows "s/'\''two'\''/two/" &&
	push_blocked origin main &&
	grep "^$(git rev-parse --short=10 HEAD):d1/shop/data/lines.sql:5:" \
		../err &&
	grep "^error: the snapshot of shop that is pushed has 1 problem" \
		../err &&
	grep "^hint: all of them: git d1 fsck shop/$(git rev-parse --short=10 HEAD)" \
		../err &&
	push_blocked --dry-run origin main &&
	push_blocked origin HEAD:refs/heads/new &&
	push_blocked origin HEAD~0:refs/heads/new &&
	push_blocked --force origin main &&
	git checkout -q --detach && push_blocked origin HEAD:refs/heads/det &&
	git checkout -q main &&
	git tag light && push_blocked origin light &&
	git tag -a -m annotated heavy && push_blocked origin heavy &&
	git tag -a -m nested heavier heavy && push_blocked --tags origin &&
	git tag -d light heavy heavier >/dev/null &&
	push_blocked --all origin &&
	push_blocked ../origin.git main &&
	push_blocked "file://$PWD/../origin.git" HEAD:refs/heads/url &&
	test "$(git ls-remote origin main | cut -f 1)" = \
		"$(git rev-parse start)" &&
	test -z "$(git ls-remote origin new det url light heavy)"
'

test_expect_success 'rows without their definitions' '
	back && git rm -q d1/shop/schema.sql && git commit -q -m rm &&
	push_blocked origin main && grep "d1/shop/schema.sql: the file" ../err &&
	git rm -q -r d1/shop && git commit -q -m "no snapshot" &&
	push_fine origin HEAD:refs/heads/none && push_fine origin :none &&
	back && break_rows "s/'\''two'\''/two/"
'

test_expect_success 'what lets such a push through' '
	test_must_fail env CI=true GIT_D1_HOOKS=1 git push -q origin \
		HEAD:refs/heads/f &&
	push_fine --no-verify origin HEAD:refs/heads/a &&
	GIT_D1_HOOKS=0 git push -q origin HEAD:refs/heads/b &&
	GIT_D1_SKIP_HOOKS=1 git push -q origin HEAD:refs/heads/c &&
	git -c d1.hooks=false push -q origin HEAD:refs/heads/d &&
	CI=true git push -q origin HEAD:refs/heads/e &&
	test "$(git ls-remote origin a b c d e f | wc -l)" = 5
'

test_expect_success '.d1config cannot switch hooks off' '
	git config -f .d1config d1.hooks false &&
	test_must_fail git push origin main &&
	git checkout -q .d1config
'

test_expect_success 'deletions always pass, and up to date' '
	push_fine origin :a :b :c && push_fine origin --delete d e &&
	back && push_fine origin main
'

test_expect_success 'a deletion beside others does not hide them' '
	git push -q --no-verify origin HEAD:refs/heads/gone &&
	break_rows "s/'\''two'\''/two/" &&
	push_blocked origin :gone main &&
	git ls-remote --exit-code origin gone &&
	push_fine origin :gone
'

test_expect_success 'only the tip counts, and what is not of ours passes' '
	break_rows "s/two/'\''two'\''/" && push_fine origin main &&
	back && git tag -a -m "of a file" blob HEAD:.gitignore &&
	push_fine origin blob && push_fine origin :blob &&
	git tag -d blob >/dev/null
'

test_expect_success 'the branch of the remote is not known here' '
	back && git clone -q ../origin.git ../other &&
	( cd ../other && test_commit elsewhere &&
		git push -q origin HEAD:main ) &&
	break_rows "s/'\''two'\''/two/" &&
	push_blocked --force origin main &&
	git reset -q --hard start && test_commit forced &&
	push_fine --force origin main && rm -rf ../other
'

test_expect_success 'many refs' '
	back &&
	for i in $(test_seq 1 300)
	do
		echo "create refs/tags/many$i HEAD" || return
	done | git update-ref --stdin &&
	push_fine --tags origin &&
	git tag -d $(git tag -l "many*") >/dev/null
'

test_expect_success 'a row that is not committed' '
	back && rows "INSERT INTO lines VALUES('\''X9'\'', '\''new'\'')" &&
	test_commit code2 && push_fine origin main &&
	rows "INSERT INTO lines VALUES('\''M3'\'', '\''three'\'')" &&
	save three &&
	rows "UPDATE lines SET name = '\''drei'\'' WHERE ref = '\''M3'\'';
		DELETE FROM lines WHERE ref = '\''X9'\''" &&
	push_blocked origin main &&
	test_line ../err \
	"error: shop/local holds 2 rows that HEAD does not (lines)" &&
	grep "git d1 snapshot && git add -- .d1/shop. && git commit" ../err &&
	git d1 snapshot -q && git add -- d1/shop && git commit -q -m drei &&
	push_fine origin main
'

test_expect_success 'another commit than HEAD is not compared with local' '
	rows "DELETE FROM lines" && save none &&
	rows "INSERT INTO lines VALUES('\''M8'\'', NULL)" &&
	push_fine origin HEAD~1:refs/heads/older &&
	push_blocked origin HEAD:refs/heads/older
'

test_expect_success 'a database that is only behind does not block' '
	back && git checkout -q -b theirs &&
	sed -i "s/'\''two'\''/'\''zwei'\''/" $FILE &&
	git commit -q -a -m zwei && push_fine origin theirs &&
	rows "UPDATE lines SET name = '\''eins'\'' WHERE ref = '\''M1'\''" &&
	echo >>.d1config && git commit -q -a -m more &&
	push_blocked origin theirs &&
	test_line ../err \
		"error: shop/local holds 1 row that HEAD does not (lines)" &&
	git checkout -q main && git branch -q -D theirs
'

test_expect_success 'without a record it is only said' '
	back && file=$(local_database . $ID) &&
	cp "$file" copy && rm "$file"* && mv copy "$file" &&
	rows "UPDATE lines SET name = '\''eins'\'' WHERE ref = '\''M1'\''" &&
	echo >>.d1config && git commit -q -a -m more &&
	git push origin main 2>../err &&
	grep "^warning: shop/local holds 1 row that HEAD does not" ../err
'

test_expect_success 'a migration that others have is edited' '
	back && echo "-- more" >>migrations/0001_lines.sql &&
	git commit -q -a -m edit && push_blocked origin main &&
	grep "^error: migrations/0001_lines.sql was edited after" ../err &&
	grep "git checkout $(git rev-parse --short=10 start) -- " ../err &&
	push_blocked origin HEAD:refs/heads/feature &&
	git checkout -q "$(git rev-parse --short=10 start)" -- \
		migrations/0001_lines.sql &&
	git commit -q -m "put back" && push_fine origin main
'

test_expect_success 'a migration that only a branch has is edited' '
	back && git checkout -q -b work &&
	echo "CREATE TABLE a(b);" >migrations/0002_a.sql && git add -A &&
	git commit -q -m a && push_fine -f origin work &&
	echo "CREATE TABLE a(c);" >migrations/0002_a.sql &&
	git commit -q --amend -a -m a && git push -q -f origin work 2>../err &&
	grep "^warning: migrations/0002_a.sql was edited after" ../err &&
	git mv migrations/0002_a.sql migrations/0002_b.sql &&
	git commit -q -a -m b && git push -q origin work 2>../err &&
	grep "^warning: migrations/0002_b.sql was called 0002_a.sql" ../err &&
	git checkout -q main && git push -q origin :work
'

test_expect_success 'theirs is edited, and ours is old' '
	back && git clone -q ../origin.git ../other &&
	( cd ../other && echo "-- more" >>migrations/0001_lines.sql &&
		git commit -q -a -m edit && git push -q origin HEAD:main ) &&
	git fetch -q &&
	echo "CREATE TABLE a(b);" >migrations/0002_a.sql && git add -A &&
	git commit -q -m a && push_fine origin HEAD:refs/heads/feature &&
	push_fine origin :feature && rm -rf ../other
'

test_expect_success 'two migrations of one number' '
	back && git clone -q ../origin.git ../other &&
	( cd ../other && echo "CREATE TABLE c(d);" >migrations/0002_c.sql &&
		git add -A && git commit -q -m c &&
		git push -q origin HEAD:main ) &&
	git fetch -q && git checkout -q -b feature &&
	echo "CREATE TABLE a(b);" >migrations/0002_a.sql && git add -A &&
	git commit -q -m a && push_blocked origin feature &&
	test_line ../err "error: migrations/0002_a.sql has the number of 0002_c.sql, which the remote branch has" &&
	test_line ../err \
"hint: git mv migrations/0002_a.sql migrations/0003_a.sql" &&
	git mv migrations/0002_a.sql migrations/0003_a.sql &&
	git commit -q -m renamed && push_fine origin feature &&
	push_fine origin :feature && rm -rf ../other
'

test_expect_success 'a migration that others have is renamed' '
	back && git mv migrations/0001_lines.sql migrations/0001_rows.sql &&
	git commit -q -m rename && push_blocked origin main &&
	grep "^error: migrations/0001_rows.sql was called 0001_lines.sql" ../err &&
	test_line ../err "hint: git mv migrations/0001_rows.sql migrations/0001_lines.sql" &&
	git mv migrations/0001_rows.sql migrations/0001_lines.sql &&
	git commit -q -m again && push_fine origin main &&
	git mv migrations/0001_lines.sql migrations/0007_lines.sql &&
	git commit -q -m "another number" && push_blocked origin main &&
	grep "^error: migrations/0007_lines.sql was called 0001_lines.sql" ../err &&
	test_line ../err "hint: git mv migrations/0007_lines.sql migrations/0001_lines.sql"
'

test_expect_success 'another migration takes the number of one that is gone' '
	back && git rm -q migrations/0001_lines.sql && mkdir -p migrations &&
	echo "CREATE TABLE other(x);" >migrations/0001_other.sql &&
	git add migrations && git commit -q -m other && push_blocked origin main &&
	test_line ../err "error: migrations/0001_other.sql has the number of 0001_lines.sql, which the remote branch has" &&
	test_line ../err "hint: git mv migrations/0001_other.sql migrations/0002_other.sql"
'

test_expect_success 'commands for names that a shell takes apart' '
	back && odd="migrations/0002_a b'\''s.sql" &&
	nl="migrations/0003_$(printf "two\nlines").sql" &&
	echo "CREATE TABLE a(x);" >"$odd" && echo "CREATE TABLE b(x);" >"$nl" &&
	git add -A && git commit -q -m odd && push_fine origin main &&
	echo "-- more" >>"$odd" && git commit -q -a -m edit &&
	push_blocked origin main &&
	sed -n "s/^hint: put it back with .\(.*\)., and write.*/\1/p" ../err \
		>../command &&
	sh ../command && git commit -q -m "put back" && push_fine origin main &&
	git mv "$odd" migrations/0009.sql && git commit -q -m mv &&
	push_blocked origin main &&
	sed -n "s/^hint: \(git mv .*\)/\1/p" ../err >../command &&
	sh ../command && git commit -q -m "put back" && push_fine origin main &&
	echo "-- more" >>"$nl" && git commit -q -a -m edit &&
	push_blocked origin main && grep "^error: migrations/0003_two" ../err &&
	! grep "^lines" ../err
'

test_expect_success 'a mask that was asked for after the rows were written' '
	back && git config -f .d1config table.lines.maskColumns name &&
	git commit -q -a -m mask && push_blocked origin main &&
	grep "d1/shop/data/lines.sql" ../err && grep mask ../err
'

test_expect_success 'a push from a folder, and from a linked worktree' '
	back && break_rows "s/'\''two'\''/two/" && mkdir -p sub &&
	( cd sub && test_must_fail git push origin main 2>../../err ) &&
	grep "^error: the snapshot of shop" ../err &&
	git worktree add -q ../linked HEAD 2>/dev/null &&
	( cd ../linked && push_blocked origin HEAD:refs/heads/linked ) &&
	git worktree remove --force ../linked
'

test_expect_success 'a configuration that is not at the top' '
	back && git init -q ../mono && mkdir ../mono/api &&
	cp -r migrations wrangler.jsonc ../mono/api/ && cd ../mono &&
	git remote add origin ../mono.git && git init -q --bare ../mono.git &&
	git add -A && git commit -q -m start &&
	( cd api && git d1 hooks install pre-push >../../out ) &&
	test_line ../out "set d1.hooks.config = api/wrangler.jsonc" &&
	push_fine -u origin main && git remote set-head origin main &&
	echo "-- more" >>api/migrations/0001_lines.sql &&
	git commit -q -a -m edit && push_blocked origin main &&
	grep "^error: api/migrations/0001_lines.sql was edited" ../err &&
	cd ../shop && break_rows "s/'\''two'\''/two/"
'

test_expect_success 'a push from a bare repository' '
	git clone -q --bare . ../bare.git &&
	( cd ../bare.git && git remote set-url origin ../origin.git &&
		git d1 hooks install pre-push >/dev/null &&
		push_blocked origin main:refs/heads/bare ) && rm -rf ../bare.git
'

test_expect_success 'a shallow clone' '
	git -C ../origin.git config receive.shallowUpdate true &&
	git clone -q --depth 1 "file://$PWD" ../shallow &&
	( cd ../shallow && git remote set-url origin ../origin.git &&
		git d1 hooks install pre-push >/dev/null &&
		break_rows "s/'\''one'\''/one/" &&
		push_blocked origin HEAD:refs/heads/shallow &&
		sed -i "s/one/'\''one'\''/" $FILE &&
		sed -i "s/two/'\''two'\''/" $FILE && git commit -q -a -m mend &&
		push_fine origin HEAD:refs/heads/shallow ) && rm -rf ../shallow &&
	git push -q --no-verify origin :shallow
'

test_expect_success 'without HOME, and with a short PATH' '
	( unset HOME XDG_CONFIG_HOME && push_blocked origin main ) &&
	mkdir -p ../few && ln -sf "$(command -v git-d1)" ../few/git-d1 &&
	( PATH=$(cd ../few && pwd):/usr/bin:/bin && push_blocked origin main ) &&
	( PATH=/usr/bin:/bin && git push --dry-run origin main 2>../err ) &&
	grep "git-d1 is not in PATH" ../err
'

test_expect_success TERMINAL 'run by hand it says who runs it, and does not wait' '
	test_expect_exit 1 test_terminal \
		"git d1 hook pre-push origin url" >../out &&
	grep "git runs this hook" ../out &&
	grep "git push --dry-run" ../out
'

test_expect_success 'a push in a terminal' '
	test_must_fail env TERM=xterm script -qec "git push origin main" \
		/dev/null </dev/null >../out &&
	grep "error: the snapshot of shop" ../out
'

test_expect_success 'without any terminal, as from a program with windows' '
	back && break_rows "s/'\''two'\''/two/" &&
	test_must_fail setsid -w git push origin main </dev/null 2>../err &&
	grep "error: the snapshot of shop" ../err
'

test_expect_success 'through an alias, and with GIT_DIR set' '
	git config alias.away "!git push origin main" &&
	( cd d1/shop && test_must_fail git away 2>../../../err ) &&
	grep "error: the snapshot of shop" ../err &&
	( cd .. && test_must_fail git --git-dir=shop/.git --work-tree=shop \
		push "$SHARNESS_TRASH_DIRECTORY/origin.git" main 2>err ) &&
	grep "error: the snapshot of shop" ../err
'

test_expect_success 'standard input of a manager: none, and the variables' '
	git d1 hook pre-push origin ../origin.git </dev/null &&
	from=$(git rev-parse start) && to=$(git rev-parse HEAD) &&
	test_expect_exit 1 env PRE_COMMIT_FROM_REF=$from \
		PRE_COMMIT_TO_REF=$to PRE_COMMIT_REMOTE_NAME=origin \
		PRE_COMMIT_REMOTE_BRANCH=refs/heads/main \
		git d1 hook pre-push </dev/null
'

test_expect_success 'ids of any length; lines that are none' '
	zeros=$(printf "%064d" 0) && head=$(git rev-parse HEAD) &&
	echo "(delete) $zeros refs/heads/x $zeros" |
		git d1 hook pre-push origin url &&
	echo "HEAD $head refs/heads/x $zeros" >../line &&
	test_expect_exit 1 git d1 hook pre-push origin url <../line &&
	echo "HEAD $head refs/heads/x" >../line &&
	git d1 hook pre-push origin url <../line 2>err &&
	grep "^warning: git d1 hook pre-push did not do its work: a line" err
'

test_expect_success 'a hook that a newer git-d1 has installed' '
	git d1 hook post-something a b >../out 2>&1 && ! test -s ../out
'

test_expect_success 'a repository without a project, and one of SHA-256' '
	git init -q ../plain && cd ../plain && git d1 hooks install >/dev/null &&
	git init -q --bare ../plain.git && test_commit plain &&
	push_fine ../plain.git HEAD:refs/heads/main &&
	git init -q --object-format=sha256 ../sha && cd ../sha &&
	git init -q --bare --object-format=sha256 ../sha.git &&
	cp ../plain/.git/hooks/pre-push ../plain/.git/hooks/pre-commit \
		.git/hooks/ &&
	test_commit sha && git push ../sha.git HEAD:refs/heads/main 2>../err &&
	grep "^warning: .*is a SHA-256 repository" ../err &&
	git push --no-verify -q ../sha.git HEAD:refs/heads/x &&
	git push ../sha.git :x 2>../err && ! grep warning ../err
'

test_expect_success 'the remote is not reached: a line, and the policy' '
	back && rows "UPDATE lines SET name = '\''uno'\'' WHERE ref = '\''M1'\''" &&
	save uno &&
	git config d1.apiBaseUrl http://127.0.0.1:1/client/v4 &&
	CLOUDFLARE_API_TOKEN=t && CLOUDFLARE_ACCOUNT_ID=a &&
	export CLOUDFLARE_API_TOKEN CLOUDFLARE_ACCOUNT_ID &&
	push_fine --dry-run origin main &&
	git config d1.prePush.remote block &&
	git config d1.prePush.timeout 2 &&
	push_blocked origin main &&
	grep "^error: shop/remote was not compared: " ../err &&
	git config d1.prePush.remote warn &&
	git push --dry-run origin main 2>../err &&
	test "$(grep -c "^warning: shop/remote was not compared" ../err)" = 1
'

test_expect_success 'a remote that does not answer: the deadline' '
	start_silent &&
	test_when_finished "kill $silent" &&
	git config d1.apiBaseUrl "http://127.0.0.1:$(cat ../port)/client/v4" &&
	begin=$(date +%s) &&
	git push --dry-run origin main 2>../err &&
	end=$(date +%s) &&
	echo "$((end - begin)) seconds" &&
	test $((end - begin)) -le 60 &&
	test_line ../err "warning: shop/remote was not compared: no answer within 2 seconds" &&
	git config d1.prePush.timeout 30
'

test_expect_success 'no token: nobody is asked' '
	unset CLOUDFLARE_API_TOKEN &&
	git config d1.apiBaseUrl http://127.0.0.1:1/client/v4 &&
	unset GIT_TERMINAL_PROMPT &&
	test_might_fail env TERM=xterm timeout 120 script -qec \
		"git push --dry-run origin main" /dev/null </dev/null >../out &&
	grep "warning: shop/remote was not compared: no Cloudflare API token" \
		../out &&
	! grep -i "password\|username" ../out
'

test_expect_success 'a bad setting is said, and stops nothing' '
	git config d1.prePush.remote sometimes &&
	git push --dry-run origin main 2>../err &&
	grep "^warning: git d1 hook pre-push did not do its work: bad value" \
		../err
'

test_done
