# What building and testing need besides a shell, and the packages of Debian
# and Ubuntu that have it; to be sourced. POSIX sh.
#
#   packages_install LIST...    install what is missing of the lists "build",
#                               "test", "browser", "check", "bench"; says
#                               which packages, asks nothing, and does nothing
#                               if nothing is missing
#   node_is_usable              true if there is a node for tests/d1

# One line a need: the lists it belongs to, how it is found, its package.
#   command  a program on the PATH
#   module   known to pkg-config, in at least this version
#   file     a path
#   package  known to dpkg as installed
#   browser  a Chromium by any of its names (a list of its own: Ubuntu has no
#            package, and apt installs nothing if it lacks one of many)
# What runs git-d1 without building it needs libcurl4, too: it is loaded when a
# remote database is asked, and libcurl4-openssl-dev brings it along.
packages_table () {
	cat <<-'TABLE'
	build  command  gcc                  gcc
	build  command  g++                  g++
	build  command  make                 make
	build  command  autoreconf           autoconf
	build  command  automake             automake
	build  file     /usr/share/aclocal/ax_append_flag.m4  autoconf-archive
	build  command  pkg-config           pkg-config
	build  module   sqlite3>=3.40        libsqlite3-dev
	build  module   libgit2>=1.5         libgit2-dev
	build  module   libcurl>=7.88        libcurl4-openssl-dev
	build  module   libcjson>=1.7.15     libcjson-dev
	build  module   libcrypto>=3.0       libssl-dev
	build  module   tomlplusplus>=3.0    libtomlplusplus-dev
	build  command  git                  git
	build  command  sqlite3              sqlite3
	test   module   cmocka>=1.1.5        libcmocka-dev
	test   file     /usr/share/sharness/sharness.sh  sharness
	test   command  asciidoctor          asciidoctor
	test   command  curl                 curl
	test   file     /etc/ssl/certs/ca-certificates.crt  ca-certificates
	test   command  openssl              openssl
	test   command  ps                   procps
	test   command  script               bsdutils
	test   command  node                 nodejs
	test   command  npm                  npm
	browser  browser  chromium           chromium
	check  command  clang                clang
	check  package  libclang-rt-dev      libclang-rt-dev
	check  command  clang-tidy           clang-tidy
	check  command  shellcheck           shellcheck
	check  command  xz                   xz-utils
	bench  command  sqldiff              sqlite3-tools
	TABLE
}

# packages_missing LIST...: prints the packages of what is not there.
packages_missing () {
	packages_table |
	while read -r list kind what package
	do
		case " $* " in
		*" $list "*) packages_has "$kind" "$what" || echo "$package" ;;
		esac
	done
}

# packages_has KIND WHAT
packages_has () {
	case $1 in
	command) command -v "$2" >/dev/null ;;
	module) pkg-config --exists "${2%%>=*} >= ${2#*>=}" 2>/dev/null ;;
	file) test -e "$2" ;;
	browser)
		command -v chromium >/dev/null ||
		command -v chromium-browser >/dev/null ||
		command -v google-chrome >/dev/null
		;;
	package) dpkg-query -s "$2" 2>/dev/null | grep -q '^Status: .* installed' ;;
	esac
}

packages_install () {
	missing=$(packages_missing "$@" | tr '\n' ' ')
	test -n "$missing" || return 0
	if ! command -v apt-get >/dev/null
	then
		echo >&2 "missing, under their names in Debian: $missing"
		return 1
	fi
	echo "installing: $missing"
	# Split on purpose: a list of words.
	# shellcheck disable=SC2086
	packages_apt_ update -q && packages_apt_ install -q -y \
		--no-install-recommends $missing
}

# packages_apt_ ARGUMENT...: apt-get as root. Only sudo may ask for a password,
# and only somebody who sits at a terminal.
packages_apt_ () {
	if test "$(id -u)" = 0
	then
		set -- env DEBIAN_FRONTEND=noninteractive apt-get "$@"
	elif test -t 0
	then
		set -- sudo env DEBIAN_FRONTEND=noninteractive apt-get "$@"
	else
		set -- sudo -n env DEBIAN_FRONTEND=noninteractive apt-get "$@"
	fi
	"$@" </dev/null
}

# The engine behind tests/d1 says in its package.json which node it needs.
node_is_usable () {
	node -e '
		const [major, minor] = process.versions.node.split(".");
		process.exit(major > 20 || (major == 20 && minor >= 3) ? 0 : 1);
	' 2>/dev/null
}
