#!/bin/sh

test_description='git d1 resolve settles conflicts in data files'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

FILE=d1/shop/data/lines.sql

HEAD_OF_LINES='-- git-d1 snapshot 1
-- table "lines" (city, ref, name) key city, ref
PRAGMA defer_foreign_keys=on;'

# A file with three conflicts, as the merge driver leaves them.
make_conflicts () {
	mkdir -p d1/shop/data &&
	{
		echo "$HEAD_OF_LINES" &&
		cat <<-\END
		INSERT INTO "lines" VALUES('berlin','M10','Tram');
		<<<<<<< ours
		INSERT INTO "lines" VALUES('berlin','M44','our');
		||||||| base
		INSERT INTO "lines" VALUES('berlin','M44','base');
		=======
		INSERT INTO "lines" VALUES('berlin','M44','their');
		>>>>>>> theirs
		<<<<<<< ours
		=======
		INSERT INTO "lines" VALUES('berlin',7,'their');
		>>>>>>> theirs
		INSERT INTO "lines" VALUES('bonn','1','Tram');
		<<<<<<< ours
		INSERT INTO "lines" VALUES('bonn','007','our');
		=======
		>>>>>>> theirs
		END
	} >$FILE
}

# rows: what stands behind the head, without INSERT INTO.
rows () {
	sed -e 1,3d -e 's/^INSERT INTO "[a-z]*" VALUES(\(.*\));$/\1/' \
		"${1-$FILE}"
}

test_expect_success 'setup' '
	git init -q . &&
	make_wrangler_project . &&
	make_conflicts &&
	cp $FILE conflicts
'

test_expect_success 'one row, by its key' '
	git-d1 resolve --ours lines berlin,M44 >actual 2>err &&
	echo "$FILE: city='\''berlin'\'' ref='\''M44'\'': ours" >expect &&
	test_cmp expect actual &&
	echo "hint: 2 conflicts are left in '\''$FILE'\''" >expect &&
	test_cmp expect err &&
	cat >expect <<-\END &&
	'\''berlin'\'','\''M10'\'','\''Tram'\''
	'\''berlin'\'','\''M44'\'','\''our'\''
	<<<<<<< ours
	=======
	'\''berlin'\'',7,'\''their'\''
	>>>>>>> theirs
	'\''bonn'\'','\''1'\'','\''Tram'\''
	<<<<<<< ours
	'\''bonn'\'','\''007'\'','\''our'\''
	=======
	>>>>>>> theirs
	END
	rows >actual &&
	test_cmp expect actual
'

test_expect_success 'a number, and a text that looks like one' '
	git-d1 resolve --theirs lines berlin,7 2>err &&
	echo "hint: 1 conflict is left in '\''$FILE'\''" >expect &&
	test_cmp expect err &&
	git-d1 resolve --theirs lines "'\''bonn'\'',007" 2>err &&
	echo "hint: no conflict is left: git add '\''$FILE'\''" >expect &&
	test_cmp expect err &&
	cat >expect <<-\END &&
	'\''berlin'\'','\''M10'\'','\''Tram'\''
	'\''berlin'\'','\''M44'\'','\''our'\''
	'\''berlin'\'',7,'\''their'\''
	'\''bonn'\'','\''1'\'','\''Tram'\''
	END
	rows >actual &&
	test_cmp expect actual
'

test_expect_success 'nothing is left to settle' '
	cp $FILE before &&
	test_expect_exit 128 git-d1 resolve --ours lines &&
	echo "fatal: '\''$FILE'\'' has no conflict" >expect &&
	test_cmp expect err &&
	test_cmp before $FILE
'

test_expect_success 'all of a table' '
	cp conflicts $FILE &&
	git-d1 resolve --theirs shop/lines >actual &&
	cat >expect <<-END &&
	$FILE: city='\''berlin'\'' ref='\''M44'\'': theirs
	$FILE: city='\''berlin'\'' ref=7: theirs
	$FILE: city='\''bonn'\'' ref='\''007'\'': theirs
	END
	test_cmp expect actual &&
	cat >expect <<-\END &&
	'\''berlin'\'','\''M10'\'','\''Tram'\''
	'\''berlin'\'','\''M44'\'','\''their'\''
	'\''berlin'\'',7,'\''their'\''
	'\''bonn'\'','\''1'\'','\''Tram'\''
	END
	rows >actual &&
	test_cmp expect actual
