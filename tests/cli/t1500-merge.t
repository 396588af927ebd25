#!/bin/sh

test_description='git merges data files by row and cell'

. "$(dirname "$0")/lib.sh"

FILE=d1/shop/data/lines.sql

# new_repository DIR: with the driver as `git d1 init` registers it.
new_repository () {
	git init -q "$1" &&
	git -C "$1" config merge.d1.name "git-d1: rows by key and cell" &&
	git -C "$1" config merge.d1.driver \
		"git-d1 merge-driver %O %A %B %L %P" &&
	git -C "$1" config merge.d1.recursive d1-base &&
	git -C "$1" config merge.d1-base.driver \
		"git-d1 merge-driver --keep-base %O %A %B %L %P" &&
	echo "d1/*/data/*.sql -text diff=d1 merge=d1" >"$1/.gitattributes" &&
	mkdir -p "$1/d1/shop/data" &&
	cat >"$1/d1/shop/schema.sql" <<-\END
	CREATE TABLE "lines"(
		city TEXT,
		ref TEXT,
		name TEXT,
		color TEXT,
		PRIMARY KEY(city, ref)
	);
	END
}

# data TABLE HEAD: a data file with the rows of standard input, their values.
data () {
	echo "-- git-d1 snapshot 1" &&
	echo "-- table \"$1\" $2" &&
	echo "PRAGMA defer_foreign_keys=on;" &&
	sed "s/.*/INSERT INTO \"$1\" VALUES(&);/"
}

lines () {
	data lines "(city, ref, name, color) key city, ref"
}

# rows FILE: what stands behind the head, markers too, without INSERT INTO.
rows () {
	sed -e 1,3d -e 's/^INSERT INTO "[a-z]*" VALUES(\(.*\));$/\1/' "$1"
}

# commit MESSAGE: all that is there, on the current branch.
commit () {
	test_tick &&
	git add -A &&
	git commit -q -m "$1"
}

# fork DIR: a repository with standard input as the rows of the base, and the
# branch "theirs" at the same commit.
fork () {
	new_repository "$1" &&
	lines >"$1/$FILE" &&
	(cd "$1" && commit base && git branch theirs)
}

# side BRANCH: standard input as the rows on that branch.
side () {
	git switch -q "$1" &&
	mkdir -p d1/shop/data &&
	lines >$FILE &&
	commit "$1"
}

# merge BRANCH: into main; standard error is in ../err.
merge () {
	git switch -q main &&
	test_tick &&
	git merge -q -m merged "$1" >../out 2>../err
}

# valid FILE: it is a data file in order: merged with itself it is itself.
valid () {
	for copy in base ours theirs
	do
		cp "$1" valid.$copy || return 1
	done
	git-d1 merge-driver valid.base valid.ours valid.theirs 7 "$1" &&
	test_cmp "$1" valid.ours &&
	rm valid.base valid.ours valid.theirs
}

BASE="'berlin','M10','Tram','#1'
'berlin','M44','Metro','#2'
'berlin','X11','Bus','#3'"

# ---- rows and cells ----

test_expect_success 'different cells of one row: both edits' '
	echo "$BASE" | fork cells &&
	(
		cd cells &&
		echo "$BASE" | sed "s/Metro/Metrotram/" | side main &&
		echo "$BASE" | sed "s/#2/#22/; /X11/d" | side theirs &&
		merge theirs &&
		lines >expect <<-\END &&
		'\''berlin'\'','\''M10'\'','\''Tram'\'','\''#1'\''
		'\''berlin'\'','\''M44'\'','\''Metrotram'\'','\''#22'\''
		END
		test_cmp expect $FILE &&
		test_must_be_empty ../err &&
		git diff --exit-code HEAD
	)
'

test_expect_success 'a cell that both changed: whole rows between markers' '
	echo "$BASE" | fork same &&
	(
		cd same &&
		echo "$BASE" | sed "s/#2/#a/; s/Metro/M/" | side main &&
		echo "$BASE" | sed "s/#2/#b/; s/#3/#4/" | side theirs &&
		test_expect_code 1 merge theirs &&
		cat >expect <<-\END &&
		'\''berlin'\'','\''M10'\'','\''Tram'\'','\''#1'\''
		<<<<<<< ours
		'\''berlin'\'','\''M44'\'','\''M'\'','\''#a'\''
		=======
		'\''berlin'\'','\''M44'\'','\''M'\'','\''#b'\''
		>>>>>>> theirs
		'\''berlin'\'','\''X11'\'','\''Bus'\'','\''#4'\''
		END
		rows $FILE >actual &&
		test_cmp expect actual &&
		cat >expect <<-END &&
		CONFLICT (d1): $FILE: city='\''berlin'\'' ref='\''M44'\'': color: '\''#a'\'' against '\''#b'\''
		hint: edit '\''$FILE'\'', or see '\''git d1 resolve -h'\''
		END
		test_cmp expect ../err &&
		echo "UU $FILE" >expect &&
		git status --short -uno >actual &&
		test_cmp expect actual
	)
