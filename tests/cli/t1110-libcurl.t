#!/bin/sh

test_description='libcurl is loaded only for a remote database'

. "$(dirname "$0")/lib.sh"

test_needs sqlite3

library=$(sed -n 's/^#define LIBCURL_SONAME "\(.*\)"$/\1/p' \
	"$TOP_BUILDDIR/config.h")
if test -z "$library"
then
	skip_all='libcurl is a part of this build'
	test_done
fi

# The loader of glibc can say what it does.
case $(LD_DEBUG=files git-d1 --version 2>&1) in
*calling*) test_set_prereq LD_DEBUG ;;
esac

# loaded COMMAND...: true if running it loads libcurl.
loaded () {
	LD_DEBUG=files "$@" >out 2>files </dev/null
	grep -q "calling init: .*git2" files || return 2
	grep -q "calling init: .*/$library\$" files
}

# broken COMMAND...: runs it where libcurl is a file that cannot be loaded.
broken () {
	LD_LIBRARY_PATH=$PWD/broken${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$@"
}

CLOUDFLARE_API_TOKEN=made-up
CLOUDFLARE_ACCOUNT_ID=made-up
# nobody listens there
CLOUDFLARE_API_BASE_URL=http://127.0.0.1:1/client/v4
export CLOUDFLARE_API_TOKEN CLOUDFLARE_ACCOUNT_ID CLOUDFLARE_API_BASE_URL

test_expect_success 'set up' '
	git init -q shop &&
	make_wrangler_project shop "CREATE TABLE t(id INTEGER PRIMARY KEY, v);
		INSERT INTO t VALUES(1, 2)" &&
	git -C shop add wrangler.jsonc &&
	git -C shop commit -q -m one &&
	cp "$(local_database shop)" other.sqlite &&
	sqlite3 other.sqlite "UPDATE t SET v = 3" &&
	mkdir broken &&
	echo "not a library" >"broken/$library"
'

test_expect_success LD_DEBUG 'offline commands do not load it' '
	echo "refs/heads/main $(git -C shop rev-parse HEAD) refs/heads/main" \
		"$(git -C shop hash-object --stdin </dev/null)" >pushed &&
	for command in "--version" "-C shop diff local ../other.sqlite" \
		"-C shop status --offline" "-C shop init" "-C shop snapshot" \
		"-C shop hook pre-commit" "-C shop hook pre-push origin url" \
		"-C shop hook post-merge 0"
	do
		loaded git-d1 $command
		test $? = 1 || return 1
	done
'

test_expect_success LD_DEBUG 'a command for a remote database does' '
	loaded git-d1 -C shop diff remote local &&
	grep "cannot reach .127\.0\.0\.1:1" files
'

test_expect_success LD_DEBUG 'and so does a question for its version' '
	loaded git-d1 env
'

test_expect_success 'without it a remote database cannot be reached' '
	test_expect_exit 128 broken git-d1 -C shop diff remote local >out &&
	test_must_be_empty out &&
	grep "^fatal: cannot load libcurl: .*$library" err &&
	grep "^hint: remote databases need libcurl 7\.88 or later; its package" err
'

test_expect_success 'without it all else works' '
	git-d1 -C shop diff local ../other.sqlite >expect &&
	grep "^-v: 2" expect &&
	broken git-d1 -C shop diff local ../other.sqlite >actual &&
	test_cmp expect actual &&
	broken git-d1 env >out &&
	grep "^  libcurl  *not found$" out &&
	broken git-d1 -C shop status >out &&
	grep "remote  *not reached: cannot load libcurl" out
'

# Any other library will do for one that lacks what is called.
test_expect_success 'a library that lacks a function is refused' '
	sqlite=$(ldd "$(command -v git-d1)" |
		sed -n "s/.*libsqlite3.* => \([^ ]*\) .*/\1/p") &&
	if test -n "$sqlite"
	then
		cp "$sqlite" "broken/$library" &&
		test_expect_exit 128 broken git-d1 -C shop diff remote local &&
		grep "^fatal: cannot load libcurl: .*curl_easy_cleanup" err
	fi
'

test_done
