#!/bin/sh

test_description='git d1 init: what a repository and a clone need'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

HEAD_LINES='# How git-d1 treats the databases of this project, in the syntax of git config.
# See git-d1(1). Rows come into git only of tables that are tracked:
#
#	git d1 track lines
#	git config -f .d1config --add table.users.maskColumns email
#	git config -f .d1config database.DB@production.protected true'

# settings VERB: the lines about git's configuration, each beginning with VERB.
settings () {
	sed "s/^/$1 /" <<-\EOF
	merge.d1.name = git-d1: rows by key and cell
	merge.d1.driver = if command -v git-d1 >/dev/null; then git-d1 merge-driver %O %A %B %L %P; else git merge-file --marker-size=%L %A %O %B; fi
	merge.d1.recursive = d1-base
	merge.d1-base.name = git-d1: rows of several bases
	merge.d1-base.driver = if command -v git-d1 >/dev/null; then git-d1 merge-driver --keep-base %O %A %B %L %P; else cat %O >%A; fi
	diff.d1.xfuncname = ^-- (table .*)$
	diff.d1db.textconv = git-d1 textconv
	diff.d1db.binary = true
	diff.d1db.xfuncname = ^-- (table .*)$
	EOF
}

# attributes FOLDER [VERB]: the lines for .gitattributes.
attributes () {
	cat <<-EOF
	${2+$2 }$1/** -text
	${2+$2 }$1/*/data/*.sql -text diff=d1 merge=d1
	${2+$2 }*.sqlite diff=d1db
	EOF
}

NEXT='no table is tracked yet: git d1 track TABLE...'

# The path, mode, content and time of all that init may change.
state () {
	for file in .d1config .gitattributes .git/config .gitignore
	do
		if test -e "$file"
		then
			stat -c "%n %a %y %i" "$file" && cat "$file" || return 1
		fi
	done
}

test_expect_success 'the command line is checked' '
	make_wrangler_project shop &&
	git init -q shop &&
	test_expect_exit 129 git-d1 -C shop init shop &&
	test_line err "error: init takes no arguments" &&
	test_expect_exit 129 git-d1 -C shop init -- shop
'

test_expect_success 'a dry run changes nothing' '
	echo .wrangler/ >shop/.gitignore &&
	(cd shop && state) >before &&
	cat >expected <<-EOF &&
	found database shop in wrangler.jsonc: binding DB, top level
	would write .d1config
	$(attributes d1 "would add to .gitattributes:")
	$(settings "would set")
	$NEXT
	EOF
	git-d1 -C shop init --dry-run >actual 2>err &&
	test_cmp expected actual &&
	test_must_be_empty err &&
	(cd shop && state) >after &&
	test_cmp before after &&
	! test -e shop/.d1config &&
	! test -e shop/.gitattributes
'

test_expect_success 'the first run sets everything up' '
	cat >expected <<-EOF &&
	found database shop in wrangler.jsonc: binding DB, top level
	wrote .d1config
	$(attributes d1 "added to .gitattributes:")
	$(settings set)
	$NEXT
	EOF
	git-d1 -C shop init >actual 2>err &&
	test_cmp expected actual &&
	test_must_be_empty err &&
	attributes d1 >expected &&
	test_cmp expected shop/.gitattributes &&
	echo "$HEAD_LINES" >expected &&
	test_cmp expected shop/.d1config &&
	git -C shop config --local --get-regexp "^(merge|diff)\\." >actual &&
	settings x | sed -e "s/^x //" -e "s/ = / /" >expected &&
	test_cmp expected actual
'

test_expect_success 'the second run touches nothing' '
	(cd shop && state) >before &&
	cat >expected <<-EOF &&
	found database shop in wrangler.jsonc: binding DB, top level
	found .d1config
	$(attributes d1 "found in .gitattributes:")
	$(settings found)
	$NEXT
	EOF
	git-d1 -C shop init >actual 2>err &&
	test_cmp expected actual &&
	test_must_be_empty err &&
	(cd shop && state) >after &&
	test_cmp before after
'

test_expect_success 'git agrees' '
	cat >expected <<-\EOF &&
	d1/shop/data/users.sql: text: unset
	d1/shop/data/users.sql: diff: d1
	d1/shop/data/users.sql: merge: d1
	d1/shop/schema.sql: text: unset
	d1/shop/schema.sql: diff: unspecified
	d1/shop/schema.sql: merge: unspecified
	sub/x.sqlite: text: unspecified
	sub/x.sqlite: diff: d1db
	sub/x.sqlite: merge: unspecified
	EOF
	git -C shop check-attr text diff merge -- d1/shop/data/users.sql \
		d1/shop/schema.sql sub/x.sqlite >actual &&
	test_cmp expected actual
'

test_expect_success 'hunks of data files are headed by the table' '
	mkdir -p shop/d1/shop/data &&
	{
		echo "-- git-d1 snapshot 1" &&
		echo "-- table \"lines\" (city, n) key city" &&
		echo "PRAGMA defer_foreign_keys=on;" &&
		for i in 1 2 3 4 5 6 7 8
		do
			echo "INSERT INTO \"lines\" VALUES('\''c$i'\'',$i);" ||
				return 1
		done
	} >shop/d1/shop/data/lines.sql &&
	git -C shop add d1 &&
	sed "s/,8)/,9)/" shop/d1/shop/data/lines.sql >new &&
	mv new shop/d1/shop/data/lines.sql &&
	git -C shop diff >actual &&
	grep "^@@ .* @@ table \"lines\" (city, n) key city\$" actual &&
	git -C shop rm -q -f -r d1
'

test_expect_success 'a missing part alone is put back' '
	git -C shop config --unset merge.d1.driver &&
	grep -v "\\*\\*" shop/.gitattributes >new &&
	mv new shop/.gitattributes &&
	git-d1 -C shop init >out 2>err &&
	test_must_be_empty err &&
	grep -v "^found" out >actual &&
	cat >expected <<-EOF &&
	added to .gitattributes: d1/** -text
	set merge.d1.driver = if command -v git-d1 >/dev/null; then git-d1 merge-driver %O %A %B %L %P; else git merge-file --marker-size=%L %A %O %B; fi
	$NEXT
	EOF
	test_cmp expected actual &&
	cat >expected <<-\EOF &&
	d1/*/data/*.sql -text diff=d1 merge=d1
	*.sqlite diff=d1db
	d1/** -text
	EOF
	test_cmp expected shop/.gitattributes &&
	echo "d1/shop/data/users.sql: merge: d1" >expected &&
	git -C shop check-attr merge -- d1/shop/data/users.sql >actual &&
	test_cmp expected actual
'

test_expect_success 'the settings of others stay, unless forced' '
	git -C shop config merge.d1.driver "mine %A" &&
	git config --global diff.d1.xfuncname ".*" &&
	git -C shop config --unset diff.d1.xfuncname &&
	git-d1 -C shop init >out 2>err &&
	cat >expected <<-\EOF &&
	warning: merge.d1.driver is '\''mine %A'\'', not '\''if command -v git-d1 >/dev/null; then git-d1 merge-driver %O %A %B %L %P; else git merge-file --marker-size=%L %A %O %B; fi'\'': left as it is
	hint: '\''git d1 init --force'\'' overwrites it
	warning: diff.d1.xfuncname is '\''.*'\'', not '\''^-- (table .*)$'\'': left as it is
	hint: '\''git d1 init --force'\'' overwrites it
	EOF
	test_cmp expected err &&
	! grep -e merge.d1.driver -e diff.d1.xfuncname out &&
	test "$(git -C shop config merge.d1.driver)" = "mine %A" &&
	git-d1 -C shop init --force --dry-run >out &&
	grep "^would set merge.d1.driver" out &&
	test "$(git -C shop config merge.d1.driver)" = "mine %A" &&
	git-d1 -C shop init --force >out 2>err &&
	test_must_be_empty err &&
	settings set | grep -e merge.d1.driver -e diff.d1.xfuncname >expected &&
	grep ^set out >actual &&
	test_cmp expected actual &&
	test "$(git config --global diff.d1.xfuncname)" = ".*" &&
	git config --global --unset diff.d1.xfuncname
'

test_expect_success 'lines in other spacing are the same lines' '
	printf "%s\t%s\n" "*.sqlite" "diff=d1db" >shop/.gitattributes &&
	echo "  d1/*/data/*.sql   merge=d1 diff=d1   -text " \
		>>shop/.gitattributes &&
	echo "d1/** -text" >>shop/.gitattributes &&
	cp shop/.gitattributes expected &&
	git-d1 -C shop init >out &&
	test_cmp expected shop/.gitattributes &&
	attributes d1 "found in .gitattributes:" >expected &&
	grep gitattributes out >actual &&
	test_cmp expected actual
'

test_expect_success 'a file keeps its line ends and its mode' '
	printf "*.png binary\r\n*.txt text" >shop/.gitattributes &&
	chmod 640 shop/.gitattributes &&
	git-d1 -C shop init >out &&
	{
		printf "*.png binary\r\n*.txt text\r\n" &&
		attributes d1 | sed "s/\$/$(printf "\r")/"
	} >expected &&
	test_cmp expected shop/.gitattributes &&
	test "$(stat -c %a shop/.gitattributes)" = 640 &&
	printf "%s" "*.txt text" >shop/.gitattributes &&
	git-d1 -C shop init >out &&
	{ echo "*.txt text" && attributes d1; } >expected &&
	test_cmp expected shop/.gitattributes
'

test_expect_success 'a line that overrules ours is pointed out' '
	echo "*.sql text merge=union" >shop/.git/info/attributes &&
	git-d1 -C shop init >out 2>err &&
	cat >expected <<-\EOF &&
	warning: git does not give the files the attributes that .gitattributes says
	hint: see what overrules them: git check-attr -a d1/any/data/table.sql database.sqlite
	EOF
	test_cmp expected err &&
	rm shop/.git/info/attributes
'

test_expect_success 'a symbolic link is not written through' '
	rm shop/.gitattributes &&
	echo kept >target &&
	ln -s ../target shop/.gitattributes &&
	test_expect_exit 3 git-d1 -C shop init >out &&
	grep "^error: .*gitattributes.* is a symbolic link" err &&
	! grep gitattributes out &&
	echo kept >expected &&
	test_cmp expected target &&
	rm shop/.gitattributes &&
	mv shop/.d1config config &&
	ln -s ../config shop/.d1config &&
	test_expect_exit 3 git-d1 -C shop init >out &&
	grep "^error: .*d1config.* is a symbolic link" err &&
	test_must_be_empty out &&
	mv config shop/.d1config
'

test_expect_success 'what cannot be written is an error, and is not told' '
	git -C shop config --unset merge.d1.driver &&
	>shop/.git/config.lock &&
	test_expect_exit 128 git-d1 -C shop init >out &&
	grep "^fatal: cannot set merge.d1.driver: git config failed: " err &&
	! grep "merge.d1.driver" out &&
	rm shop/.git/config.lock &&
	git-d1 -C shop init >out &&
	grep "^set merge.d1.driver" out
'

test_expect_success 'a .wrangler that git does not ignore is pointed out' '
	rm shop/.gitignore &&
	git-d1 -C shop init >out 2>err &&
	cat >expected <<-\EOF &&
	warning: git does not ignore '\''.wrangler/state'\'': the local database could be committed
	hint: add the line '\''.wrangler/'\'' to .gitignore
	EOF
	test_cmp expected err &&
	! test -e shop/.gitignore &&
	git-d1 -C shop init --persist-to db/state >out 2>err &&
	test_line err "hint: add the line '\''db/state'\'' to .gitignore" &&
	git-d1 -C shop init --persist-to ../elsewhere >out 2>err &&
	test_must_be_empty err &&
	echo .wrangler/ >shop/.gitignore
'

test_expect_success 'in a subfolder, and for a project in one' '
	git init -q mono &&
	make_wrangler_project mono/apps/shop &&
	mkdir mono/apps/shop/src &&
	echo .wrangler >mono/.gitignore &&
	git-d1 -C mono/apps/shop/src init >actual 2>err &&
	test_must_be_empty err &&
	cat >expected <<-EOF &&
	found database shop in ../wrangler.jsonc: binding DB, top level
	wrote .d1config
	$(attributes d1 "added to .gitattributes:")
	$(settings set)
	$NEXT
	EOF
	test_cmp expected actual &&
	test -f mono/.d1config &&
	test -f mono/.gitattributes &&
	git-d1 -C mono/apps/shop/src init >out &&
	test_line out "found ../../../.d1config" &&
	mv mono/.d1config mono/apps/shop &&
	git-d1 -C mono/apps/shop/src init >out &&
	test_line out "found ../.d1config" &&
	! test -e mono/.d1config
'

test_expect_success 'in a linked worktree' '
	git -C shop add -A &&
	test_tick &&
	git -C shop commit -q -m shop &&
	git -C shop worktree add -q ../linked &&
	git -C shop config --remove-section merge.d1 &&
	rm -f linked/.gitattributes &&
	git-d1 -C linked init >out 2>err &&
	test_must_be_empty err &&
	settings set | grep "merge\.d1\." >expected &&
	grep ^set out >actual &&
	test_cmp expected actual &&
	attributes d1 >expected &&
	test_cmp expected linked/.gitattributes &&
	test "$(git -C shop config merge.d1.recursive)" = d1-base
'

test_expect_success 'snapshots elsewhere' '
	git -C shop config d1.snapshotPath "db/my snapshots" &&
	rm shop/.gitattributes &&
	git-d1 -C shop init >out 2>err &&
	test_must_be_empty err &&
	cat >expected <<-\EOF &&
	"db/my snapshots/**" -text
	"db/my snapshots/*/data/*.sql" -text diff=d1 merge=d1
	*.sqlite diff=d1db
	EOF
	test_cmp expected shop/.gitattributes &&
	echo "db/my snapshots/shop/data/t.sql: merge: d1" >expected &&
	git -C shop check-attr merge -- "db/my snapshots/shop/data/t.sql" \
		>actual &&
	test_cmp expected actual &&
	git-d1 -C shop init >out &&
	grep -c "^found in .gitattributes" out >actual &&
	echo 3 >expected &&
	test_cmp expected actual &&
	git -C shop config d1.snapshotPath . &&
	rm shop/.gitattributes &&
	git-d1 -C shop init >out 2>err &&
	test_must_be_empty err &&
	cat >expected <<-\EOF &&
	*/schema.sql -text
	*/triggers.sql -text
	*/data/*.sql -text diff=d1 merge=d1
	*.sqlite diff=d1db
	EOF
	test_cmp expected shop/.gitattributes &&
	git -C shop config d1.snapshotPath ../out &&
	test_expect_exit 3 git-d1 -C shop init >out &&
	grep "^error: snapshotPath .* is outside the worktree" err &&
	git -C shop config --unset d1.snapshotPath
'

test_expect_success 'all environments, and names that git cannot take' '
	git init -q many &&
	cat >many/wrangler.json <<-\EOF &&
	{
		"d1_databases": [
			{ "binding": "DB", "database_name": "shop",
			  "database_id": "1" },
			{ "binding": "LOGS", "database_name": "shop",
			  "database_id": "2" },
			{ "binding": "ODD", "database_name": "../odd",
			  "database_id": "3" }
		],
		"env": { "staging": { "d1_databases": [
			{ "binding": "DB", "database_name": "shop-staging",
			  "database_id": "4" },
			{ "binding": "ONLY", "database_id": "5" }
		] } }
	}
	EOF
	echo .wrangler >many/.gitignore &&
	git-d1 -C many init >out 2>err &&
	test_must_be_empty err &&
	cat >expected <<-EOF &&
	found database shop in wrangler.json: binding DB, top level, env staging
	found database LOGS in wrangler.json: binding LOGS, top level
	found database ODD in wrangler.json: binding ODD, top level
	found database ONLY in wrangler.json: binding ONLY, env staging
	EOF
	grep "^found database" out >actual &&
	test_cmp expected actual &&
	{
		echo "$HEAD_LINES" &&
		printf "\n[database \"%s\"]\n\tname = %s\n" \
			LOGS LOGS ODD ODD
	} >expected &&
	test_cmp expected many/.d1config &&
	git-d1 -C many status --offline --no-drift >out 2>err &&
	test_must_be_empty err &&
	grep "^Database" out >actual &&
	printf "Database %s\n" shop LOGS ODD >expected &&
	test_cmp expected actual &&
	rm many/.d1config &&
	>many/.d1config &&
	git-d1 -C many init >out 2>err &&
	grep "^warning: .* cannot be the name of a database in git" err &&
	test_must_be_empty many/.d1config
'

test_expect_success 'the last line is about tables only if none is tracked' '
	git -C shop config d1.table.users.track true &&
	git-d1 -C shop init >out &&
	! grep track out &&
	git -C shop config --unset d1.table.users.track
'

test_expect_success 'without a project, a repository, or a worktree' '
	mkdir empty &&
	test_expect_exit 128 git-d1 -C empty init &&
	grep "^fatal: .*empty.* is not in a git repository" err &&
	test_line err "hint: '\''git init'\'' makes one" &&
	git init -q empty &&
	test_expect_exit 128 git-d1 -C empty init &&
	grep "^fatal: no wrangler.json" err &&
	grep "^hint: " err &&
	echo "{}" >empty/wrangler.json &&
	test_expect_exit 128 git-d1 -C empty init &&
	grep "^fatal: .*has no d1_databases" err &&
	make_wrangler_project bare.git &&
	git init -q --bare bare.git &&
	test_expect_exit 128 git-d1 -C bare.git init &&
	grep "^fatal: there is no worktree here: the repository is bare" err &&
	! test -e bare.git/.d1config
'

test_expect_success 'git must be able to find the program' '
	mkdir bin &&
	ln -s "$(command -v git)" bin/git &&
	program=$(command -v git-d1) &&
	(PATH=$PWD/bin && "$program" -C shop init) >out 2>err &&
	test_line err "warning: git-d1 is not in PATH, where git looks for the drivers"
'

test_expect_success 'status and env say what is registered' '
	git-d1 -C shop status --offline >out &&
	test_line out "Git drivers registered" &&
	test_line out "Git hooks none" &&
	git-d1 -C shop hooks install pre-push &&
	echo "#!/bin/sh" >shop/.git/hooks/pre-commit &&
	chmod +x shop/.git/hooks/pre-commit &&
	git-d1 -C shop status --offline >out &&
	test_line out "Git hooks pre-commit foreign, pre-push" &&
	git-d1 -C shop status --offline --json >out &&
	grep "\"hooks\":{\"pre-commit\":\"foreign\",\"pre-push\":\"installed\",\"post-merge\":\"absent\"," out &&
	git-d1 -C shop hooks uninstall &&
	rm shop/.git/hooks/pre-commit &&
	git-d1 -C shop status --offline --porcelain >out &&
	grep "^hook	pre-push	absent" out &&
	sed -n "/^merge-driver/,/^attributes/p" out >actual &&
	printf "%s\tok\n" merge-driver textconv attributes >expected &&
	test_cmp expected actual &&
	git -C shop config merge.d1.driver other &&
	git -C shop config --unset diff.d1db.textconv &&
	git -C shop rm -q --cached .gitattributes &&
	mv shop/.gitattributes attributes &&
	git-d1 -C shop status --offline >out &&
	grep -A 1 "^Git drivers" out >actual &&
	cat >expected <<-\EOF &&
	Git drivers merge driver set to something else, textconv missing, attributes missing
	  (use "git d1 init" to set them up)
	EOF
	test_cmp expected actual &&
	git-d1 -C shop status --offline --porcelain >out &&
	sed -n "/^merge-driver/,/^attributes/p" out >actual &&
	printf "%s\t%s\n" merge-driver other textconv missing \
		attributes missing >expected &&
	test_cmp expected actual &&
	git-d1 -C shop status --offline --json >out &&
	grep "\"drivers\":{\"merge\":\"other\",\"textconv\":\"missing\",\"attributes\":\"missing\"}" out &&
	git-d1 -C shop env >out &&
	sed -n "s/^  \\(merge.d1.driver\\|diff.d1db.textconv\\|attributes\\)  */\\1: /p" \
		out >actual &&
	cat >expected <<-\EOF &&
	merge.d1.driver: other (not as '\''git d1 init'\'' sets it)
	diff.d1db.textconv: not set (not as '\''git d1 init'\'' sets it)
	attributes: missing
	EOF
	test_cmp expected actual &&
	mkdir outside &&
	make_wrangler_project outside &&
	git-d1 -C outside status --offline --json >out &&
	grep "\"drivers\":null" out
'

test_done