'

test_expect_success 'the conflict is edited by hand and committed' '
	(
		cd same &&
		sed -i -e "/^<<<<<<</d; /^=====/,/^>>>>>>>/d" $FILE &&
		valid $FILE &&
		git add $FILE &&
		git commit -q -m merged &&
		lines >expect <<-\END &&
		'\''berlin'\'','\''M10'\'','\''Tram'\'','\''#1'\''
		'\''berlin'\'','\''M44'\'','\''M'\'','\''#a'\''
		'\''berlin'\'','\''X11'\'','\''Bus'\'','\''#4'\''
		END
		git show HEAD:$FILE >actual &&
		test_cmp expect actual
	)
'

test_expect_success 'merge.conflictStyle shows the base' '
	(
		cd same &&
		git reset -q --hard HEAD^ &&
		git config merge.conflictStyle diff3 &&
		test_expect_code 1 merge theirs &&
		git config --unset merge.conflictStyle &&
		cat >expect <<-\END &&
		<<<<<<< ours
		'\''berlin'\'','\''M44'\'','\''M'\'','\''#a'\''
		||||||| base
		'\''berlin'\'','\''M44'\'','\''M'\'','\''#2'\''
		=======
		'\''berlin'\'','\''M44'\'','\''M'\'','\''#b'\''
		>>>>>>> theirs
		END
		rows $FILE | sed -n "/^<<<<<<</,/^>>>>>>>/p" >actual &&
		test_cmp expect actual
	)
'

test_expect_success 'the attribute conflict-marker-size and labels' '
	(
		cd same &&
		git show HEAD~1:$FILE >base &&
		git show HEAD:$FILE >ours &&
		git show theirs:$FILE >theirs &&
		test_expect_code 1 git-d1 merge-driver base ours theirs 9 \
			$FILE "%S" HEAD "topic: x" &&
		cat >expect <<-\END &&
		<<<<<<<<< HEAD
		=========
		>>>>>>>>> topic: x
		END
		grep "^[<=>]" ours >actual &&
		test_cmp expect actual
	)
'

test_expect_success 'delete against edit, both ways' '
	echo "$BASE" | fork delete &&
	(
		cd delete &&
		echo "$BASE" | sed "/M10/d; s/#3/#33/; s/Bus/B/" | side main &&
		echo "$BASE" | sed "/X11/d; s/#1/#11/" | side theirs &&
		test_expect_code 1 merge theirs &&
		cat >expect <<-\END &&
		<<<<<<< ours
		=======
		'\''berlin'\'','\''M10'\'','\''Tram'\'','\''#11'\''
		>>>>>>> theirs
		'\''berlin'\'','\''M44'\'','\''Metro'\'','\''#2'\''
		<<<<<<< ours
		'\''berlin'\'','\''X11'\'','\''B'\'','\''#33'\''
		=======
		>>>>>>> theirs
		END
		rows $FILE >actual &&
		test_cmp expect actual &&
		cat >expect <<-END &&
		CONFLICT (d1): $FILE: city='\''berlin'\'' ref='\''M10'\'': deleted by ours, which theirs changed: color
		CONFLICT (d1): $FILE: city='\''berlin'\'' ref='\''X11'\'': deleted by theirs, which ours changed: name, color
		END
		grep "^CONFLICT" ../err >actual &&
		test_cmp expect actual
	)
'

test_expect_success 'both insert: alike, and differently' '
	echo "$BASE" | fork insert &&
	(
		cd insert &&
		{
			echo "$BASE" &&
			echo "'\''bonn'\'','\''1'\'',NULL,'\''#1'\''" &&
			echo "'\''bonn'\'','\''2'\'',NULL,'\''#1'\''" &&
			echo "'\''bonn'\'','\''3'\'','\'''\'',1"
		} >both &&
		side main <both &&
		sed "s/2'\'',NULL/2'\'','\'''\''/" both >../both &&
		side theirs <../both &&
		test_expect_code 1 merge theirs &&
		cat >expect <<-\END &&
		'\''bonn'\'','\''1'\'',NULL,'\''#1'\''
		<<<<<<< ours
		'\''bonn'\'','\''2'\'',NULL,'\''#1'\''
		=======
		'\''bonn'\'','\''2'\'','\'''\'','\''#1'\''
		>>>>>>> theirs
		'\''bonn'\'','\''3'\'','\'''\'',1
		END
		rows $FILE | sed 1,3d >actual &&
		test_cmp expect actual &&
		grep "ref='\''2'\'': name: NULL against '\'''\''" ../err
	)
