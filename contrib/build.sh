# Building git-d1 beside its sources; to be sourced by a script that is in the
# top directory of the checkout. POSIX sh.
#
#   build_in DIR [CONFIGURE-OPTION...]
#       configures and makes git-d1 in DIR (relative to the top directory). A
#       DIR that was configured with other options is made anew.
#   build_jobs
#       prints how many jobs make may run at once

build_jobs () {
	nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

build_in () {
	build_dir=$1
	shift
	build_generate_ || return
	if ! test -f "$build_dir/configured-with" ||
	   test "$(cat "$build_dir/configured-with")" != "$*"
	then
		rm -rf "$build_dir" &&
		mkdir -p "$build_dir" &&
		build_configure_ "$@" &&
		echo "$*" >"$build_dir/configured-with" || return
	fi
	make -C "$build_dir" -j"$(build_jobs)"
}

# A checkout has no configure; a release has one.
build_generate_ () {
	if test -f config.status
	then
		echo >&2 "configured in the source tree: run 'make distclean'"
		return 1
	fi
	if ! test -x configure ||
	   test -n "$(find configure.ac Makefile.am -newer configure)"
	then
		autoreconf -i
	fi
}

build_configure_ () {
	build_source=$PWD
	(cd "$build_dir" && "$build_source/configure" "$@")
}
