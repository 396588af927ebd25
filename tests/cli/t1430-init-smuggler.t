#!/bin/sh

test_description='git d1 init --from-smuggler: the settings of another tool'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

# project DIR: one with a config.toml that git ignores, of standard input.
project () {
	make_wrangler_project "$1" &&
	git init -q "$1" &&
	printf ".wrangler/\nconfig.toml\n" >"$1/.gitignore" &&
	cat >"$1/config.toml"
}

# take_over DIR [OPTION...]: without what a plain init says.
take_over () {
	dir=$1 &&
	shift &&
	GIT_TRACE=1 git-d1 -C "$dir" init --from-smuggler config.toml "$@" \
		>all.out 2>err &&
	sed "1,/ diff.d1db.xfuncname/d" all.out >actual &&
	no_secret all.out err
}

# A helper that keeps what it is given in the file "kept".
keep_credentials () {
	cat >helper <<-EOF &&
	#!/bin/sh
	case \$1 in
	get) test ! -f "$PWD/kept" || cat "$PWD/kept" ;;
	store) cat >"$PWD/kept" ;;
	esac
	EOF
	chmod +x helper &&
	git config --global credential.helper "!\"$PWD/helper\""
}

project all <<EOF
cloudflare_account_id = "acc123"
cloudflare_api_token = "$SECRET"
database_id = "$TEST_DATABASE_ID"
local_db = "app.sqlite"
[sync]
tables = ["lines", "odd*"]
exclude_tables = ["sqlite_sequence", "_cf_KV", "d1_migrations", "sessions"]
timestamp_column = "changed"
conflict_resolution = "newer_wins"
batch_size = 7
max_retries = 3
[watch]
interval = 5
EOF

if git-d1 -C all init -n --from-smuggler config.toml 2>&1 |
	grep "without TOML support" >/dev/null
then
	test_expect_success 'a build without TOML says so' '
		test_expect_exit 128 git-d1 -C all init --from-smuggler \
			config.toml &&
		test_line err "hint: build git-d1 with toml++ installed" &&
		! test -e all/.d1config
	'
	test_done
fi

cat >settings <<EOF
found database_id $TEST_DATABASE_ID: shop
set d1.accountId = acc123
set in .d1config: d1.tables = lines, odd\\*
set in .d1config: d1.excludeTables = sessions
set in .d1config: d1.timestampColumn = changed
set in .d1config: d1.conflict = newer-wins
note: rows of which no side is newer are conflicts here; Smuggler passed over them
EOF

sed -e 's/^set in/found in/' -e "s/^set d1.accountId = acc123/found account \
acc123 in d1.accountId in git's configuration/" settings >settings.found

cat >rest <<\EOF
passed over local_db: app.sqlite is not the file that wrangler dev uses for shop
passed over sync.batch_size: git d1 packs rows by the limits of D1
passed over sync.max_retries: git d1 repeats a request as the server asks, and only if nothing could be written twice
passed over watch: git d1 has nothing like it
no table is tracked yet: git d1 track TABLE...
EOF

test_expect_success 'a dry run tells all and changes nothing' '
	keep_credentials &&
	cp all/.git/config before &&
	{
		sed "s/^set /would set /" settings &&
		echo "would store the token for api.cloudflare.com with git credential" &&
		cat rest
	} >expected &&
	take_over all --dry-run &&
	test_cmp expected actual &&
	test_cmp before all/.git/config &&
	! test -e all/.d1config &&
	! test -e kept
'

test_expect_success 'without a credential helper the token goes nowhere' '
	git config --global --unset credential.helper &&
	cat settings rest >expected &&
	take_over all &&
	test_cmp expected actual &&
	test_line err "warning: the token was not stored: git has no credential helper for api.cloudflare.com" &&
	grep "^hint: choose one (gitcredentials(7))" err &&
	test_line err "hint: or set CLOUDFLARE_API_TOKEN where git d1 runs" &&
	! grep -r -F "$SECRET" all --exclude=config.toml
'

test_expect_success 'the settings are where they belong' '
	printf "%s\n" "lines, odd\\*" sessions changed newer-wins >expected &&
	for key in tables excludeTables timestampColumn conflict
	do
		git config -f all/.d1config --get-all d1.$key || return 1
	done >actual &&
	test_cmp expected actual &&
	git -C all config --local d1.accountId >actual &&
	echo acc123 >expected &&
	test_cmp expected actual &&
	! grep -i acc123 all/.d1config &&
	git-d1 -C all env >actual &&
	grep "account id .*acc123 (d1.accountId in git.s configuration)" actual
'