'

test_expect_success 'both make the file: rows alike are merged' '
	new_repository addadd &&
	(
		cd addadd &&
		commit base &&
		git branch theirs &&
		echo "$BASE" | side main &&
		echo "$BASE" | sed 2,3d | side theirs &&
		merge theirs &&
		echo "$BASE" | lines >expect &&
		test_cmp expect $FILE
	)
'

test_expect_success 'twenty conflicts are told, the others counted' '
	for i in $(seq 10 34)
	do
		echo "'\''berlin'\'','\''$i'\'',NULL,'\''#1'\''"
	done >many &&
	fork told <many &&
	(
		cd told &&
		sed "s/#1/#2/" ../many | side main &&
		sed "s/#1/#3/" ../many | side theirs &&
		test_expect_code 1 merge theirs &&
		grep "^CONFLICT" ../err >actual &&
		test $(wc -l <actual) = 21 &&
		test_line actual "CONFLICT (d1): $FILE: and 5 more"
	)
'

test_expect_success 'values cannot drive the terminal' '
	escape=$(printf "\033]0;x\007") &&
	echo "1,2,3,NULL" | fork escape &&
	(
		cd escape &&
		echo "1,2,3,CAST(x'\''1b5d303b7807'\'' AS TEXT)" |
			side main &&
		echo "1,2,3,replace('\''\\u{202E}'\'','\''\\u{202E}'\'',char(8238))" |
			side theirs &&
		test_expect_code 1 merge theirs &&
		{ ! LC_ALL=C grep "[^ -~]" ../err; }
	)
'

# ---- columns ----

test_expect_success 'a column that one side added, with its default' '
	echo "$BASE" | fork column &&
	(
		cd column &&
		{
			echo "$BASE" | sed "s/$/,1/; /M44/s/1$/5/; /M44/s/5/1/" &&
			echo "'\''bonn'\'','\''1'\'',NULL,NULL,7"
		} | data lines "(city, ref, name, color, active) key city, ref" \
			>$FILE &&
		commit added &&
		{
			echo "$BASE" | sed "s/#2/#22/" &&
			echo "'\''bonn'\'','\''2'\'',NULL,NULL"
		} | side theirs &&
		merge theirs &&
		data lines "(city, ref, name, color, active) key city, ref" \
			>expect <<-\END &&
		'\''berlin'\'','\''M10'\'','\''Tram'\'','\''#1'\'',1
		'\''berlin'\'','\''M44'\'','\''Metro'\'','\''#22'\'',1
		'\''berlin'\'','\''X11'\'','\''Bus'\'','\''#3'\'',1
		'\''bonn'\'','\''1'\'',NULL,NULL,7
		'\''bonn'\'','\''2'\'',NULL,NULL,1
		END
		test_cmp expect $FILE
	)
'

# added COLUMN-VALUES: main adds a column with these values, theirs a row.
added () {
	rm -rf added &&
	echo "$BASE" | fork added &&
	(
		cd added &&
		echo "$BASE" >base &&
		printf "%s\n" "$@" | paste -d, base - |
		data lines "(city, ref, name, color, level) key city, ref" \
			>$FILE &&
		rm base &&
		commit added &&
		{
			echo "$BASE" &&
			echo "'zurich','1',NULL,NULL"
		} | side theirs &&
		merge theirs
	)
}

test_expect_success 'a column without default, filled since in some rows' '
	added NULL 2 NULL &&
	echo "'\''zurich'\'','\''1'\'',NULL,NULL,NULL" >expect &&
	rows added/$FILE | tail -n 1 >actual &&
	test_cmp expect actual
'

test_expect_success 'a column whose default nobody knows: a conflict' '
	test_expect_code 1 added 1 2 3 &&
	cat >expect <<-\END &&
	<<<<<<< ours
	=======
	'\''zurich'\'','\''1'\'',NULL,NULL,NULL
	>>>>>>> theirs
	END
	rows added/$FILE | tail -n 4 >actual &&
	test_cmp expect actual &&
	test_line err "CONFLICT (d1): $FILE: city='\''zurich'\'' ref='\''1'\'': not in ours, and theirs does not know: level"
'

