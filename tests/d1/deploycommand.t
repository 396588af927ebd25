#!/bin/sh

test_description='git d1 deploy -- COMMAND: whatever it does

It has the terminal, standard input and the environment as they are; how it ends
decides how the deploy ends.'

. "$(dirname "$0")/../cli/lib.sh"
. "$TOP_SRCDIR/tests/d1/deploys.sh"

empty_database shop

test_expect_success 'set up' '
	make_project --time-travel &&
	echo "CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT);" \
		>migrations/0001_init.sql &&
	git d1 init &&
	git config -f .d1config table.product.track true &&
	build "INSERT INTO product VALUES(1, '\''a'\'')" &&
	commit_all first
'

test_expect_success 'what cannot be run is found before the first write' '
	unwritten deploy 128 shop -- nowhere-to-be-found x &&
	test_line err "fatal: nothing was written: cannot find '\''nowhere-to-be-found'\'' on the PATH" &&
	echo true >plain &&
	unwritten deploy 128 shop -- ./plain &&
	grep "fatal: nothing was written: cannot run .*plain'\'': Permission denied" err &&
	unwritten deploy 128 shop -- ./migrations &&
	test_line err "fatal: nothing was written: cannot run '\''./migrations'\'': it is no file" &&
	unwritten deploy 128 shop -- ""
'

test_expect_success 'a text without a program in it fails like a command' '
	echo "no program" >plain &&
	chmod +x plain &&
	deploy 6 shop -- ./plain &&
	test_line err "  command: failed" &&
	grep "^to go back, the rows alone: " err
'

test_expect_success 'killed' '
	deploy 128 shop -- sh -c "kill -9 \$\$" &&
	test_line err "fatal: '\''sh'\'' was ended by signal 9" &&
	test_expect_exit 128 git d1 deploy --json shop -- sh -c "kill -9 \$\$" \
		>out &&
	grep "\"command_status\":-1," out
'

test_expect_success 'standard input, and each word as it is' '
	cat >words <<-\EOF &&
	#!/bin/sh
	printf "<%s>" "$@"
	cat
	EOF
	chmod +x words &&
	printf "in\n" | deploy 0 shop -- ./words "a b" "" "*" "\$HOME" "x
y" -- --plan &&
	sed -n "/^command/,/>in\$/p" out >actual &&
	cat >expect <<-\EOF &&
	command: ./words
	<a b><><*><$HOME><x
	y><--><--plan>in
	EOF
	test_cmp expect actual
'

test_expect_success 'much output, in both streams, comes through' '
	deploy 0 shop -- sh -c "yes 0123456789 | head -n 300000;
		yes error | head -n 200000 >&2" &&
	grep -c "^0123456789$" out >actual &&
	grep -c "^error$" err >>actual &&
	printf "%s\n" 300000 200000 >expect &&
	test_cmp expect actual &&
	tail -n 1 out | grep "^deployed "
'

test_expect_success 'in a subfolder' '
	mkdir -p sub &&
	printf "%s\n" "#!/bin/sh" "pwd >where" >sub/here &&
	chmod +x sub/here &&
	(cd sub && git d1 deploy shop -- ./here) &&
	(cd sub && pwd) >expect &&
	test_cmp expect sub/where
'

test_expect_success 'it finds the environment of the user' '
	env | grep "^GIT_\|^CLOUDFLARE" | grep -v "^GIT_EXEC_PATH" | sort >expect &&
	deploy 0 shop -- sh -c "env | grep \"^GIT_\|^CLOUDFLARE\" |
		grep -v ^GIT_EXEC_PATH | sort >actual" &&
	test_cmp expect actual
'

test_expect_success 'no secret is said or kept' '
	sed -i "s/'\''a'\''/'\''b'\''/" d1/shop/data/product.sql &&
	commit_all second &&
	CLOUDFLARE_API_TOKEN=dummy-token git d1 deploy --plan -- false >plan &&
	deploy 6 shop -- false &&
	git d1 status >status &&
	! grep -r -a -i "dummy-token\|bearer" out err plan status .git/d1
'

test_done
