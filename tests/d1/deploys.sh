# Shell functions for tests of deploys to the database "shop". POSIX sh; to be
# sourced after lib.sh. It sources standin.sh and pairs.sh, and skips all tests if
# something is lacking.

STANDIN_SRCDIR=$TOP_SRCDIR/tests/d1
. "$STANDIN_SRCDIR/standin.sh"
. "$STANDIN_SRCDIR/pairs.sh"

pairs_skip
test -z "$skip_all" || test_done

# empty_database NAME: the remote one of that name has nothing in it.
empty_database () {
	database $1 <<-\EOF
	PRAGMA user_version = 1;
	EOF
}

# deploy CODE [ARGUMENTS...]: ends with that code; output in "out", "err".
deploy () {
	code=$1 &&
	shift &&
	test_expect_exit "$code" git d1 deploy "$@" >out
}

# says FILE: standard input, but with other words for what chance made, and
# without the number of rows that are left alone.
says () {
	cat >expect &&
	sed -e '/^data: .* of its own /d' \
		-e 's/[0-9a-f]\{8\}-[0-9a-f]\{8\}-[0-9a-f]\{8\}-[0-9a-f]\{32\}/BOOKMARK/g' \
		-e 's/20[0-9]\{6\}T[0-9]\{6\}Z-[0-9a-f]\{8\}/ID/g' \
		-e 's/sha256:[0-9a-f]\{64\}/sha256:DIGEST/' \
		-e 's/[0-9a-f]\{40\}/COMMIT/' \
		-e 's/^deployed [0-9a-f]\{12\} /deployed COMMIT /' \
		"$1" >actual &&
	test_cmp expect actual
}

commit_all () {
	test_tick && git add -A && git commit -q -m "$1"
}

# make_project [OPTION...]: a repository with the configuration, but not with the
# files of the test, and the stand-in, with options as of server.mjs.
make_project () {
	git init -q . &&
	printf "%s\n" "*" "!/.gitignore" "!/.gitattributes" "!/.d1config" \
		"!/d1/" "!/d1/**" "!/migrations/" "!/migrations/*" \
		"!/wrangler.jsonc" >.gitignore &&
	make_config &&
	start "$@" &&
	standin_env &&
	mkdir migrations
}

# build [SQL]: the snapshot is what the migrations make of that.
build () {
	rm -f made.sqlite &&
	cat migrations/* | sqlite3 made.sqlite &&
	sqlite3 made.sqlite "$1" &&
	git d1 snapshot ./made.sqlite
}

# remote SQL: in production.
remote () {
	standin_sql shop "$1"
}

# holds SQL: production has the rows on standard input.
holds () {
	cat >expect &&
	remote "$1" >actual &&
	test_cmp expect actual
}

bookmark () {
	curl --silent --noproxy "*" --header "Authorization: Bearer dummy-token" \
		"$(standin_url)/accounts/acc123/d1/database/id-shop/time_travel/bookmark" |
	sed "s/.*\"bookmark\":\"\([^\"]*\)\".*/\1/"
}

# state NAME: keeps what production is, as a file and as a dump of it.
state () {
	rm -f "$1.sqlite" &&
	sqlite3 "$(local_database remote id-shop)" "VACUUM INTO '$1.sqlite'" &&
	sqlite3 "$1.sqlite" .dump | sed "/_cf_METADATA VALUES/d" >"$1.dump"
}

# is_as NAME: production is bit for bit what it was then.
is_as () {
	state now &&
	test_cmp "$1.dump" now.dump &&
	git d1 diff --exit-code shop/remote "./$1.sqlite"
}

# unwritten COMMAND...: nothing at all is written meanwhile.
unwritten () {
	bookmark >before.bookmark &&
	standin_clear_log &&
	"$@" &&
	standin_log >log &&
	! grep "/import\"" log &&
	! grep -i "\"sql\\\\*\":\\\\*\"\(insert\|update\|delete\|create\|drop\|alter\)" \
		log &&
	bookmark >after.bookmark &&
	test_cmp before.bookmark after.bookmark
}

products () {
	printf "INSERT INTO \"product\" VALUES(%s);\n" "$@"
}

# table ROW...: the data file has these rows.
table () {
	{
		sed "/^INSERT/d" d1/shop/data/product.sql &&
		products "$@"
	} >new &&
	mv new d1/shop/data/product.sql
}