test_expect_success 'a column that one side dropped, and the other changed' '
	echo "$BASE" | fork drop &&
	(
		cd drop &&
		echo "$BASE" | sed "s/,'\''[A-Z][a-z]*'\''//" |
			data lines "(city, ref, color) key city, ref" >$FILE &&
		commit dropped &&
		echo "$BASE" | sed "s/Metro/M/; s/#1/#11/" | side theirs &&
		merge theirs &&
		data lines "(city, ref, color) key city, ref" >expect <<-\END &&
		'\''berlin'\'','\''M10'\'','\''#11'\''
		'\''berlin'\'','\''M44'\'','\''#2'\''
		'\''berlin'\'','\''X11'\'','\''#3'\''
		END
		test_cmp expect $FILE &&
		grep "^warning: $FILE: 1 row was changed in a column" ../err
	)
'

test_expect_success 'rows with a list of columns' '
	echo "$BASE" | fork list &&
	(
		cd list &&
		echo "$BASE" | lines |
			sed "s/ VALUES/(\"city\",\"ref\",\"name\",\"color\")&/" \
			>$FILE &&
		commit listed &&
		echo "$BASE" | sed "s/#2/#22/" | side theirs &&
		merge theirs &&
		echo "$BASE" | sed "s/#2/#22/" | lines |
			sed "s/ VALUES/(\"city\",\"ref\",\"name\",\"color\")&/" \
			>expect &&
		test_cmp expect $FILE
	)
'

# ---- masks ----

MASK=$(printf '%064d' 1)
OTHER=$(printf '%064d' 2)

masked () {
	data lines \
	"(city, ref, name, color) key city, ref [masked name key ${1-1f2e3d4c}]"
}

test_expect_success 'a column that one side masked takes no plain value' '
	echo "$BASE" | fork mask &&
	(
		cd mask &&
		echo "$BASE" |
			sed "s/Tram/masked-$MASK/; s/Metro/masked-$OTHER/
				s/Bus/masked-$MASK/" |
			masked >$FILE &&
		commit masked &&
		{
			echo "$BASE" | sed "s/#2/#22/; s/Tram/Secret/" &&
			echo "'\''bonn'\'','\''1'\'','\''Secret'\'',NULL"
		} | side theirs &&
		test_expect_code 1 merge theirs &&
		{
			echo "-- git-d1 snapshot 1" &&
			echo "-- table \"lines\" (city, ref, name, color)" \
				"key city, ref [masked name key 1f2e3d4c]" &&
			echo "PRAGMA defer_foreign_keys=on;"
		} >expect &&
		head -n 3 $FILE >actual &&
		test_cmp expect actual &&
		cat >expect <<-END &&
		'\''berlin'\'','\''M10'\'','\''masked-$MASK'\'','\''#1'\''
		'\''berlin'\'','\''M44'\'','\''masked-$OTHER'\'','\''#22'\''
		'\''berlin'\'','\''X11'\'','\''masked-$MASK'\'','\''#3'\''
		<<<<<<< ours
		=======
		'\''bonn'\'','\''1'\'',NULL,NULL
		>>>>>>> theirs
		END
		rows $FILE >actual &&
		test_cmp expect actual &&
		{ ! grep Secret $FILE ../err; } &&
		grep "^warning: $FILE: 1 row was changed" ../err
	)
'

test_expect_success 'their mask counts as ours does, and columns stay in order' '
	(
		cd mask &&
		git reset -q --hard &&
		git switch -q theirs &&
		git merge -q main >../out 2>../err ||
		test_expect_code 1 git diff --quiet --diff-filter=U &&
		sed -n 2p $FILE >actual &&
		echo "-- table \"lines\" (city, ref, name, color) key city," \
			"ref [masked name key 1f2e3d4c]" >expect &&
		test_cmp expect actual &&
		{ ! grep Secret $FILE ../err; }
	)
'

test_expect_success 'a masked conflict shows masks' '
	new_repository masks &&
	(
		cd masks &&
		echo "1,2,'\''masked-$MASK'\'',0" | masked >$FILE &&
		commit base &&
		git branch theirs &&
		echo "1,2,'\''masked-$OTHER'\'',0" | masked >$FILE &&
		commit ours &&
		git switch -q theirs &&
		echo "1,2,NULL,0" | masked >$FILE &&
		commit theirs &&
		test_expect_code 1 merge theirs &&
		grep "name: '\''masked-$OTHER'\'' against NULL" ../err
	)
'

