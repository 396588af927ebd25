#!/bin/sh

test_description='completion of git d1 in bash'

. "$(dirname "$0")/lib.sh"

for directory in "$(git --exec-path)/../../share" /usr/share /usr/local/share
do
	GIT_COMPLETION=$directory/bash-completion/completions/git
	test -r "$GIT_COMPLETION" && break
done
export GIT_COMPLETION
if ! command -v bash >/dev/null || ! test -r "$GIT_COMPLETION"
then
	skip_all='needs bash and the completion that git brings'
	test_done
fi

# complete.bash WORD...: what is offered for the last word, one a line. The
# words are taken apart as bash does it, so that --color= is --color, = and "".
cat >complete.bash <<'EOF'
_get_comp_words_by_ref ()
{
	words=("${line[@]}") cword=$((${#line[@]} - 1))
	cur=${words[cword]} prev=${words[cword - 1]}
}
. "$GIT_COMPLETION"
. "$TOP_SRCDIR/contrib/completion/git-d1.bash"
line=("$@")
case "$1" in
git) __git_wrap__git_main ;;
*) __git_wrap_git_d1 ;;
esac
printf '%s\n' "${COMPREPLY[@]}"
EOF

offers () {
	bash complete.bash "$@" | sed 's/ *$//'
}

test_expect_success 'commands' '
	git-d1 --list-cmds >expected &&
	offers git d1 "" >actual &&
	test_cmp expected actual &&
	offers git -C . d1 -C . "" >actual &&
	test_cmp expected actual &&
	offers git d1 help "" >actual &&
	test_cmp expected actual &&
	echo version >expected &&
	offers git d1 vers >actual &&
	test_cmp expected actual
'

test_expect_success 'options of git-d1' '
	printf "%s\n" --version >expected &&
	offers git d1 --ver >actual &&
	test_cmp expected actual
'

test_expect_success 'git-d1 with a dash' '
	echo version >expected &&
	offers git-d1 vers >actual &&
	test_cmp expected actual
'

if git-d1 --list-cmds | grep -q -x diff
then
	test_set_prereq DIFF
fi

test_expect_success DIFF 'options of a command' '
	printf "%s\n" --name-only --name-status >expected &&
	offers git d1 diff --name- >actual &&
	test_cmp expected actual &&
	printf "%s\n" always auto >expected &&
	offers git d1 diff --color=a | LC_ALL=C sort >actual &&
	test_cmp expected actual &&
	echo plain >expected &&
	offers git d1 diff --word-diff=p >actual &&
	test_cmp expected actual &&
	echo prefix >expected &&
	offers git d1 schema plan --scratch=p >actual &&
	test_cmp expected actual
'

test_expect_success DIFF 'endpoints, but not where tables stand' '
	echo remote >expected &&
	offers git d1 diff --stat re >actual &&
	test_cmp expected actual &&
	echo >expected &&
	offers git d1 diff -- re >actual &&
	test_cmp expected actual
'

test_done
