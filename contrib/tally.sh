#!/bin/sh
#
# usage: sh contrib/tally.sh DIR...
#
# Adds up what `make check` found in build directories: prints each failure and
# each skip with its reason, and at the end one line
#
#	N passed, N failed, N skipped
#
# where each N counts test points. Exit code 1 if one failed, or if there is
# none at all.

for dir
do
	find "$dir" -name '*.trs' -type f
done |
sort |
while IFS= read -r result
do
	# The .trs file says how many they are, the log which ones.
	if ! grep -q '^:test-result: ' "$result"
	then
		echo "ERROR: $result: no result"
		echo ':ERROR'
	fi
	sed -n 's/^:test-result: \([A-Z]*\).*/:\1/p' "$result"
	grep -E '^(SKIP|FAIL|XPASS|ERROR): ' "${result%.trs}.log"
done |
awk '
	/^:(PASS|XFAIL)$/ { passed++; next }
	/^:(FAIL|XPASS|ERROR)$/ { failed++; next }
	/^:SKIP$/ { skipped++; next }
	{ print }
	END {
		printf "%d passed, %d failed, %d skipped\n",
			passed, failed, skipped
		exit failed > 0 || passed == 0
	}'