test_expect_success 'masks with two keys are no merge of rows' '
	(
		cd masks &&
		git reset -q --hard &&
		git switch -q theirs &&
		echo "1,2,NULL,0" | masked 99999999 >$FILE &&
		commit "another key" &&
		git switch -q main &&
		echo "1,2,NULL,0" | masked 88888888 >$FILE &&
		commit "a third key" &&
		test_expect_code 1 merge theirs &&
		grep "^warning: $FILE: merged as text, and not by rows: .* mask column .name. " ../err &&
		grep "^<<<<<<< ours" $FILE
	)
'

# ---- histories ----

test_expect_success '--keep-base: cells in conflict are as in the base' '
	git init -q keep && (
		cd keep &&
		echo "$BASE" | lines >base &&
		echo "$BASE" | sed "s/#1/#a/; s/#2/#x/; /Bus/d" | lines >ours &&
		echo "$BASE" | sed "s/#1/#b/; s/Metro/M/; s/#3/#c/" |
			lines >theirs &&
		cp ours ours.kept &&
		git-d1 merge-driver --keep-base base ours theirs 7 $FILE \
			>../out 2>../err &&
		test_must_be_empty ../out && test_must_be_empty ../err &&
		echo "$BASE" | sed "s/#2/#x/; s/Metro/M/" | lines >expect &&
		test_cmp expect ours &&
		cp ours.kept ours && echo "no row" >>theirs &&
		git-d1 merge-driver --keep-base base ours theirs 7 $FILE \
			>../out 2>../err &&
		test_must_be_empty ../out && test_must_be_empty ../err &&
		test_cmp base ours
	)
'

# Without merge.d1.recursive the base of the last merge would be a file
# with the markers of the first two.
test_expect_success 'a criss-cross merge: no markers out of a virtual base' '
	echo "$BASE" | fork cross &&
	(
		cd cross &&
		echo "$BASE" | sed "s/#1/#a/; s/#2/#x/" | side main &&
		git tag A &&
		echo "$BASE" | sed "s/#3/#c/; s/#2/#y/" | side theirs &&
		git tag B &&
		test_expect_code 1 merge B &&
		echo "$BASE" | sed "s/#1/#a/; s/#2/#x/; s/#3/#c/" |
			lines >$FILE &&
		commit "A and B" &&
		git switch -q theirs &&
		test_expect_code 1 git merge -q A >../out 2>../err &&
		echo "$BASE" | sed "s/#1/#a/; s/#2/#x/; s/#3/#c/; s/Bus/B/" |
			lines >$FILE &&
		commit "B and A" &&
		cp $FILE expect &&
		test $(git merge-base --all main theirs | wc -l) = 2 &&
		merge theirs &&
		test_cmp expect $FILE &&
		test_must_be_empty ../err &&
		git reset -q --hard HEAD^ &&
		echo "$BASE" | sed "s/#1/#aa/; s/#2/#x/; s/#3/#c/" | side main &&
		echo "$BASE" | sed "s/#1/#ab/; s/#2/#x/; s/#3/#c/; s/Bus/B/" |
			side theirs &&
		test_expect_code 1 merge theirs &&
		cat >expect <<-\END &&
		<<<<<<< ours
		'\''berlin'\'','\''M10'\'','\''Tram'\'','\''#aa'\''
		=======
		'\''berlin'\'','\''M10'\'','\''Tram'\'','\''#ab'\''
		>>>>>>> theirs
		'\''berlin'\'','\''M44'\'','\''Metro'\'','\''#x'\''
		'\''berlin'\'','\''X11'\'','\''B'\'','\''#c'\''
		END
		rows $FILE >actual &&
		test_cmp expect actual
	)
'

test_expect_success 'a file that one side moved to another database' '
	echo "$BASE" | fork move &&
	(
		cd move &&
		mkdir -p d1/other/data &&
		git mv $FILE d1/other/data/lines.sql &&
		git mv d1/shop/schema.sql d1/other/schema.sql &&
		commit moved &&
		echo "$BASE" | sed "s/#2/#22/" | side theirs &&
		git switch -q main &&
		sed -i "s/Metro/M/" d1/other/data/lines.sql &&
		commit edited &&
		merge theirs &&
		echo "$BASE" | sed "s/#2/#22/; s/Metro/M/" | lines >expect &&
		test_cmp expect d1/other/data/lines.sql &&
		! test -e $FILE
	)
'

