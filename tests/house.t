#!/bin/sh
#
# The rules of the house, checked on every source file and header: which room
# may include which, what every file looks like, and what nobody may call.
# Speaks TAP: one point a rule, and the offending lines as diagnostics.

LC_ALL=C
export LC_ALL
cd "${TOP_SRCDIR:-$(dirname "$0")/..}" || exit 1
BUILD=${TOP_BUILDDIR:-.}

WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT

HEADERS=$(echo include/*/*.h)
SOURCES=$(echo src/main.c src/*/*.c)
CPLUSPLUS=$(ls src/*/*.cc 2>/dev/null)
EVERYTHING="$HEADERS $SOURCES $CPLUSPLUS"

# rule NAME: the rule holds if standard input is empty.
rule () {
	cat >"$WORK/offenders"
	echo "$1" >>"$WORK/rules"
	if test -s "$WORK/offenders"
	then
		echo "not ok - $1"
		sed 's/^/# /' "$WORK/offenders"
	else
		echo "ok - $1"
	fi
}

# Prints "file:line:text" of all files without what stands in comments, texts
# and character constants.
code () {
	awk '
	FNR == 1 { comment = 0 }
	{
		line = $0
		text = ""
		while (line != "") {
			if (comment) {
				end = index(line, "*/")
				line = end ? substr(line, end + 2) : ""
				comment = !end
			} else if (match(line, /^"([^"\\]|\\.)*"/)) {
				text = text "\"\""
				line = substr(line, RLENGTH + 1)
			} else if (match(line, /^'\''([^'\''\\]|\\.)*'\''/)) {
				text = text "0"
				line = substr(line, RLENGTH + 1)
			} else if (substr(line, 1, 2) == "/*") {
				comment = 1
				line = substr(line, 3)
			} else {
				text = text substr(line, 1, 1)
				line = substr(line, 2)
			}
		}
		print FILENAME ":" FNR ":" text
	}' $EVERYTHING
}

# calls NAME...: lines that call one of the functions.
calls () {
	names=$(echo "$*" | tr ' ' '|')
	grep -E "(^|[^A-Za-z0-9_>.])($names)[ 	]*\\(" "$WORK/code"
}

code >"$WORK/code"
grep -n '' tests/unit/*.[ch] tests/fuzz/*.[ch] >"$WORK/tests"

# Data flows from left to right, and includes point to the left: a room may
# include itself and the rooms of a smaller rank. Rooms of one rank stand side
# by side; the few that may look at their neighbour are named here.
RANKS='util 0  git 1 config 1 cf 1 model 1  source 2 format 2
	diff 3 schema 3 migrate 3  render 4 apply 4  workspace 5  hooks 6 cmd 6  main.c 7'
NEIGHBOURS='config>git source>format migrate>schema cmd>hooks'

awk -v ranks="$RANKS" -v neighbours="$NEIGHBOURS" '
	BEGIN {
		n = split(ranks, word, " ")
		for (i = 1; i < n; i += 2)
			rank[word[i]] = word[i + 1]
		n = split(neighbours, word, " ")
		for (i = 1; i <= n; i++)
			allowed[word[i]] = 1
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split(FILENAME, path, "/")
		split($0, quoted, "\"")
		if (quoted[2] == "config.h")
			next
		from = path[2]
		to = quoted[2]
		sub("/.*", "", to)
		if (!(from in rank) || !(to in rank))
			why = "no such room"
		else if (from == to || rank[to] < rank[from] ||
			 (from ">" to) in allowed)
			next
		else
			why = from " must not look at " to
		print FILENAME ":" FNR ": " quoted[2] ": " why
	}' $EVERYTHING |
rule 'includes point to the left'

for header in $HEADERS
do
	guard=$(echo "${header#include/}" | tr 'a-z/.' 'A-Z__')
	grep -q "^#ifndef $guard\$" "$header" &&
	grep -q "^#define $guard\$" "$header" ||
	echo "$header: no guard $guard"
done |
rule 'headers have guards named after them'

# (C++ wants its own headers before those of C.)
for source in $SOURCES
do
	name=${source#src/}
	own=${name%.c}.h
	test -f "include/$own" || own=
	sed -n 's/^#include ["<]\(.*\)[">].*/\1/p' "$source" |
	{
		read -r first
		read -r second
		test "$first" = config.h || echo "$source: config.h is not first"
		test -z "$own" || test "$second" = "$own" ||
			echo "$source: $own does not follow config.h"
	}
