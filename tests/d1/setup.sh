# What the tests of this folder have in common; to be sourced first by a test
# that has set test_description.
#
# Promises: sharness, the functions of standin.sh, and an environment in which
# no program finds the user's settings or a way out to the network.
# Environment: SHARNESS_LIB, where sharness.sh is, if not in its usual place.

STANDIN_SRCDIR=$(cd "$(dirname "$0")" && pwd)
SHARNESS_TEST_SRCDIR=$STANDIN_SRCDIR
. "${SHARNESS_LIB:-/usr/share/sharness/sharness.sh}"
. "$STANDIN_SRCDIR/standin.sh"

if ! standin_installed
then
	skip_all='needs "npm ci --prefix tests/d1"'
	test_done
fi

for name in $(env | sed -n 's/^\(CLOUDFLARE_[A-Z_]*\|CF_[A-Z_]*\)=.*/\1/p')
do
	unset "$name"
done
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
unset NODE_OPTIONS

TMPDIR=$HOME/tmp
mkdir "$TMPDIR"
XDG_CONFIG_HOME=$HOME/.config
WRANGLER_LOG_PATH=$HOME/wrangler-logs
WRANGLER_REGISTRY_PATH=$HOME/wrangler-registry
WRANGLER_SEND_METRICS=false
WRANGLER_HIDE_BANNER=true
CLOUDFLARE_CF_FETCH_ENABLED=false
CI=1
NO_COLOR=1
export TMPDIR XDG_CONFIG_HOME WRANGLER_LOG_PATH WRANGLER_REGISTRY_PATH
export WRANGLER_SEND_METRICS WRANGLER_HIDE_BANNER CLOUDFLARE_CF_FETCH_ENABLED
export CI NO_COLOR

# wrangler ARGUMENT...: its output without colours in "out", messages in "err".
wrangler () {
	"$STANDIN_SRCDIR/node_modules/.bin/wrangler" "$@" >out 2>err ||
	{
		status=$?
		cat out err >&2
		return $status
	}
}