test_expect_success 'rebase: ours is the branch below' '
	echo "$BASE" | fork rebase &&
	(
		cd rebase &&
		echo "$BASE" | sed "s/#1/#a/; s/#2/#x/" | side main &&
		echo "$BASE" | sed "s/#3/#c/; s/#2/#y/" | side theirs &&
		test_must_fail git rebase main >../out 2>../err &&
		cat >expect <<-\END &&
		'\''berlin'\'','\''M10'\'','\''Tram'\'','\''#a'\''
		<<<<<<< ours
		'\''berlin'\'','\''M44'\'','\''Metro'\'','\''#x'\''
		=======
		'\''berlin'\'','\''M44'\'','\''Metro'\'','\''#y'\''
		>>>>>>> theirs
		'\''berlin'\'','\''X11'\'','\''Bus'\'','\''#c'\''
		END
		rows $FILE >actual &&
		test_cmp expect actual &&
		sed -i "/^<<<<<<</,/^=======/d; /^>>>>>>>/d" $FILE &&
		git add $FILE &&
		GIT_EDITOR=true git rebase --continue >/dev/null &&
		echo "$BASE" | sed "s/#1/#a/; s/#3/#c/; s/#2/#y/" |
			lines >expect &&
		git show theirs:$FILE >actual &&
		test_cmp expect actual
	)
'

test_expect_success 'a commit that was picked is merged without doubling' '
	new_repository pick &&
	(
		cd pick &&
		log () {
			data lines "(day, text)"
		} &&
		printf "1,'\''a'\''\n1,'\''a'\''\n2,'\''b'\''\n" | log >$FILE &&
		commit base &&
		git branch theirs &&
		git switch -q theirs &&
		printf "1,'\''a'\''\n1,'\''a'\''\n2,'\''b'\''\n3,'\''c'\''\n" |
			log >$FILE &&
		commit add &&
		printf "1,'\''a'\''\n2,'\''b'\''\n3,'\''c'\''\n4,'\''d'\''\n" |
			log >$FILE &&
		commit more &&
		git switch -q main &&
		git cherry-pick theirs^ >/dev/null &&
		printf "1,'\''a'\''\n1,'\''a'\''\n1,'\''a'\''\n2,'\''b'\''\n3,'\''c'\''\n" |
			log >$FILE &&
		commit ours &&
		merge theirs &&
		printf "1,'\''a'\''\n1,'\''a'\''\n2,'\''b'\''\n3,'\''c'\''\n4,'\''d'\''\n" |
			log >expect &&
		test_cmp expect $FILE
	)
'

test_expect_success 'a path with blanks' '
	new_repository blanks &&
	(
		cd blanks &&
		dir="d1/my shop/data" &&
		mkdir -p "$dir" &&
		echo "\"d1/my shop/data/*.sql\" merge=d1" >>.gitattributes &&
		echo "$BASE" | lines >"$dir/a b.sql" &&
		commit base &&
		git branch theirs &&
		echo "$BASE" | sed "s/#2/#x/" | lines >"$dir/a b.sql" &&
		commit ours &&
		git switch -q theirs &&
		echo "$BASE" | sed "s/#2/#y/" | lines >"$dir/a b.sql" &&
		commit theirs &&
		test_expect_code 1 merge theirs &&
		grep "^CONFLICT (d1): d1/my shop/data/a b.sql: city=" ../err
	)
'

# ---- the order of the key ----

test_expect_success 'a key under NOCASE, as the schema beside it says' '
	new_repository nocase &&
	(
		cd nocase &&
		words () {
			data words "(word, n) key word"
		} &&
		f=d1/shop/data/words.sql &&
		echo "CREATE TABLE words(word TEXT COLLATE NOCASE PRIMARY KEY, n);" \
			>d1/shop/schema.sql &&
		printf "'\''a'\'',1\n'\''B'\'',1\n'\''c'\'',1\n" | words >$f &&
		commit base &&
		git branch theirs &&
		printf "'\''a'\'',1\n'\''b'\'',1\n'\''c'\'',1\n" | words >$f &&
		commit ours &&
		git switch -q theirs &&
		printf "'\''A'\'',1\n'\''B'\'',2\n'\''c'\'',1\n'\''D'\'',1\n" |
			words >$f &&
		commit theirs &&
		merge theirs &&
		printf "'\''A'\'',1\n'\''b'\'',2\n'\''c'\'',1\n'\''D'\'',1\n" |
			words >expect &&
		test_cmp expect $f
	)
'

test_expect_success 'the schema of HEAD serves a merge without a worktree' '
	(
		cd nocase &&
		git reset -q --hard HEAD^ &&
		git clone -q --bare . ../bare.git &&
		cd ../bare.git &&
		git config merge.d1.driver \
			"git-d1 merge-driver %O %A %B %L %P" &&
		mkdir -p info &&
		echo "d1/*/data/*.sql merge=d1" >info/attributes &&
		git merge-tree --write-tree main theirs >out 2>../err &&
		git show $(head -n 1 out):d1/shop/data/words.sql >actual &&
		test_cmp ../nocase/expect actual
	)