'

test_expect_success 'a key that is in no conflict: they are listed' '
	cp conflicts $FILE &&
	test_expect_exit 128 git-d1 resolve --ours lines berlin,M10 &&
	cat >expect <<-END &&
	fatal: no conflict in '\''$FILE'\'' is about this key
	hint: in conflict: city='\''berlin'\'' ref='\''M44'\''
	hint: in conflict: city='\''berlin'\'' ref=7
	hint: in conflict: city='\''bonn'\'' ref='\''007'\''
	END
	test_cmp expect err &&
	test_cmp conflicts $FILE
'

test_expect_success 'usage' '
	test_expect_exit 129 git-d1 resolve lines &&
	grep "^error: one of --ours and --theirs is needed" err &&
	test_expect_exit 129 git-d1 resolve --ours --theirs lines &&
	grep "^error: one of --ours and --theirs is needed" err &&
	test_expect_exit 129 git-d1 resolve --ours &&
	grep "^error: a table is needed, and perhaps a key" err &&
	test_expect_exit 129 git-d1 resolve --ours --all shop lines &&
	grep "^error: --all takes one database at most" err &&
	test_expect_exit 129 git-d1 resolve --ours lines berlin &&
	grep "^error: the key of table .lines. is city, ref: values" err &&
	test_expect_exit 128 git-d1 resolve --ours line &&
	grep "^fatal: no snapshot in the worktree has a table .line." err &&
	test_cmp conflicts $FILE
'

test_expect_success 'a table without a key' '
	{
		echo "-- git-d1 snapshot 1" &&
		echo "-- table \"log\" (day, text)" &&
		echo "PRAGMA defer_foreign_keys=on;" &&
		echo "<<<<<<< ours" &&
		echo "=======" &&
		echo "INSERT INTO \"log\" VALUES(1,NULL);" &&
		echo ">>>>>>> theirs"
	} >d1/shop/data/log.sql &&
	test_expect_exit 129 git-d1 resolve --ours log 1 &&
	grep "^error: table .log. has no key" err &&
	git-d1 resolve --theirs log >actual &&
	echo "d1/shop/data/log.sql: day=1 text=NULL: theirs" >expect &&
	test_cmp expect actual &&
	echo "1,NULL" >expect &&
	rows d1/shop/data/log.sql >actual &&
	test_cmp expect actual
'

test_expect_success 'in a folder below, and by path, with a broken configuration' '
	cp conflicts $FILE &&
	mkdir -p sub &&
	(
		cd sub &&
		git-d1 resolve --ours lines berlin,M44 >actual 2>err &&
		echo "../$FILE: city='\''berlin'\'' ref='\''M44'\'': ours" \
			>expect &&
		test_cmp expect actual
	) &&
	cp wrangler.jsonc old &&
	test_when_finished "mv old wrangler.jsonc" &&
	echo "<<<<<<< HEAD" >wrangler.jsonc &&
	test_expect_exit 128 git-d1 resolve --ours lines &&
	grep "^hint: .*the path of a data file" err &&
	git-d1 resolve --theirs $FILE >actual &&
	test $(wc -l <actual) = 2 &&
	{ ! grep "^[<=>]" $FILE; }
'

test_expect_success 'all tables, and those without conflict are left alone' '
	cp conflicts $FILE &&
	cp conflicts d1/shop/data/more.sql &&
	cp d1/shop/data/log.sql before &&
	git-d1 resolve --all --ours shop >actual 2>err &&
	test $(wc -l <actual) = 6 &&
	test_cmp before d1/shop/data/log.sql &&
	{ ! grep -r "^[<=>]" d1; } &&
	test_expect_exit 128 git-d1 resolve --all --ours &&
	echo "fatal: no data file has a conflict" >expect &&
	test_cmp expect err
'

test_expect_success 'a table of two databases' '
	sed "s/^},/&{\"binding\":\"B2\",\"database_name\":\"two\"},/" \
		wrangler.jsonc >new &&
	cp wrangler.jsonc old &&
	mv new wrangler.jsonc &&
	test_when_finished "mv old wrangler.jsonc; rm -r d1/two" &&
	mkdir -p d1/two/data &&
	cp conflicts d1/two/data/lines.sql &&
	test_expect_exit 129 git-d1 resolve --ours lines &&
	grep "^error: several databases have a table .lines." err &&
	grep "^hint: name the database: " err &&
	git-d1 resolve --ours two/lines &&
	{ ! grep "^[<=>]" d1/two/data/lines.sql; }
