#!/bin/sh

test_description='git d1 migrations draft, and wrangler runs what it wrote'

. "$(dirname "$0")/setup.sh"
. "$STANDIN_SRCDIR/commands.sh"

UUID=11111111-2222-3333-4444-555555555555

rows () {
	sqlite3 "$(find .wrangler -name "*.sqlite" ! -name metadata.sqlite)" "$1"
}

# cut_by_wrangler FILE...: what wrangler does to each of them, a statement, with
# another one behind it: right, joined, or wrong. One a line in "cuts".
cut_by_wrangler () {
	"${NODE:-node}" -e '
	const fs = require("fs");
	const { unstable_splitSqlQuery } = require(process.argv[1]);
	const cuts = process.argv.slice(2).map((file) => {
		const text = fs.readFileSync(file, "utf8");
		const cut = unstable_splitSqlQuery(text + ";\nSELECT 4711;");
		return cut.length === 1 ? "joined"
			: cut.length === 2 && cut[1] === "SELECT 4711" ? "right"
			: "wrong";
	});
	fs.writeFileSync("cuts", cuts.join("\n") + "\n");
	process.exit(0);
	' "$STANDIN_SRCDIR/node_modules/wrangler" "$@"
}

test_expect_success 'a project with a migration' '
	git init -q &&
	cat >wrangler.toml <<-EOF &&
	name = "shop-worker"
	compatibility_date = "2026-04-01"

	[[d1_databases]]
	binding = "DB"
	database_name = "shop"
	database_id = "$UUID"
	EOF
	mkdir migrations &&
	cat >migrations/0001_spans.sql <<-\EOF &&
	CREATE TABLE spans(id INTEGER PRIMARY KEY, start INT, end INT, note);
	CREATE TABLE log(what, more);
	INSERT INTO spans VALUES(1, 5, 7, NULL);
	EOF
	wrangler d1 migrations apply shop --local
'

# Many wranglers would cut these statements in the wrong place.
cat >tables.sql <<\EOF
CREATE TABLE spans(id INTEGER PRIMARY KEY, start INT, end INT, note,
	begin TEXT DEFAULT ' BEGIN ; END ',
	length AS (
		case when end then end - start end
	));
CREATE TABLE log(what, more CHECK ( case when more then 1 else 0 end),
	[it's; here]);
CREATE INDEX by_length ON spans( case when end then end - start end);
CREATE VIEW ends AS SELECT id, end FROM spans WHERE CASE WHEN end THEN 1 END;
CREATE VIEW begins AS
	SELECT begin, ( case when start then 'open' end) AS state FROM spans;
EOF
cat >triggers.sql <<\EOF
create trigger noted after insert on spans begin
	insert into log(what, more) values(new.id, 1);
	update spans set end = (case when new.end then new.end else 0 end )
		where id = new.id;
	insert into log(what, more) values('it''s; noted', 2);
end;
create trigger ended after update of end on spans when
	case when new.end is null then 0 else 1 end begin
	insert into log(what, more) values('END ', (case 1 when 1 then 3 end));
	insert into log(what, more) values('after', 4);end;
CREATE TRIGGER "left" AFTER DELETE ON spans BEGIN /* case */
	DELETE FROM log WHERE what = old.id;
END;
EOF
cat tables.sql triggers.sql >wanted.sql

# what_triggers_did: in the database, of which it is the first row since.
what_triggers_did () {
	rows "INSERT INTO spans(id, start) VALUES(2, 3);
		SELECT what, more FROM log" >actual &&
	is actual "2|1" "END |3" "after|4" "it's; noted|2"
}

test_expect_success 'a draft is applied by wrangler, and leads to what was wanted' '
	git-d1 migrations draft --from ./wanted.sql all >actual 2>err &&
	is actual migrations/0002_all.sql &&
	test_must_be_empty err &&
	wrangler d1 migrations apply shop --local &&
	git-d1 schema diff --exit-code local ./wanted.sql &&
	git-d1 migrations status --exit-code --offline local &&
	git-d1 schema plan local ./wanted.sql >actual &&
	test_must_be_empty actual &&
	what_triggers_did &&
	rows "SELECT id, length FROM spans; SELECT * FROM begins" >actual &&
	is actual "1|2" "2|" " BEGIN ; END |open" " BEGIN ; END |open"
'

# A plan from nothing has a step for each of the eight.
test_expect_success 'wrangler cuts each statement of a plan right' '
	: >nothing.sql &&
	git-d1 schema plan --json nothing.sql ./wanted.sql >plan &&
	"${NODE:-node}" -e "
	const fs = require(\"fs\");
	JSON.parse(fs.readFileSync(\"plan\")).steps.forEach((step, i) =>
		fs.writeFileSync(\"step\" + i, step.sql));" &&
	cut_by_wrangler step0 step1 step2 step3 step4 step5 step6 step7 &&
	is cuts right right right right right right right right &&
	! test -e step8
'

test_expect_success 'wrangler applies a plan as a file, too' '
	rm -r .wrangler &&
	git-d1 schema plan nothing.sql ./wanted.sql >plan.sql &&
	wrangler d1 execute shop --local --file plan.sql &&
	git-d1 schema diff --exit-code local ./wanted.sql &&
	what_triggers_did
'

# Git-d1 does not mind how it is written.
test_expect_success 'git-d1 applies what wrangler might cut in the wrong place' '
	rm -r .wrangler migrations/* &&
	cp wanted.sql migrations/0001_by_hand.sql &&
	git-d1 migrations apply &&
	git-d1 schema diff --exit-code local ./wanted.sql &&
	what_triggers_did
'

test_done
