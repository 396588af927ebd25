#!/bin/sh

test_description='real wrangler takes the stand-in for Cloudflare'

. "$(dirname "$0")/setup.sh"

UUID=11111111-2222-3333-4444-555555555555

# The JSON that wrangler prints, without what it says besides.
json_of () {
	sed -n '/^[[{]/,$p' out
}

cat >wrangler.toml <<EOF
name = "shop-worker"
compatibility_date = "2026-04-01"

[[d1_databases]]
binding = "DB"
database_name = "shop"
database_id = "$UUID"
EOF

mkdir migrations
cat >migrations/0001_lines.sql <<'EOF'
CREATE TABLE lines(city TEXT, ref TEXT, name TEXT, PRIMARY KEY(city, ref));
INSERT INTO lines VALUES('berlin', 'M44', 'Metrotram; "quoted"');
EOF
cat >migrations/0002_color.sql <<'EOF'
ALTER TABLE lines ADD COLUMN color TEXT;
UPDATE lines SET color = '#b50b30';
EOF

cat >good.sql <<'EOF'
-- a comment; with a semicolon
CREATE TABLE log(id INTEGER PRIMARY KEY, what TEXT);
CREATE TRIGGER noted AFTER INSERT ON lines BEGIN
	INSERT INTO log(what) VALUES(CASE WHEN new.name IS NULL
		THEN 'no name' ELSE new.name END);
END;
INSERT INTO lines(city, ref, name) VALUES('wien', 'D', 'Nußdorf');
EOF
cat >bad.sql <<'EOF'
CREATE TABLE never(a);
DELETE FROM lines;
INSERT INTO log(id, what) VALUES(1, 'taken');
EOF

test_expect_success 'start the stand-in' '
	standin_start --database shop=$UUID --database stock=stock-uuid \
		--time-travel &&
	standin_env
'

test_expect_success 'd1 list, with the account found by wrangler' '
	(
		unset CLOUDFLARE_ACCOUNT_ID &&
		wrangler d1 list --json
	) &&
	json_of >list &&
	grep "\"uuid\": \"$UUID\"" list &&
	grep "\"name\": \"shop\"" list &&
	grep "\"name\": \"stock\"" list &&
	test $(grep -c "\"version\": \"production\"" list) = 2
'

test_expect_success 'd1 migrations apply --remote' '
	wrangler d1 migrations apply shop --remote &&
	grep "0001_lines.sql.*✅" out &&
	grep "0002_color.sql.*✅" out &&
	cat >expect <<-\EOF &&
	["berlin","M44","Metrotram; \"quoted\"","#b50b30"]
	EOF
	standin_sql shop "SELECT * FROM lines" >actual &&
	test_cmp expect actual &&
	cat >expect <<-\EOF &&
	[1,"0001_lines.sql"]
	[2,"0002_color.sql"]
	EOF
	standin_sql shop "SELECT id, name FROM d1_migrations" >actual &&
	test_cmp expect actual
'

test_expect_success 'd1 migrations list --remote finds none left' '
	wrangler d1 migrations list shop --remote &&
	grep "No migrations to apply" out
'

test_expect_success 'd1 execute --command' '
	wrangler d1 execute shop --remote --json \
		--command "SELECT ref, 1 + 1 AS two FROM lines; SELECT 7 AS seven" &&
	json_of >results &&
	grep "\"ref\": \"M44\"" results &&
	grep "\"two\": 2" results &&
	grep "\"seven\": 7" results &&
	grep "\"served_by_primary\": true" results
'

test_expect_success 'd1 execute --file' '
	wrangler d1 execute shop --remote --yes --file good.sql &&
	grep "Executed 3 queries" out &&
	cat >expect <<-\EOF &&
	["Nußdorf"]
	EOF
	standin_sql shop "SELECT what FROM log" >actual &&
	test_cmp expect actual
'

test_expect_success 'd1 execute --file: a failing file changes nothing' '
	standin_sql shop "SELECT * FROM lines" >expect &&
	test_must_fail wrangler d1 execute shop --remote --yes --file bad.sql &&
	grep "UNIQUE constraint failed: log.id" out err &&
	standin_sql shop "SELECT * FROM lines" >actual &&
	test_cmp expect actual &&
	standin_sql shop "SELECT name FROM sqlite_schema
		WHERE name = '\''never'\''" >actual &&
	test_must_be_empty actual
'

test_expect_success 'd1 export --remote' '
	wrangler d1 export shop --remote -y --output dump.sql &&
	grep -F "CREATE TABLE lines(city TEXT" dump.sql &&
	grep -F "'\''wien'\'','\''D'\'','\''Nußdorf'\'',NULL" dump.sql &&
	grep -F "CREATE TRIGGER noted" dump.sql
'

test_expect_success 'd1 info' '
	wrangler d1 info shop --json &&
	json_of >info &&
	grep "\"name\": \"shop\"" info &&
	grep "\"num_tables\": 3" info &&
	grep "\"write_queries_24h\": [1-9]" info
'

test_expect_success 'd1 time-travel info' '
	wrangler d1 time-travel info shop --json &&
	json_of | sed -n "s/.*\"bookmark\": \"\(.*\)\".*/\1/p" >bookmark &&
	grep -E "^([0-9a-f]{8}-){3}[0-9a-f]{32}$" bookmark
'

test_expect_success 'd1 time-travel restore' '
	standin_sql shop "SELECT * FROM lines" >expect &&
	standin_sql shop "DROP TABLE lines; DELETE FROM log" &&
	wrangler d1 time-travel restore shop --bookmark $(cat bookmark) &&
	grep "restored back to bookmark" out &&
	standin_sql shop "SELECT * FROM lines" >actual &&
	test_cmp expect actual
'

test_expect_success 'an SQL error comes through' '
	test_must_fail wrangler d1 execute shop --remote --command "selec 1" &&
	grep "near \"selec\": syntax error at offset 0: SQLITE_ERROR" out err &&
	grep "code: 7500" out err
'

test_expect_success 'a wrong token is refused' '
	(
		CLOUDFLARE_API_TOKEN=stolen-token &&
		test_must_fail wrangler d1 list
	) &&
	grep "Authentication error" out err &&
	standin_log >log &&
	grep -F "\"authorization\":\"Bearer stolen-token\"" log &&
	grep -F "/user/tokens/verify" log
'

test_expect_success 'wrangler sent nothing that the stand-in does not know' '
	standin_log >log &&
	grep "/import" log &&
	! grep -E "\"status\":(404|405)" log
'

test_expect_success 'stop the stand-in' '
	standin_stop
'

test_done
