#!/bin/sh

test_description='git d1 env shows what was resolved, and no secret'

. "$(dirname "$0")/lib.sh"

# shows FILE NAME TEXT: the line of the setting is exactly the text.
shows () {
	sed -n "s/^  $2  *//p" "$1" >shown
	printf '%s\n' "$3" >expected
	test_cmp expected shown
}

test_expect_success 'arguments are refused' '
	test_expect_exit 129 git-d1 env shop &&
	test_line err "error: env takes no arguments" &&
	test_expect_exit 129 git-d1 env -- shop
'

test_expect_success 'works outside a repository and without a project' '
	mkdir empty &&
	git-d1 -C empty env >out 2>err &&
	test_must_be_empty err &&
	git-d1 version >version &&
	shows out git-d1 "$(sed "s/^git-d1 version //" version)" &&
	shows out git "$(git version | sed "s/^git version //")" &&
	shows out directory "$(cd empty && pwd -P)" &&
	shows out worktree none &&
	grep "^  configuration *none (no wrangler.json" out &&
	shows out "account id" "not set" &&
	shows out API "https://api.cloudflare.com/client/v4 (default)" &&
	shows out credentials "none (no Cloudflare API token found)" &&
	! grep "^database" out
'

test_expect_success 'the libraries are named with their versions' '
	for library in libgit2 SQLite libcurl OpenSSL cJSON
	do
		grep "^  $library  *[0-9][0-9.]*[0-9]" out || return 1
	done
'

test_expect_success 'without git the rest is shown' '
	mkdir bin &&
	ln -s "$(command -v git-d1)" bin/git-d1 &&
	(PATH=$PWD/bin && export PATH && cd empty && git-d1 env >../out) &&
	shows out git "not found" &&
	shows out API "https://api.cloudflare.com/client/v4 (default)"
'

test_expect_success SQLITE3 'a project' '
	git init -q shop &&
	make_wrangler_project shop &&
	git-d1 -C shop env >out 2>err &&
	test_must_be_empty err &&
	top=$(cd shop && pwd -P) &&
	shows out worktree "$top" &&
	shows out configuration "$top/wrangler.jsonc (the nearest)" &&
	shows out environment "top level" &&
	shows out "local state" "$top/.wrangler/state (default)" &&
	shows out .d1config none &&
	test_line out "database shop" &&
	shows out binding DB &&
	shows out database_name shop &&
	shows out database_id "$TEST_DATABASE_ID" &&
	shows out preview_database_id "not set" &&
	shows out "local file" "$(local_database "$top") (exists)" &&
	shows out migrations_dir "$top/migrations (does not exist)" &&
	shows out migrations_table d1_migrations &&
	shows out protected no
'

test_expect_success SQLITE3 'where the settings are from' '
	cat >shop/staging.json <<-\EOF &&
	{
		"account_id": "abc123",
		"d1_databases": [],
		"env": { "staging": { "d1_databases": [ {
			"binding": "DB", "database_name": "shop-staging",
			"database_id": "id", "preview_database_id": "pre",
			"migrations_dir": "sql", "migrations_table": "done"
		} ] } }
	}
	EOF
	mkdir shop/sql &&
	git config -f shop/.d1config database.DB.protected true &&
	git-d1 -C shop env --config staging.json --env staging \
		--persist-to elsewhere >out &&
	shows out configuration "$top/staging.json (--config)" &&
	shows out environment "staging (--env)" &&
	shows out "local state" "$top/elsewhere (--persist-to)" &&
	shows out .d1config "$top/.d1config" &&
	test_line out "database shop-staging" &&
	shows out preview_database_id pre &&
	grep "^  local file *$top/elsewhere/v3/d1/.*sqlite (does not exist)" \
		out &&
	shows out migrations_dir "$top/sql (exists)" &&
	shows out migrations_table "done" &&
	shows out protected yes &&
	shows out "account id" "abc123 (staging.json)" &&
	(
		CLOUDFLARE_ENV=staging &&
		CLOUDFLARE_API_BASE_URL=https://d1.example.com/v4/ &&
		export CLOUDFLARE_ENV CLOUDFLARE_API_BASE_URL &&
		git-d1 -C shop env --config staging.json >out
	) &&
	shows out environment "staging (CLOUDFLARE_ENV)" &&
	shows out API "https://d1.example.com/v4 (environment variable CLOUDFLARE_API_BASE_URL)"
'

test_expect_success SQLITE3 'a configuration that is wrong, with all the rest' '
	git init -q broken &&
	echo "{ \"d1_databases\": 7 }" >broken/wrangler.json &&
	test_expect_exit 128 git-d1 -C broken env >out &&
	grep "^fatal: .*wrangler.json" err &&
	grep "^  configuration *.*wrangler.json.* (error)" out &&
	shows out API "https://api.cloudflare.com/client/v4 (default)" &&
	test_expect_exit 128 git-d1 -C shop env --env nowhere >out &&
	grep "^fatal: .*nowhere" err &&
	test_line out "proxy variables"
'

test_expect_success 'a refused address of the API is an error, and not shown' '
	CLOUDFLARE_API_BASE_URL=https://me:$SECRET@example.com \
		test_expect_exit 3 git-d1 -C empty env >out &&
	no_secret out err &&
	test_line out "proxy variables"
'