test_expect_success 'a helper that is switched off for the host is none' '
	keep_credentials &&
	git config --global --add \
		credential.https://api.cloudflare.com.helper "" &&
	take_over all &&
	grep "^warning: the token was not stored: git has no" err &&
	! test -e kept &&
	git config --global --unset \
		credential.https://api.cloudflare.com.helper
'

test_expect_success 'git credential keeps the token, for the host of the API' '
	{
		cat settings.found &&
		echo "stored the token for api.cloudflare.com with git credential" &&
		cat rest
	} >expected &&
	take_over all &&
	test_cmp expected actual &&
	test_line err "hint: the token still stands in '\''config.toml'\'': nothing of git d1 needs it there" &&
	cat >expected <<-EOF &&
	host=api.cloudflare.com
	password=$SECRET
	protocol=https
	username=acc123
	EOF
	sort kept >actual &&
	test_cmp expected actual
'

test_expect_success 'once more changes nothing' '
	cp all/.d1config before &&
	{
		cat settings.found &&
		echo "found the token for api.cloudflare.com in git credential" &&
		cat rest
	} >expected &&
	take_over all &&
	test_cmp expected actual &&
	! grep "^warning\|^hint" err &&
	test_cmp before all/.d1config
'

test_expect_success 'what is set already stays, unless it is forced' '
	git config -f all/.d1config d1.conflict abort &&
	git -C all config d1.accountId other &&
	sed "s/^password=.*/password=mine/" kept >mine &&
	cp mine kept &&
	cp all/.d1config before &&
	take_over all &&
	test_line err "warning: d1.conflict in .d1config is '\''abort'\'', not '\''newer-wins'\'': left as it is" &&
	test_line err "warning: d1.accountId is '\''other'\'', not '\''acc123'\'': left as it is" &&
	test_line err "warning: git credential has another token for api.cloudflare.com: left as it is" &&
	test_cmp before all/.d1config &&
	test_cmp mine kept &&
	take_over all --force &&
	test_line actual "set in .d1config: d1.conflict = newer-wins" &&
	test_line actual "set d1.accountId = acc123" &&
	grep -F "password=$SECRET" kept
'

test_expect_success 'the token of a tracked file is not stored' '
	rm kept &&
	git -C all add -f config.toml &&
	take_over all &&
	test_line err "warning: the token in '\''config.toml'\'' was not taken over: git tracks that file" &&
	test_line err "hint: whoever has the repository has the token: revoke it, and make a new one" &&
	! test -e kept &&
	git -C all rm -q --cached config.toml
'

test_expect_success 'another database, another account' '
	project other <<-EOF &&
	cloudflare_account_id = "acc999"
	cloudflare_api_token = "$SECRET"
	database_id = "99999999-2222-4333-8444-555555555555"
	EOF
	CLOUDFLARE_ACCOUNT_ID=acc123 &&
	export CLOUDFLARE_ACCOUNT_ID &&
	test_when_finished "unset CLOUDFLARE_ACCOUNT_ID" &&
	take_over other &&
	test_line err "warning: the database_id 99999999-2222-4333-8444-555555555555 of '\''config.toml'\'' is that of no database in '\''wrangler.jsonc'\''" &&
	test_line err "warning: the account of the project is acc123 (environment variable CLOUDFLARE_ACCOUNT_ID), not acc999" &&
	test_must_fail git -C other config d1.accountId &&
	test_line actual "passed over conflict_resolution: it is not set, so Smuggler let the local side win; git d1 stops at a conflict" &&
	test_must_fail git config -f other/.d1config d1.conflict &&
	grep -x username=acc999 kept
'

test_expect_success 'no account, no token' '
	project lone <<-EOF &&
	cloudflare_api_token = "$SECRET"
	EOF
	rm kept &&
	take_over lone &&
	test_line err "warning: the token in '\''config.toml'\'' was not taken over: it is not known to which account it belongs" &&
	! test -e kept
'

test_expect_success 'the form of smugglr, and what is left of its example' '
	project new <<-\EOF &&
	local_db = "./.wrangler/../app.sqlite"
	[target]
	type = "d1"
	account_id = "your-32-char-account-id"
	database_id = "your-d1-database-uuid"
	api_token = "${SMUGGLR_D1_TOKEN}"
	[sync]
	tables = []
	exclude_tables = ["_cf_METADATA"]
	conflict_resolution = "local_wins"
	EOF
	cat >expected <<-\EOF &&
	set in .d1config: d1.conflict = local-wins
	passed over the token: '\''config.toml'\'' takes it from a variable; git d1 takes it from CLOUDFLARE_API_TOKEN
	passed over local_db: ./.wrangler/../app.sqlite is not the file that wrangler dev uses
	no table is tracked yet: git d1 track TABLE...
	EOF
	take_over new &&
	test_cmp expected actual
'

