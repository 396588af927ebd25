#!/bin/sh

test_description='manual pages, usage and completion say the same'

. "$(dirname "$0")/lib.sh"

MAN=$TOP_SRCDIR/src/man

# The page of a command, with what it includes.
page () {
	while IFS= read -r line
	do
		case "$line" in
		include::*'[]')
			line=${line#include::}
			cat "$MAN/${line%\[\]}"
			;;
		*)
			printf '%s\n' "$line"
			;;
		esac
	done <"$MAN/$1.adoc"
}

# The lines of the literal block under SYNOPSIS.
synopsis () {
	page "$1" | awk '
		/^== / { inside = $2 == "SYNOPSIS" }
		inside && /^\.\.\.\.$/ { block = !block; next }
		inside && block'
}

# The usage lines of what -h prints, without "usage:" and "or:".
usage () {
	sed -n -e 's/^usage: //p' -e 's/^   or: //p' "$1"
}

# One option a line, as --name, --no-name or -x, whatever argument it takes.
spellings () {
	tr ',' '\n' |
	sed -e 's/^ *//' -e 's/^\(-[A-Za-z]\).*/\1/' -e 's/[[<= ]*<.*//' \
		-e 's/\[=.*//' -e 's/=.*//' |
	sed -n -e 's/^--\[no-\]\(.*\)/--\1\n--no-\1/p' -e 't' \
		-e '/^-/p' | LC_ALL=C sort
}

usage_options () {
	sed -n 's/^    \(-[^ ,]*\(, --[^ ]*\)\{0,1\}\).*/\1/p' "$1" | spellings
}

# The terms of a page that are options. -h and --help are every command's own.
page_options () {
	page "$1" | sed -n 's/^\(-.*\)::$/\1/p' | spellings |
		grep -v -x -e -h -e --help
}

git-d1 --list-cmds >commands

# Also of those that git runs, which are not listed; but not of formats.
for file in "$MAN"/git-d1-*.adoc
do
	head -n 1 "$file" | sed -n "s/^= git-d1-\(.*\)(1)\$/\1/p"
done | LC_ALL=C sort >pages

test_expect_success 'each command has a page with the same synopsis' '
	while read -r command
	do
		test_expect_exit 129 git-d1 $command -h >help &&
		usage help >expected &&
		synopsis git-d1-$command >actual &&
		test_cmp expected actual || return 1
	done <pages
'

# The command itself, or its second words, one a line: `schema plan`.
forms () {
	git-d1 $1 --git-completion-helper | tr ' ' '\n' |
		sed -n "s/^[a-z]/$1 &/p" >forms
	test -s forms || echo "$1" >forms
}

test_expect_success 'each command has a page with the same options' '
	while read -r command
	do
		forms $command &&
		while read -r form
		do
			test_expect_exit 129 git-d1 $form -h || return 1
		done <forms >help &&
		usage_options help | uniq >expected &&
		{ page_options git-d1-$command >actual || :; } &&
		test_cmp expected actual || return 1
	done <pages
'

test_expect_success 'the completion offers the same long options' '
	while read -r command
	do
		forms $command && cat forms || return 1
	done <pages >all &&
	while read -r command
	do
		test_expect_exit 129 git-d1 $command -h >help &&
		{ usage_options help | grep "^--" >expected || :; } &&
		git-d1 $command --git-completion-helper |
			tr " " "\n" | spellings | uniq >actual &&
		test_cmp expected actual || return 1
	done <all
'

test_expect_success 'git-d1(1) has the usage, options and commands' '
	test_expect_exit 129 git-d1 -h >help &&
	usage help >expected &&
	synopsis git-d1 >actual &&
	test_cmp expected actual &&
	usage_options help >expected &&
	page_options git-d1 >actual &&
	test_cmp expected actual &&
	sed -n "s/^\*git-d1-\(.*\)\*(1)::\$/\1/p" "$MAN/git-d1.adoc" >actual &&
	test_cmp commands actual
'

test_expect_success 'each command that is listed has a page' '
	LC_ALL=C comm -23 commands pages >actual &&
	test_must_be_empty actual
'

test_expect_success 'git-d1(1) names the exit codes' '
	for code in 0 1 2 3 4 5 6 128 129
	do
		grep "^$code:: " "$MAN/git-d1.adoc" || return 1
	done
'

if command -v asciidoctor >/dev/null
then
	test_set_prereq ASCIIDOCTOR
fi

test_expect_success ASCIIDOCTOR 'the pages are well-formed' '
	asciidoctor -b manpage --failure-level=INFO -D out \
		"$MAN"/git-d1*.adoc 2>warnings &&
	test_must_be_empty warnings
'

test_done
