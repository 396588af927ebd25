#!/bin/sh
#
# usage: sh contrib/test.sh [--sanitizers] [<configure option>...] [TESTS=<files>]
#
# Builds git-d1 and runs all of its tests. What Debian or Ubuntu have to be
# given for that is installed, if it is missing. Everything is written in
# build/test, or with --sanitizers (AddressSanitizer and
# UndefinedBehaviorSanitizer) in build/sanitizers, and in
# tests/d1/node_modules. Other options, such as --without-toml or CC=clang, go
# to configure; TESTS='tests/cli/t1000-diff.t' runs only these.
#
# The last line says how many tests passed, failed and were skipped. Exit code
# 0 if none failed.

cd "$(dirname "$0")/.." || exit 1
. contrib/packages.sh
. contrib/build.sh

usage () {
	sed -n '/^# usage: /,/^$/s/^# \{0,1\}//p' contrib/test.sh
	exit "$1"
}

# What tests/d1 needs is the real engine, from npm. Without it these tests are
# skipped.
install_engine () {
	if ! node_is_usable
	then
		echo "node $(node --version 2>/dev/null) is missing or older" \
			"than 20.3: tests that need the D1 engine are skipped"
	elif ! test -d tests/d1/node_modules/wrangler ||
	     test tests/d1/package-lock.json -nt \
		  tests/d1/node_modules/.package-lock.json
	then
		npm ci --prefix tests/d1
	fi
}

# Prints the logs of the tests that failed.
failed_logs () {
	find "$dir" -name '*.trs' -exec \
		grep -l '^:global-test-result: [^PS]' {} + |
	while IFS= read -r result
	do
		printf '\n---- %s ----\n' "${result%.trs}.log"
		cat "${result%.trs}.log"
	done
}

dir=build/test
tests=
for word
do
	shift
	case $word in
	-h|--help) usage 0 ;;
	--sanitizers)
		dir=build/sanitizers
		set -- "$@" --enable-sanitizers
		# A test that expects exit code 1 must not take a finding for it.
		ASAN_OPTIONS=exitcode=99:${ASAN_OPTIONS-}
		UBSAN_OPTIONS=exitcode=99:print_stacktrace=1:${UBSAN_OPTIONS-}
		export ASAN_OPTIONS UBSAN_OPTIONS
		;;
	TESTS=*) tests=$word ;;
	*) set -- "$@" "$word" ;;
	esac
done

packages_install build test || exit
packages_install browser ||
	echo "no chromium: tests that need a browser are skipped"
install_engine || exit
build_in "$dir" "$@" || exit
find "$dir" -name '*.trs' -exec rm -f {} +
make -C "$dir" -j"$(build_jobs)" check ${tests:+"$tests"}
status=$?
test "$status" = 0 || failed_logs
echo
sh contrib/tally.sh "$dir" && exit "$status"