test_expect_success 'a token in the environment' '
	CLOUDFLARE_API_TOKEN=$SECRET git-d1 -C empty env >out 2>&1 &&
	shows out credentials \
		"a token (environment variable CLOUDFLARE_API_TOKEN)" &&
	no_secret out &&
	CLOUDFLARE_API_KEY=$SECRET CLOUDFLARE_EMAIL=me@example.com \
		git-d1 -C empty env >out 2>&1 &&
	shows out credentials \
		"an API key (environment variable CLOUDFLARE_API_KEY)" &&
	no_secret out
'

test_expect_success 'of the key of masks only its id is shown' '
	git-d1 -C empty env >out &&
	shows out "mask key" "not set" &&
	GIT_D1_MASK_KEY=$SECRET git-d1 -C empty env >out 2>&1 &&
	id=$(printf "git-d1 mask key" |
		openssl dgst -sha256 -hmac "$SECRET" |
		sed -e "s/.* //" -e "s/^\(.\{8\}\).*/\1/") &&
	shows out "mask key" \
		"set, its id is $id (environment variable GIT_D1_MASK_KEY)" &&
	no_secret out &&
	git -c d1.maskKey=$SECRET -C empty d1 env >out 2>&1 &&
	shows out "mask key" \
		"set, its id is $id (d1.maskKey in git'\''s configuration)" &&
	shows out "d1.maskkey" "set (its value is not shown)" &&
	no_secret out &&
	GIT_D1_MASK_KEY=Zq3vX8nT test_expect_exit 129 \
		git-d1 -C empty env >out &&
	grep "^  mask key *environment variable .*at least 16.*(error)" out &&
	test_line out "proxy variables" &&
	no_secret out err
'

test_expect_success 'a token in .env, and one that git tracks' '
	git init -q dotenv &&
	echo "CLOUDFLARE_API_TOKEN=$SECRET" >dotenv/.env &&
	git-d1 -C dotenv env >out 2>&1 &&
	shows out credentials "a token (.env)" &&
	no_secret out &&
	git -C dotenv add .env &&
	git-d1 -C dotenv env >out 2>&1 &&
	grep "^  credentials *none (no .*is not used, because git tracks" out &&
	no_secret out
'

test_expect_success 'a token that git keeps' '
	echo "https://acc123:$SECRET@api.cloudflare.com" >"$HOME/.git-store" &&
	test_when_finished "git config --global --unset credential.helper" &&
	git config --global credential.helper \
		"store --file=\"$HOME/.git-store\"" &&
	CLOUDFLARE_ACCOUNT_ID=acc123 git-d1 -C empty env >out 2>&1 &&
	shows out "account id" \
		"acc123 (environment variable CLOUDFLARE_ACCOUNT_ID)" &&
	shows out credentials "a token (git credential)" &&
	no_secret out
'

login_file=$HOME/.config/.wrangler/config/default.toml

test_expect_success "wrangler's login" '
	mkdir -p "$(dirname "$login_file")" &&
	cat >"$login_file" <<-EOF &&
	oauth_token = "$SECRET"
	expiration_time = "2999-01-01T00:00:00.000Z"
	refresh_token = "$SECRET"
	EOF
	git-d1 -C empty env >out 2>&1 &&
	shows out credentials "a token (wrangler login ($login_file))" &&
	no_secret out
'

test_expect_success "wrangler's login, expired or damaged" '
	sed s/2999/1999/ "$login_file" >login &&
	mv login "$login_file" &&
	git-d1 -C empty env >out 2>&1 &&
	shows out credentials \
		"none (wrangler'\''s login in '\''$login_file'\'' has expired)" &&
	no_secret out &&
	echo "oauth_token = \"$SECRET" >"$login_file" &&
	git-d1 -C empty env >out 2>&1 &&
	grep "^  credentials *none (" out &&
	no_secret out &&
	echo "oauth_token = $SECRET" >"$login_file" &&
	git-d1 -C empty env >out 2>&1 &&
	grep "^  credentials *none (" out &&
	no_secret out
'
rm -f "$login_file"

test_expect_success 'proxies: that they are set, not to what' '
	https_proxy=http://me:$SECRET@proxy.example.com \
		git-d1 -C empty env >out &&
	shows out https_proxy set &&
	shows out all_proxy "not set" &&
	no_secret out &&
	! grep -F proxy.example.com out
'

test_expect_success 'settings of git-d1 in the configuration of git' '
	git -c d1.tables=users -c d1.table.a.b.key=id,ref -c d1.table.a.track \
		-c d1.apiToken=$SECRET -c d1.apiBaseUrl=https://d1.example.com \
		-c color.d1=never d1 env >out 2>&1 &&
	shows out d1.tables users &&
	shows out d1.table.a.b.key id,ref &&
	shows out d1.table.a.track true &&
	shows out d1.apitoken "set (its value is not shown)" &&
	shows out API \
		"https://d1.example.com (d1.apiBaseUrl in git'\''s configuration)" &&
	no_secret out
'

test_expect_success 'what drives a terminal is quoted' '
	mkdir evil &&
	printf "{\"d1_databases\":[{\"binding\":\"DB\",\"database_name\":\"a\\\\u001b[2J\\\\nb\"}]}" >evil/wrangler.json &&
	git-d1 -C evil env >out &&
	test_line out "database \"a\\033[2J\\nb\"" &&
	shows out database_name "\"a\\033[2J\\nb\""
'

test_done
