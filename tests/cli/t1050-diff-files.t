#!/bin/sh

test_description='git d1 diff leaves files and their folder as they were'

. "$(dirname "$0")/lib.sh"

# Hashes of all files, and their names.
state () {
	sha256sum -- * | grep -v " state-"
}

test_expect_success SQLITE3 'a file in WAL mode, cleanly closed' '
	mkdir clean &&
	cd clean &&
	sqlite3 a.sqlite "PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1)" &&
	cp a.sqlite b.sqlite &&
	state >state-before &&
	git-d1 diff --exit-code a.sqlite b.sqlite &&
	state >state-after &&
	test_cmp state-before state-after
'

test_expect_success SQLITE3 'a file whose rows are still in its log' '
	mkdir crashed &&
	cd crashed &&
	sqlite3 live.sqlite "PRAGMA journal_mode=WAL; CREATE TABLE t(a)" &&
	sqlite3 live.sqlite "INSERT INTO t VALUES(1)" ".shell cp live.sqlite a.sqlite; cp live.sqlite-wal a.sqlite-wal" &&
	sqlite3 b.sqlite "CREATE TABLE t(a)" &&
	rm -f live.sqlite* &&
	test -s a.sqlite-wal &&
	state >state-before &&
	test_expect_code 1 git-d1 diff --exit-code --numstat a.sqlite b.sqlite \
		>actual &&
	printf "0\t0\t1\tt\n" >expect &&
	test_cmp expect actual &&
	rm -f actual expect a.sqlite-shm &&
	state >state-after &&
	test_cmp state-before state-after
'

test_expect_success SQLITE3 'another program writes meanwhile' '
	mkdir busy &&
	cd busy &&
	sqlite3 a.sqlite "PRAGMA journal_mode=WAL; CREATE TABLE t(a)" >/dev/null &&
	sqlite3 b.sqlite "CREATE TABLE t(a)" &&
	sqlite3 a.sqlite "BEGIN IMMEDIATE; INSERT INTO t VALUES(1)" \
		".shell git-d1 diff --numstat a.sqlite b.sqlite >during" \
		"COMMIT" &&
	test_must_be_empty during &&
	git-d1 diff --numstat a.sqlite b.sqlite >after &&
	printf "0\t0\t1\tt\n" >expect &&
	test_cmp expect after
'

test_done