'

test_expect_success 'without any schema a wrong order is seen' '
	(
		cd nocase &&
		git rm -q --cached d1/shop/schema.sql &&
		rm d1/shop/schema.sql &&
		commit "no schema" &&
		test_expect_code 1 merge theirs &&
		grep "^warning: d1/shop/data/words.sql: merged as text, and not by rows: rows of table .words. in base are not in the order of their key, at word=.B." ../err
	)
'

test_expect_success 'NULL in the key identifies nothing' '
	new_repository nulls &&
	(
		cd nulls &&
		words () {
			data words "(word, n) key word"
		} &&
		f=d1/shop/data/words.sql &&
		printf "NULL,1\nNULL,1\nNULL,2\n'\''a'\'',1\n" | words >$f &&
		commit base &&
		git branch theirs &&
		printf "NULL,1\nNULL,2\n'\''a'\'',1\n'\''b'\'',1\n" | words >$f &&
		commit ours &&
		git switch -q theirs &&
		printf "NULL,1\nNULL,1\nNULL,2\nNULL,2\n'\''a'\'',3\n" |
			words >$f &&
		commit theirs &&
		merge theirs &&
		printf "NULL,1\nNULL,2\nNULL,2\n'\''a'\'',3\n'\''b'\'',1\n" |
			words >expect &&
		test_cmp expect $f
	)
'

test_expect_success 'rows without a key, a column dropped in their middle' '
	new_repository middle &&
	(
		cd middle &&
		printf "1,9,'\''z'\''\n2,8,'\''y'\''\n3,7,'\''x'\''\n" |
			data lines "(a, b, c)" >$FILE &&
		commit base &&
		git branch theirs &&
		printf "7,'\''x'\''\n8,'\''y'\''\n9,'\''z'\''\n" |
			data lines "(b, c)" >$FILE &&
		commit ours &&
		git switch -q theirs &&
		printf "1,9,'\''z'\''\n3,7,'\''x'\''\n4,1,'\''w'\''\n" |
			data lines "(a, b, c)" >$FILE &&
		commit theirs &&
		merge theirs &&
		printf "1,'\''w'\''\n7,'\''x'\''\n9,'\''z'\''\n" |
			data lines "(b, c)" >expect &&
		test_cmp expect $FILE
	)
'

# ---- what is no data file ----

test_expect_success 'markers that were committed: lines are merged, and said so' '
	echo "$BASE" | fork broken &&
	(
		cd broken &&
		{
			echo "$BASE" | lines &&
			echo "<<<<<<< ours"
		} >$FILE &&
		commit oops &&
		echo "$BASE" | sed "s/#1/#11/" | side theirs &&
		test_expect_code 1 merge theirs &&
		grep "^warning: $FILE: merged as text, and not by rows: ours:7: a conflict of a merge stands here" ../err &&
		{
			echo "$BASE" | sed "s/#1/#11/" | lines &&
			echo "<<<<<<< ours"
		} >expect &&
		test_cmp expect $FILE &&
		echo "UU $FILE" >expect &&
		git status --short -uno >actual &&
		test_cmp expect actual
	)
'

test_expect_success 'two tables, two keys: lines are merged with markers' '
	echo "$BASE" | fork other &&
	(
		cd other &&
		echo "$BASE" | data lines \
			"(city, ref, name, color) key ref" >$FILE &&
		commit "another key" &&
		echo "$BASE" | sed "s/#1/#11/" | side theirs &&
		test_expect_code 1 merge theirs &&
		grep "merged as text, and not by rows: the key of table .lines. is not the same on all sides" ../err
	)
'

test_expect_success 'what git would not pass is a usage error' '
	test_expect_exit 129 git-d1 merge-driver a b c &&
	grep "^error: merge-driver takes what git gives it" err &&
	test_expect_exit 129 git-d1 merge-driver a b c x d &&
	grep "^error: .x. is no size of a conflict marker" err
'

test_expect_success 'a failure is 129, with the file as it was' '
	echo "$BASE" | lines >ours &&
	cp ours theirs &&
	test_expect_exit 129 git-d1 merge-driver missing ours theirs 7 x &&
	test_cmp theirs ours &&
	grep "missing" err
'

# ---- without a driver ----

test_expect_success 'no driver: rows apart from each other merge well' '
	for i in $(seq 10 30)
	do
		echo "'\''berlin'\'','\''$i'\'',NULL,'\''#1'\''"
	done >many &&
	fork plain <many &&
	(
		cd plain &&
		git config --remove-section merge.d1 &&
		sed "2s/#1/#2/" ../many | side main &&
		sed "9s/#1/#3/; 15d" ../many | side theirs &&
		merge theirs &&
		valid $FILE &&
		sed "2s/#1/#2/; 9s/#1/#3/; 15d" ../many | lines >expect &&
		test_cmp expect $FILE
	)
