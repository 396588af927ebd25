#!/bin/sh
#
# usage: sh contrib/demo.sh
#
# Builds git-d1 in build/demo and shows what it does: a small wrangler project
# in a temporary directory, its local database, and a SQLite file that stands
# in for the database at Cloudflare. What Debian or Ubuntu need for the build is
# installed, if it is missing. Nothing is asked, no network is used besides.

cd "$(dirname "$0")/.." || exit 1
. contrib/packages.sh
. contrib/build.sh

bold='' plain=''
if test -t 1 && test -z "${NO_COLOR-}"
then
	bold=$(printf '\033[1m') plain=$(printf '\033[m')
fi

say () {
	printf '\n%s\n' "$*"
}

# show CODE COMMAND...: the command as a user types it, and what it prints. The
# demonstration ends if the exit code is another one.
show () {
	code=$1
	shift
	printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"
	"$@"
	test $? = "$code" || exit 1
}

build () {
	packages_install build || exit
	say "Building git-d1 in build/demo."
	mkdir -p build &&
	build_in build/demo >build/demo.log 2>&1 && return
	tail -n 20 build/demo.log
	echo >&2 "the build failed; all of its output is in build/demo.log"
	exit 1
}

# Nothing of the person who runs this may show: no configuration, no token.
enter_empty_world () {
	for name in $(env | sed -n \
		's/^\(\(GIT\|CLOUDFLARE\|CF\|WRANGLER\|XDG\)_[A-Z0-9_]*\)=.*/\1/p')
	do
		unset "$name"
	done
	world=$(mktemp -d) || exit
	trap 'rm -rf "$world"' EXIT
	trap 'exit 1' HUP INT TERM
	HOME=$world GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
	PATH=$PWD/build/demo:$PATH
	export HOME GIT_CONFIG_NOSYSTEM GIT_PAGER PATH
	mkdir "$world/shop" && cd "$world/shop" || exit
}

make_project () {
	git init -q . &&
	cat >wrangler.jsonc <<'JSON' &&
{
	"name": "shop-worker",
	"compatibility_date": "2025-01-01",
	"d1_databases": [
		{
			"binding": "DB",
			"database_name": "shop",
			"database_id": "11111111-2222-4333-8444-555555555555",
		},
	],
}
JSON
	sqlite3 production.sqlite <<-'SQL'
	CREATE TABLE products(
		id INTEGER PRIMARY KEY, name TEXT NOT NULL,
		price REAL NOT NULL, about TEXT);
	INSERT INTO products VALUES
		(1, 'Teapot', 24.5, 'Holds one litre.'),
		(2, 'Mug', 8, 'Blue.' || char(10) || 'Keeps warm.'),
		(3, 'Tray', 15, NULL);
	CREATE TABLE rates(
		country TEXT, weight INTEGER, price REAL,
		PRIMARY KEY(country, weight)) WITHOUT ROWID;
	INSERT INTO rates VALUES('de', 1000, 4.9), ('de', 5000, 7.9);
	SQL
}

# `wrangler dev` names the local file after a hash; git-d1 says which it is.
make_local_database () {
	path=$(git d1 env | sed -n 's|.*\(\.wrangler/state/.*\.sqlite\).*|\1|p' |
		head -n 1)
	test -n "$path" &&
	mkdir -p "${path%/*}" &&
	cp production.sqlite "$path" &&
	sqlite3 "$path" <<-'SQL'
	UPDATE products SET price = 9.5,
		about = 'Blue.' || char(10) || 'Keeps warm for an hour.'
		WHERE id = 2;
	INSERT INTO products VALUES(4, 'Sieve', 3.25, NULL);
	DELETE FROM rates WHERE weight = 5000;
	INSERT INTO rates VALUES('fr', 1000, 6);
	SQL
}

build
enter_empty_world
make_project && make_local_database || exit

say "A wrangler project with one D1 database, 'shop':"
show 0 cat wrangler.jsonc

say "What git-d1 finds here. Nothing had to be configured for it."
show 0 git d1 status --offline

say "The local database was worked on. The file production.sqlite stands in for
the database at Cloudflare; in a project of yours, leave it out, or write
'remote'. Which tables differ, and in how many rows?"
show 0 git d1 diff --stat production.sqlite

say "And what exactly?"
show 0 git d1 diff production.sqlite

say "The same for a program: the exit code, or JSON."
show 1 git d1 diff --quiet production.sqlite -- rates
echo "exit code 1"
show 0 git d1 diff --json=lines production.sqlite -- rates

say "That is all. 'git d1 help' lists the commands; build/demo/git-d1 is the
program that was built."