test_expect_success 'local_db is the file that is computed' '
	project same <<-EOF &&
	database_id = "$TEST_DATABASE_ID"
	local_db = "$(local_database .)"
	[sync]
	conflict_resolution = "remote_wins"
	EOF
	cat >expected <<-EOF &&
	found database_id $TEST_DATABASE_ID: shop
	set in .d1config: d1.conflict = remote-wins
	found local_db: the local file of shop
	no table is tracked yet: git d1 track TABLE...
	EOF
	take_over same &&
	test_cmp expected actual
'

test_expect_success 'tables of one database among several' '
	project two <<-EOF &&
	database_id = "$TEST_DATABASE_ID"
	[sync]
	tables = ["lines"]
	exclude_tables = ["tmp"]
	conflict_resolution = "local_wins"
	EOF
	cat >two/wrangler.jsonc <<-EOF &&
	{"d1_databases": [
		{"binding": "DB", "database_name": "shop",
		 "database_id": "$TEST_DATABASE_ID"},
		{"binding": "LOG", "database_name": "log", "database_id": "x"}
	]}
	EOF
	take_over two &&
	test_line actual "set in .d1config: d1.tables = shop/lines, log/*" &&
	test_line actual "set in .d1config: d1.excludeTables = shop/tmp"
'

# refused TEXT CODE MESSAGE: the file is refused, and nothing was touched.
refused () {
	printf "%s\n" "$1" >bad/config.toml &&
	cp bad/.git/config before &&
	GIT_TRACE=1 test_expect_exit "$2" git-d1 -C bad init \
		--from-smuggler config.toml >out &&
	no_secret out err &&
	{ grep -F -e "$3" err || { cat err && return 1; }; } &&
	test_must_be_empty out &&
	! test -e bad/.d1config &&
	! test -e bad/.gitattributes &&
	! test -e kept &&
	test_cmp before bad/.git/config
}

test_expect_success 'a file that is wrong changes nothing, and is not quoted' '
	project bad </dev/null &&
	refused "cloudflare_api_token = $SECRET" 128 \
		"fatal: '\''config.toml'\'' line 1, column 24: this is not TOML" &&
	refused "cloudflare_api_token = \"$SECRET" 128 "this is not TOML" &&
	refused "a = 1
	$SECRET.$SECRET = 1
	$SECRET = 2" 128 "line 3, column" &&
	refused "cloudflare_api_token = [\"$SECRET\"]" 128 \
		"bad value of '\''cloudflare_api_token'\''" &&
	refused "cloudflare_api_token = \"$SECRET \"" 128 \
		"it holds a character that no token has" &&
	refused "cloudflare_api_token = \"$SECRET\\nhost=evil.example\"" 128 \
		"it holds a character that no token has" &&
	refused "cloudflare_account_id = \"$SECRET\"" 128 "this is no id" &&
	refused "database_id = \"$SECRET\"" 128 "this is no id" &&
	refused "cloudflare_account_id = \"../x\"" 128 "this is no id" &&
	refused "sync = \"$SECRET\"" 128 "it must be a table" &&
	refused "[sync]
	tables = \"$SECRET\"" 128 "it must be a list of names" &&
	refused "[sync]
	tables = [1]" 128 "it must be a list of names" &&
	refused "[sync]
	exclude_tables = [\"a,b\"]" 3 "a name of '\''sync.exclude_tables'\''" &&
	refused "[sync]
	tables = [\"a \"]" 3 "a name of '\''sync.tables'\''" &&
	refused "[sync]
	timestamp_column = 5" 128 "it must be a string" &&
	refused "[sync]
	conflict_resolution = \"$SECRET\"" 128 \
		"it must be local_wins, remote_wins or newer_wins" &&
	refused "[target]
	type = \"turso\"" 128 "it must be d1" &&
	refused "cloudflare_api_token = \"$SECRET\"
	[target]
	api_token = \"$SECRET\"" 128 "there is another token"
'

test_expect_success 'no such file' '
	test_expect_exit 128 git-d1 -C bad init --from-smuggler none.toml &&
	grep "none.toml" err &&
	! test -e bad/.d1config
'

test_expect_success 'names that want to be something else' '
	cat >bad/config.toml <<-\EOF &&
	"\u001b[31m" = 1
	[sync]
	tables = ["a\u001b[31m\"\n[d1]\n\ttables"]
	conflict_resolution = "local_wins"
	EOF
	take_over bad &&
	! grep "$(printf "\033")" all.out &&
	test_line actual "passed over \"\\033[31m\": git d1 has nothing like it" &&
	printf "a\033\\[31m\"\n\\[d1]\n\ttables" >expected &&
	git config -f bad/.d1config -z d1.tables | tr -d "\0" >actual &&
	test_cmp expected actual
'

test_done