'

test_expect_success 'no driver: others are conflicts, which the reader refuses' '
	(
		cd plain &&
		git reset -q --hard HEAD^ &&
		sed "2s/#1/#2/" ../many | side theirs &&
		sed "2s/NULL/1/" ../many | side main &&
		test_expect_code 1 merge theirs &&
		cp $FILE base && cp $FILE ours && cp $FILE theirs &&
		test_expect_code 1 git-d1 merge-driver base ours theirs 7 \
			$FILE 2>err &&
		grep "a conflict of a merge stands here" err
	)
'

test_expect_success 'no driver: a row that both insert is there once, or refused' '
	(
		cd plain &&
		git reset -q --hard HEAD &&
		{
			cat ../many &&
			echo "'\''bonn'\'','\''1'\'',NULL,1"
		} | side main &&
		{
			cat ../many &&
			echo "'\''bonn'\'','\''0'\'',NULL,1" &&
			echo "'\''bonn'\'','\''1'\'',NULL,2"
		} | side theirs &&
		test_expect_code 1 merge theirs &&
		grep "^<<<<<<<" $FILE
	)
'

# ---- size ----

if test -x /usr/bin/time && /usr/bin/time -f %M true 2>/dev/null
then
	test_set_prereq TIME
fi

test_expect_success TIME '200,000 rows in little memory' '
	awk "BEGIN { for (i = 0; i < 200000; i++)
		printf \"%d,%c%020d%c,%d\\n\", i, 39, i * 7919, 39, i % 97 }" |
		data big "(id, text, n) key id" >big.base &&
	sed "s/,5);/,105);/" big.base >big.ours &&
	sed -e "s/,6);/,106);/" -e "/,7);/d" big.base >big.theirs &&
	sed -e "s/,5);/,105);/" -e "s/,6);/,106);/" -e "/,7);/d" \
		big.base >expect &&
	/usr/bin/time -f "%M %e" git-d1 merge-driver big.base big.ours \
		big.theirs 7 d1/shop/data/big.sql 2>time &&
	test_cmp expect big.ours &&
	read memory seconds <time &&
	say "# $memory KiB, $seconds s" &&
	if ! ldd "$TOP_BUILDDIR/git-d1" | grep -q asan
	then
		test "$memory" -lt 32768
	fi
'

test_expect_success TIME '100,000 rows without a key, sorted outside of memory' '
	awk "BEGIN { for (i = 0; i < 100000; i++)
		printf \"%06d,1,%d\\n\", i + 100000, 999999 - i }" |
		data big "(a, b, c)" >big.base &&
	sed "s/,1,/,/; s/(a, b, c)/(a, c)/" big.base >big.ours &&
	sed "/5,1,/d" big.base >big.theirs &&
	sed "/5,1,/d; s/,1,/,/; s/(a, b, c)/(a, c)/" big.base >expect &&
	/usr/bin/time -f "%M %e" git-d1 merge-driver big.base big.ours \
		big.theirs 7 d1/shop/data/big.sql 2>time &&
	test_cmp expect big.ours &&
	read memory seconds <time &&
	say "# $memory KiB, $seconds s" &&
	if ! ldd "$TOP_BUILDDIR/git-d1" | grep -q asan
	then
		test "$memory" -lt 49152
	fi
'

test_expect_success 'without git-d1 on the PATH lines are merged, and conflicts marked' '
	git init -q pathless &&
	(
		cd pathless &&
		make_wrangler_project . "CREATE TABLE t(id INTEGER PRIMARY KEY, v);
			INSERT INTO t VALUES (1, 1);" &&
		echo .wrangler >.gitignore &&
		git d1 init >/dev/null && git d1 track t >/dev/null &&
		git d1 snapshot -q && git add -A && test_tick &&
		git commit -qm base && git branch other &&
		sed -i "s/(1,1)/(1,2)/" d1/shop/data/t.sql && test_tick &&
		git commit -qam ours && git switch -q other &&
		sed -i "s/(1,1)/(1,3)/" d1/shop/data/t.sql && test_tick &&
		git commit -qam theirs &&
		test_must_fail env PATH=/usr/bin:/bin git merge main &&
		grep "^<<<<<<<" d1/shop/data/t.sql &&
		grep "(1,2)" d1/shop/data/t.sql &&
		grep "(1,3)" d1/shop/data/t.sql
	)
'

test_done