done |
rule 'sources include config.h, then their own header'

# What the build system does not pass on is asked of pkg-config.
CPPFLAGS="$CPPFLAGS $(pkg-config --cflags sqlite3 libgit2 libcurl libcjson \
	libcrypto 2>/dev/null)"
if test -f "$BUILD/config.h"
then
	CPPFLAGS="-I$BUILD -include config.h $CPPFLAGS"
else
	CPPFLAGS="-D_GNU_SOURCE $CPPFLAGS"
fi
${CC:-cc} -std=gnu11 -fsyntax-only -Iinclude $CPPFLAGS -x c $HEADERS 2>&1 |
rule 'every header compiles alone'

calls strcpy strcat sprintf vsprintf strtok system popen atoi gmtime mktemp |
rule 'banned functions are not called'

grep -E 'typedef +(struct|union)' "$WORK/code" |
rule 'structs have no typedef'

grep '//' "$WORK/code" |
rule 'comments are written /* like this */'

calls exit quick_exit _Exit abort |
grep -v -e '^src/cmd/' -e '^src/main\.c:' |
rule 'nothing below src/cmd ends the program'

# The child's side of a fork ends with _exit().
calls _exit |
grep -v -e '^src/util/pager\.c:' |
rule 'only children that failed to start call _exit()'

# A trace goes where git's goes, and so do its own warnings.
{
	calls printf vprintf puts putchar perror psignal
	grep -E '[^A-Za-z0-9_](stdout|stderr)[^A-Za-z0-9_]' "$WORK/code"
} | sort -u |
grep -v -e '^src/workspace/' -e '^src/cmd/' -e '^src/main\.c:' \
	-e '^src/util/trace\.c:' |
rule 'nothing below src/workspace prints'

calls fork vfork execl execlp execv execvp execve posix_spawn posix_spawnp |
grep -v -e '^src/util/process\.c:' -e '^src/util/pager\.c:' |
rule 'child processes are started by util/process and util/pager'

# What is declared is called in the product, and not in its own file alone.
awk '
	function count_words(text, file,    word) {
		while (match(text, /[a-z_][a-z0-9_]*/)) {
			word = substr(text, RSTART, RLENGTH)
			text = substr(text, RSTART + RLENGTH)
			if (!(word in declared))
				continue
			uses[word] += file !~ /^tests/
			if (last[word] != file)
				files[word]++
			last[word] = file
		}
	}
	{
		split($0, place, ":")
		text = substr($0, length(place[1] place[2]) + 3)
	}
	place[1] ~ /^include/ && text !~ /^(typedef|static)/ {
		if (match(text, /^[a-z][a-z0-9_ ]*[ *]+[a-z][a-z0-9_]*\(/)) {
			name = substr(text, 1, RLENGTH - 1)
			sub(/.*[ *]/, "", name)
			declared[name] = place[1]
		} else {
			inline = inline "\n" text
		}
		next
	}
	{
		count_words(text, place[1])
	}
	END {
		count_words(inline, "include")
		for (name in declared)
			if (uses[name] < 2 || files[name] < 2)
				print declared[name] ": " name \
					" is used nowhere else"
	}' "$WORK/code" "$WORK/tests" | sort |
rule 'what a header declares is used by others'

awk '
	{
		line = $0
		gsub(/[\200-\277]/, "", line)
		width = 0
		for (i = 1; i <= length(line); i++) {
			if (substr(line, i, 1) == "\t")
				width += 8 - width % 8
			else
				width++
		}
		# A message is not broken, so that it can be searched for.
		if (width > 80 && line !~ /"/)
			print FILENAME ":" FNR ": " width " columns"
	}' $EVERYTHING |
rule 'lines have at most 80 columns, with tabs of 8'

grep -n '[ 	]$' $EVERYTHING |
rule 'no line ends in a blank'

awk '
	/^{/ { start = FNR }
	/^}/ && start {
		if (FNR - start - 1 > 60)
			print FILENAME ":" start ": " FNR - start - 1 " lines"
		start = 0
	}' $SOURCES $CPLUSPLUS |
rule 'functions have at most 60 lines'

echo "1..$(grep -c . "$WORK/rules")"
