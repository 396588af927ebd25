#!/bin/sh

test_description='the examples of contrib/ci, and the recipe of the README

Their commands are taken out of them, and run as they stand in a fresh clone. In
the place of the sources of git-d1 is a repository whose build takes no time.'

. "$(dirname "$0")/../cli/lib.sh"
. "$TOP_SRCDIR/tests/d1/deploys.sh"

ruby -ryaml -e 1 2>/dev/null || skip_all='needs ruby, which asciidoctor runs on'
command -v bash >/dev/null || skip_all='needs bash'
test -z "$skip_all" || test_done

empty_database shop

# job FILE JOB: runs its commands, those of GitHub as one program a step, with
# the values that the variables VALUE_* have for what is in ${{ }}.
cat >job.rb <<\EOF
require "yaml"
file, name = ARGV
document = YAML.load_file(file)
def value(text)
  text.to_s.gsub(/\$\{\{ (.*?) \}\}/) {
    ENV.fetch("VALUE_" + $1.gsub(/[^A-Za-z0-9]/, "_"))
  }
end
def run(script, env, options)
  path = File.exist?("path") ? File.readlines("path", chomp: true) : []
  env = env.merge("PATH" => [*path.reverse, ENV["PATH"]].join(":"))
  File.write("step", script)
  Dir.chdir("clone") {
    system(env, "bash", *options, "../step") or exit($?.exitstatus || 255)
  }
end
if document["jobs"]
  job = document["jobs"][name]
  job["steps"].each do |step|
    next unless step["run"]
    env = (job["env"] || {}).merge(step["env"] || {})
    run(step["run"], env.transform_values { |text| value(text) }, ["-e"])
  end
else
  job = document[name]
  env = (document["variables"] || {}).merge(job["variables"] || {})
  env = env.transform_values { |text| text.gsub(/\$(\w+)/) { ENV.fetch($1) } }
  script = document["default"]["before_script"] + job["script"]
  run(script.join("\n").gsub("/tmp/git-d1", "../git-d1"), env,
      ["-eo", "pipefail"])
end
EOF

job () {
	rm -rf git-d1 path && : >path &&
	unset CLOUDFLARE_API_TOKEN &&
	ruby job.rb "$TOP_SRCDIR/contrib/ci/$1" $2 >out 2>err
	code=$?
	cat out err >&2
	standin_env
	return $code
}

# program NAME: what stands for it notes its arguments, and the token it sees.
program () {
	cat >bin/$1 <<-EOF &&
	#!/bin/sh
	echo "$1 \$* (\${CLOUDFLARE_API_TOKEN-no token})" >>"$PWD/ran"
	EOF
	chmod +x bin/$1
}

ran () {
	cat >expect &&
	test_cmp expect ran &&
	rm -f ran
}

test_expect_success 'set up' '
	make_project &&
	echo "CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT);" \
		>migrations/0001_init.sql &&
	git d1 init &&
	git config -f .d1config table.product.track true &&
	build "INSERT INTO product VALUES(1, '\''a'\'')" &&
	commit_all first &&
	git init -q sources &&
	mkdir -p sources/contrib bin &&
	grep "^packages_install () {" "$TOP_SRCDIR/contrib/packages.sh" &&
	grep "^build_in () {" "$TOP_SRCDIR/contrib/build.sh" &&
	echo "packages_install () { test \"\$1\" = build; }" \
		>sources/contrib/packages.sh &&
	echo "build_in () { mkdir \"\$1\" && ln -s \"$TOP_BUILDDIR/git-d1\" \"\$1\"; }" \
		>sources/contrib/build.sh &&
	git -C sources add -A && git -C sources commit -q -m sources &&
	for name in npm npx gh
	do
		program $name || return 1
	done &&
	PATH=$PWD/bin:$PATH &&
	RUNNER_TEMP=$PWD GITHUB_PATH=$PWD/path CI=true &&
	VALUE_vars_GIT_D1_SOURCES=$PWD/sources &&
	VALUE_vars_GIT_D1_COMMIT=$(git -C sources rev-parse HEAD) &&
	VALUE_secrets_D1_EDIT_TOKEN=dummy-token &&
	VALUE_secrets_D1_READ_TOKEN=read-only-token &&
	VALUE_secrets_CLOUDFLARE_ACCOUNT_ID=acc123 &&
	VALUE_github_event_pull_request_head_sha=$(git rev-parse HEAD) &&
	VALUE_github_event_pull_request_number=7 &&
	VALUE_github_token=t &&
	GIT_D1_SOURCES=$VALUE_vars_GIT_D1_SOURCES &&
	GIT_D1_COMMIT=$VALUE_vars_GIT_D1_COMMIT &&
	D1_EDIT_TOKEN=dummy-token D1_READ_TOKEN=read-only-token &&
	export PATH RUNNER_TEMP GITHUB_PATH CI GIT_D1_SOURCES GIT_D1_COMMIT &&
	export D1_EDIT_TOKEN D1_READ_TOKEN &&
	export $(set | sed -n "s/^\(VALUE_[A-Za-z0-9_]*\)=.*/\1/p") &&
	git clone -q . clone &&
	git -C clone checkout -q --detach