'

test_expect_success 'lines that a plain text merge left in conflict' '
	{
		echo "$HEAD_OF_LINES" &&
		cat <<-\END
		<<<<<<< HEAD
		INSERT INTO "lines" VALUES('\''a'\'','\''1'\'','\''our'\'');
		INSERT INTO "lines" VALUES('\''a'\'','\''2'\'','\''our'\'');
		=======
		INSERT INTO "lines" VALUES('\''a'\'','\''1'\'','\''their'\'');
		>>>>>>> branch
		END
	} >$FILE &&
	git-d1 resolve --ours lines a,2 >actual &&
	echo "$FILE: city='\''a'\'' ref='\''1'\'' and others: ours" >expect &&
	test_cmp expect actual &&
	test $(rows | wc -l) = 2
'

test_expect_success 'a head in conflict: only as a whole' '
	{
		echo "-- git-d1 snapshot 1" &&
		echo "<<<<<<< HEAD" &&
		echo "-- table \"lines\" (city, ref, name) key city, ref" &&
		echo "=======" &&
		echo "-- table \"lines\" (city, ref) key city, ref" &&
		echo ">>>>>>> branch" &&
		echo "PRAGMA defer_foreign_keys=on;"
	} >$FILE &&
	test_expect_exit 128 git-d1 resolve --ours lines a,2 &&
	grep "^fatal: the head of .$FILE. is in conflict" err &&
	git-d1 resolve --ours lines >actual &&
	echo "$FILE: line 2: ours" >expect &&
	test_cmp expect actual &&
	echo "$HEAD_OF_LINES" >expect &&
	test_cmp expect $FILE
'

test_expect_success 'markers that do not belong together change nothing' '
	for line in "=======" ">>>>>>> x" "<<<<<<< x"
	do
		{
			echo "$HEAD_OF_LINES" &&
			echo "$line"
		} >$FILE &&
		cp $FILE before &&
		test_expect_exit 128 git-d1 resolve --ours lines &&
		grep "^fatal: $FILE:4: " err &&
		test_cmp before $FILE || return 1
	done
'

test_expect_success 'a symbolic link is neither read nor written' '
	cp conflicts target &&
	ln -sf ../../../target $FILE &&
	test_when_finished "rm $FILE" &&
	test_expect_exit 3 git-d1 resolve --ours lines &&
	test_cmp conflicts target
'

test_expect_success 'values cannot drive the terminal, nor GitHub Actions' '
	{
		echo "-- git-d1 snapshot 1" &&
		echo "-- table \"lines\" (city) key city" &&
		echo "PRAGMA defer_foreign_keys=on;" &&
		echo "<<<<<<< x" &&
		echo "INSERT INTO \"lines\" VALUES(CAST(x'\''1b5d303b00'\'' AS TEXT));" &&
		echo "=======" &&
		echo "INSERT INTO \"lines\" VALUES('\''::error::x'\'');" &&
		echo ">>>>>>> y"
	} >$FILE &&
	GITHUB_ACTIONS=true git-d1 resolve --ours lines | cat >actual &&
	{ ! LC_ALL=C grep "[^ -~]" actual; } &&
	head -n 1 actual | grep "^::stop-commands::"
'

test_expect_success 'the whole way: merge, resolve, commit' '
	git init -q way &&
	make_wrangler_project way &&
	(
		cd way &&
		git config merge.d1.driver \
			"git-d1 merge-driver %O %A %B %L %P" &&
		echo "d1/*/data/*.sql -text diff=d1 merge=d1" >.gitattributes &&
		mkdir -p d1/shop/data &&
		row () {
			echo "$HEAD_OF_LINES" >$FILE &&
			echo "INSERT INTO \"lines\" VALUES(1,2,'\''$1'\'');" \
				>>$FILE &&
			git add .gitattributes d1 wrangler.jsonc &&
			test_tick &&
			git commit -q -m "$1"
		} &&
		row base && git branch theirs &&
		row our &&
		git switch -q theirs && row their &&
		git switch -q main &&
		test_expect_code 1 git merge theirs &&
		test_must_fail git commit -m merged &&
		git-d1 resolve --theirs lines 1,2 &&
		git add $FILE &&
		git commit -q -m merged &&
		git diff --exit-code theirs -- d1
	)
'

test_done