'

test_expect_success 'GitHub: a pull request' '
	job github-check.yml check &&
	test_line out "fine: 2 pending; next: git d1 migrations apply shop/remote" &&
	ran <<-EOF
	gh pr comment 7 --edit-last --create-if-none --body-file $PWD/check.md (no token)
	EOF
'

test_expect_success 'GitHub: one of a fork, without secrets' '
	(
		VALUE_secrets_D1_READ_TOKEN= &&
		job github-check.yml check
	) &&
	grep "because of --offline" out &&
	rm ran
'

test_expect_success 'GitHub: a deploy; only it has the token' '
	job github-deploy.yml production &&
	grep "^deployed " out &&
	test_line out "shop data: fine" &&
	ran <<-EOF &&
	npm ci (no token)
	npx wrangler deploy (dummy-token)
	EOF
	standin_log | sed -n "s/.*\"authorization\":\"Bearer \([^\"]*\)\".*/\1/p" |
		tail -n 1 >actual &&
	echo read-only-token >expect &&
	test_cmp expect actual
'

test_expect_success 'GitLab: a merge request' '
	job gitlab-ci.yml check &&
	test_line out fine &&
	grep "<testsuites" clone/check.xml &&
	test -s clone/check-quality.json
'

test_expect_success 'GitLab: a deploy' '
	sed -i "s/'\''a'\''/'\''b'\''/" d1/shop/data/product.sql &&
	commit_all second &&
	git -C clone fetch -q && git -C clone checkout -q --detach origin/main &&
	job gitlab-ci.yml deploy &&
	test_line out "product: 0 inserted, 1 updated, 0 deleted" &&
	ran <<-EOF
	npm ci (no token)
	npx wrangler deploy (dummy-token)
	EOF
'

test_expect_success 'GitLab: every night' '
	job gitlab-ci.yml verify &&
	test_line out fine &&
	remote "UPDATE product SET name = '\''z'\''" &&
	test_expect_code 1 job gitlab-ci.yml verify &&
	grep "drift: product: 1 row changed in production" out
'

# recipe PATTERN: the command of the README that begins with it.
recipe () {
	sed -n "s/^ *[\$ ]* *\($1.*\)/\1/p" "$TOP_SRCDIR/README.md" | head -n 1
}

test_expect_success 'the recipe of the README, in a project that knows nothing' '
	rm -rf clone/* clone/.d1config clone/.gitattributes &&
	cp -r wrangler.jsonc migrations clone/ &&
	echo "CREATE TABLE more(id INTEGER PRIMARY KEY);" \
		>clone/migrations/0002_more.sql &&
	git -C clone checkout -q -b old &&
	git -C clone add -A && git -C clone commit -q -m old &&
	(
		cd clone &&
		check=$(recipe "git d1 check --pending") &&
		CLOUDFLARE_API_TOKEN=read-only-token $check >../out &&
		grep "^# \|^##* \|shop" comment.md &&
		rm comment.md &&
		git diff --exit-code HEAD &&
		deploy=$(recipe "git d1 deploy shop -- npx") &&
		$deploy >../out
	) &&
	says out <<-\EOF &&
	check: fine
	bookmark: BOOKMARK
	migrations: applied 0002_more.sql
	data: no table is tracked
	command: npx
	deployed COMMIT to shop/remote
	EOF
	ran <<-EOF
	npx wrangler deploy (dummy-token)
	EOF
'

test_done
