#!/bin/sh

test_description='installing and removing hooks'

. "$(dirname "$0")/lib.sh"

EVENTS='pre-commit pre-push post-merge post-checkout post-rewrite'
SHIM=$TOP_SRCDIR/hooks/shim

# fresh: an empty repository, and we are in it.
fresh () {
	cd "$SHARNESS_TRASH_DIRECTORY" && rm -rf repo &&
	git init -q repo && cd repo && rm -rf .git/hooks || return
}

# nothing_there: no hook was written.
nothing_there () {
	test -z "$(ls .git/hooks 2>/dev/null)"
}

# backup EVENT: what became of another hook.
backup () {
	cat ".git/hooks/$1.git-d1-backup"
}

# fake_git VERSION: a git that says it is of that version.
fake_git () {
	mkdir -p "$SHARNESS_TRASH_DIRECTORY/bin" &&
	cat >"$SHARNESS_TRASH_DIRECTORY/bin/git" <<-EOF &&
	#!/bin/sh
	test "\$1" != version || { echo "git version $1"; exit 0; }
	exec "$(command -v git)" "\$@"
	EOF
	chmod +x "$SHARNESS_TRASH_DIRECTORY/bin/git"
}

# with_fake_git COMMAND...
with_fake_git () (
	PATH=$SHARNESS_TRASH_DIRECTORY/bin:$PATH
	"$@"
)

test_expect_success 'each event gets the file hooks/shim' '
	fresh &&
	git d1 hooks install >../out &&
	for event in $EVENTS
	do
		echo "installed .git/hooks/$event" || return
	done >../expect &&
	test_cmp ../expect ../out &&
	for event in $EVENTS
	do
		test_cmp "$SHIM" .git/hooks/$event &&
		test "$(stat -c %a .git/hooks/$event)" = 755 || return
	done &&
	test "$(ls .git/hooks | wc -l)" = 5
'

test_expect_success 'a second time changes nothing' '
	ls -li --full-time .git/hooks >../before &&
	git d1 hooks install >../out &&
	ls -li --full-time .git/hooks >../after &&
	test_cmp ../before ../after &&
	test_line ../out "found .git/hooks/pre-push"
'

test_expect_success 'status, and uninstall' '
	cat >../expect <<-\EOF &&
	pre-commit    installed .git/hooks/pre-commit
	pre-push      installed .git/hooks/pre-push
	post-merge    installed .git/hooks/post-merge
	post-checkout installed .git/hooks/post-checkout
	post-rewrite  installed .git/hooks/post-rewrite
	EOF
	git d1 hooks status >../actual &&
	test_cmp ../expect ../actual &&
	git d1 hooks uninstall >../out &&
	test_line ../out "removed post-merge" &&
	nothing_there &&
	git d1 hooks uninstall >../out &&
	test_line ../out "no hooks of git-d1 are installed"
'

test_expect_success 'only the events that are named' '
	fresh &&
	git d1 hooks install pre-push &&
	test "$(ls .git/hooks)" = pre-push &&
	git d1 hooks status pre-push pre-commit >../actual &&
	cat >../expect <<-\EOF &&
	pre-commit    absent
	pre-push      installed .git/hooks/pre-push
	EOF
	test_cmp ../expect ../actual &&
	test_expect_exit 129 git d1 hooks install pre-psuh &&
	test_line err "hint: the closest one is '\''pre-push'\''"
'

test_expect_success 'another hook is left alone, and nothing is installed' '
	fresh && mkdir .git/hooks &&
	printf "#!/bin/sh\nnpm test\n" >.git/hooks/pre-push &&
	chmod +x .git/hooks/pre-push &&
	cp .git/hooks/pre-push ../other &&
	test_expect_exit 3 git d1 hooks install &&
	grep "npm test" err &&
	grep -F "git d1 hook pre-push \"\$@\"" err &&
	grep -e "--force" err &&
	test_cmp ../other .git/hooks/pre-push &&
	test "$(ls .git/hooks)" = pre-push &&
	git d1 hooks status pre-push >../actual &&
	echo "pre-push      foreign .git/hooks/pre-push" >../expect &&
	test_cmp ../expect ../actual
'

test_expect_success 'uninstall leaves another hook' '
	git d1 hooks uninstall >../out &&
	test_line ../out "left as is pre-push: another hook" &&
	test_cmp ../other .git/hooks/pre-push
'

test_expect_success '--force keeps the other hook, and uninstall puts it back' '
	git d1 hooks install --force >../out &&
	grep "^installed .git/hooks/pre-push, the other hook is" ../out &&
	backup pre-push >../actual &&
	test_cmp ../other ../actual &&
	test_cmp "$SHIM" .git/hooks/pre-push &&
	git d1 hooks uninstall >../out &&
	test_line ../out \
		"removed pre-push, the hook from before is back" &&
	test_cmp ../other .git/hooks/pre-push &&
	test -x .git/hooks/pre-push &&
	test "$(ls .git/hooks)" = pre-push
'

test_expect_success '--force never overwrites a backup' '
	echo mine >.git/hooks/pre-push.git-d1-backup &&
	test_expect_exit 3 git d1 hooks install --force &&
	grep "is there already" err &&
	test_cmp ../other .git/hooks/pre-push &&
	test "$(backup pre-push)" = mine &&
	test "$(ls .git/hooks | wc -l)" = 2
'

test_expect_success 'a hook that runs git-d1 is fine as it is' '
	fresh && mkdir .git/hooks &&
	printf "#!/bin/sh\nnpm test && git d1 hook pre-push \"\$@\"\n" \
		>.git/hooks/pre-push &&
	chmod +x .git/hooks/pre-push &&
	cp .git/hooks/pre-push ../other &&
	git d1 hooks install >../out &&
	test_line ../out "left as is .git/hooks/pre-push: another hook" &&
	test_line ../out "installed .git/hooks/pre-commit" &&
	test_cmp ../other .git/hooks/pre-push &&
	git d1 hooks status pre-push >../actual &&
	echo "pre-push      called .git/hooks/pre-push" >../expect &&
	test_cmp ../expect ../actual
'

test_expect_success 'a hook of ours with other line ends, or an empty one' '
	fresh && mkdir .git/hooks &&
	{ cat "$SHIM" && printf "\n\n"; } >.git/hooks/pre-push &&
	>.git/hooks/pre-commit &&
	git d1 hooks install >../out &&
	test_line ../out "updated .git/hooks/pre-push" &&
	test_line ../out "updated .git/hooks/pre-commit" &&
	test_cmp "$SHIM" .git/hooks/pre-push &&
	test_cmp "$SHIM" .git/hooks/pre-commit &&
	test -x .git/hooks/pre-commit
'

test_expect_success 'symbolic links are not followed' '
	fresh && mkdir .git/hooks &&
	echo precious >target &&
	ln -s ../../target .git/hooks/pre-push &&
	test_expect_exit 3 git d1 hooks install --force &&
	grep "symbolic link" err &&
	test "$(cat target)" = precious &&
	test -h .git/hooks/pre-push &&
	test "$(ls .git/hooks)" = pre-push &&
	git d1 hooks status pre-push >../actual &&
	echo "pre-push      link .git/hooks/pre-push" >../expect &&
	test_cmp ../expect ../actual &&
	git d1 hooks uninstall &&
	test -h .git/hooks/pre-push &&

	fresh && mkdir ../elsewhere && ln -s ../../elsewhere .git/hooks &&
	test_expect_exit 3 git d1 hooks install &&
	grep "symbolic link" err &&
	test -z "$(ls ../elsewhere)" &&

	fresh && mkdir githooks && ln -s ../githooks .git/hooks &&
	test_expect_exit 3 git d1 hooks install &&
	grep "inside the worktree" err &&
	test -z "$(ls githooks)"
'

test_expect_success 'core.hooksPath in the worktree: tracked, or of a tool' '
	fresh && mkdir -p .husky/_ &&
	git config core.hooksPath .husky/_ &&
	test_expect_exit 3 git d1 hooks install --force --global-ok &&
	grep "inside the worktree" err &&
	grep "husky is used here" err &&
	test -z "$(ls .husky/_)" && nothing_there &&
	cp "$SHIM" .husky/_/pre-commit &&
	git d1 hooks uninstall && test -x .husky/_/pre-commit &&
	rm .husky/_/pre-commit &&
	mkdir sub && ( cd sub && test_expect_exit 3 git d1 hooks install ) &&
	test -z "$(ls .husky/_)" && nothing_there &&
	printf "npm test\ngit d1 hook pre-push \"\$@\"\n" >.husky/pre-push &&
	git d1 hooks status >../actual &&
	cat >../expect <<-\EOF &&
	pre-commit    absent
	pre-push      called
	post-merge    absent
	post-checkout absent
	post-rewrite  absent
	core.hooksPath is .husky/_ (local, file:.git/config)
	husky is used here (.husky): git d1 hooks print
	EOF
	test_cmp ../expect ../actual
'

test_expect_success 'core.hooksPath for all repositories' '
	fresh && mkdir -p "$HOME/hooks" &&
	git config --global core.hooksPath "~/hooks" &&
	test_when_finished "git config --global --unset core.hooksPath" &&
	test_expect_exit 3 git d1 hooks install &&
	grep "global setting in file:$HOME/.gitconfig" err &&
	test -z "$(ls "$HOME/hooks")" && nothing_there &&
	git d1 hooks install --global-ok pre-push >../out &&
	test_cmp "$SHIM" "$HOME/hooks/pre-push" &&
	git d1 hooks uninstall &&
	test -z "$(ls "$HOME/hooks")" &&

	test_expect_exit 3 git -c core.hooksPath="$HOME/hooks" \
		d1 hooks install &&
	grep "command setting" err &&

	git config core.hooksPath "$HOME/none" &&
	test_expect_exit 3 git d1 hooks install &&
	grep "git runs no hooks at all" err &&
	git config core.hooksPath "$HOME/hooks" &&
	git d1 hooks install &&
	test "$(ls "$HOME/hooks" | wc -l)" = 5 &&
	rm -r "$HOME/hooks"
'

test_expect_success 'core.hooksPath: a relative path, and links on the way' '
	fresh && mkdir -p ../beside &&
	git config core.hooksPath ../beside &&
	mkdir -p sub && ( cd sub && git d1 hooks install pre-push ) &&
	test_cmp "$SHIM" ../beside/pre-push &&
	git d1 hooks uninstall && test -z "$(ls ../beside)" &&

	ln -s ../beside link &&
	git config core.hooksPath link &&
	test_expect_exit 3 git d1 hooks install --global-ok &&
	grep "inside the worktree" err &&
	git config core.hooksPath "$PWD/link" &&
	test_expect_exit 3 git d1 hooks install &&
	mkdir ../beside/deeper && git config core.hooksPath link/deeper &&
	test_expect_exit 3 git d1 hooks install &&
	grep "inside the worktree" err &&
	ln -s beside ../beside-link &&
	git config core.hooksPath ../beside-link &&
	test_expect_exit 3 git d1 hooks install --force &&
	grep "beside-link.* is a symbolic link" err &&
	test "$(ls ../beside)" = deeper && test -z "$(ls ../beside/deeper)" &&
	nothing_there
'

test_expect_success 'core.hooksPath: nothing, and no folder' '
	fresh && git config core.hooksPath "" &&
	test_expect_exit 3 git d1 hooks install &&
	grep "is empty: git runs no hooks" err &&
	git d1 hooks status pre-push >../actual &&
	test_line ../actual "pre-push      absent" &&
	git config core.hooksPath /dev/null &&
	test_expect_exit 3 git d1 hooks install &&
	grep "which is not there: git runs no hooks" err && nothing_there
'

test_expect_success 'a hook that only speaks of git-d1 is another hook' '
	fresh && mkdir .git/hooks &&
	printf "#!/bin/sh\n # git d1 hook pre-push \"\$@\"\nnpm test\n" \
		>.git/hooks/pre-push &&
	printf "#!/bin/sh\ngit d1 hook pre-push-not\n" >>.git/hooks/pre-push &&
	chmod +x .git/hooks/pre-push &&
	git d1 hooks status pre-push >../actual &&
	test_line ../actual "pre-push      foreign .git/hooks/pre-push" &&
	test_expect_exit 3 git d1 hooks install &&
	test "$(ls .git/hooks)" = pre-push &&
	sed -e "s/^/#/" .git/hooks/pre-push >lefthook.yml &&
	git d1 hooks print pre-push | sed "s/^/  # /" >>lefthook.yml &&
	git d1 hooks status pre-push >../actual &&
	test_line ../actual "pre-push      foreign .git/hooks/pre-push"
'

test_expect_success 'a folder or a pipe in the place of a hook' '
	fresh && mkdir -p .git/hooks/post-rewrite && mkfifo .git/hooks/pre-push &&
	ls .git/hooks >../before &&
	test_expect_exit 3 git d1 hooks install --force &&
	grep "hooks/pre-push. is no file; nothing was written" err &&
	rm .git/hooks/pre-push && rm ../before && ls .git/hooks >../before &&
	test_expect_exit 3 git d1 hooks install --force &&
	grep "hooks/post-rewrite. is no file; nothing was written" err &&
	ls .git/hooks >../after && test_cmp ../before ../after &&
	git d1 hooks uninstall && test -d .git/hooks/post-rewrite
'

test_expect_success 'a hook of lefthook: the lines belong into its file' '
	fresh && mkdir .git/hooks &&
	printf "#!/bin/sh\ncall_lefthook run pre-push \"\$@\"\n" \
		>.git/hooks/pre-push &&
	chmod +x .git/hooks/pre-push && cp .git/hooks/pre-push ../other &&
	mkdir .config && echo "pre-push:" >.config/lefthook.yml &&
	test_expect_exit 3 git d1 hooks install &&
	test_line err "hint: it is one of lefthook, which is used here; the lines for .config/lefthook.yml: git d1 hooks print" &&
	git d1 hooks print pre-push | sed -n "/^# lefthook/,/^\$/p" \
		>.config/lefthook.yml &&
	git d1 hooks install >../out &&
	test_line ../out "left as is .git/hooks/pre-push: another hook" &&
	test_cmp ../other .git/hooks/pre-push
'

test_expect_success 'names with blanks, quotes and line ends; a submodule' '
	git init -q "../a'\''b
	c" && cd "../a'\''b
	c" && git d1 hooks install >/dev/null &&
	test_cmp "$SHIM" .git/hooks/pre-push && git d1 hooks uninstall >/dev/null &&
	! test -e .git/hooks/pre-push &&
	fresh && git init -q ../inner && ( cd ../inner && test_commit inner ) &&
	git -c protocol.file.allow=always submodule --quiet add ../inner sub &&
	( cd sub && git d1 hooks install pre-push >../../out ) &&
	test_line ../out "installed ../.git/modules/sub/hooks/pre-push" &&
	test_cmp "$SHIM" .git/modules/sub/hooks/pre-push && nothing_there
'

test_expect_success 'a hook that core.hooksPath hides' '
	fresh && mkdir ../other-hooks &&
	git d1 hooks install pre-push &&
	git config core.hooksPath ../other-hooks &&
	git d1 hooks status pre-push >../actual &&
	head -n 1 ../actual >../first &&
	echo "pre-push      shadowed .git/hooks/pre-push" >../expect &&
	test_cmp ../expect ../first &&
	git d1 hooks uninstall >../out && nothing_there &&
	test_line ../out "removed pre-push"
'

test_expect_success 'a hook that git does not run' '
	fresh && git d1 hooks install pre-push &&
	chmod -x .git/hooks/pre-push &&
	git d1 hooks status pre-push >../actual &&
	echo "pre-push      off .git/hooks/pre-push" >../expect &&
	test_cmp ../expect ../actual &&
	git d1 hooks install pre-push >../out &&
	test_line ../out "updated .git/hooks/pre-push" &&
	test -x .git/hooks/pre-push
'

test_expect_success 'linked worktrees share the hooks' '
	fresh && test_commit one && git worktree add -q ../linked &&
	( cd ../linked && git d1 hooks install >../out 2>../err &&
		test_line ../err \
	"hint: all worktrees of the repository have these hooks" &&
		test_line ../out "installed ../repo/.git/hooks/pre-push" ) &&
	test_cmp "$SHIM" .git/hooks/pre-push &&
	git worktree remove ../linked
'

test_expect_success 'a bare repository, a subfolder, none at all' '
	git init -q --bare ../bare.git && rm -rf ../bare.git/hooks &&
	( cd ../bare.git && git d1 hooks install pre-push >../out &&
		test_cmp "$SHIM" hooks/pre-push &&
		echo "installed hooks/pre-push" >../expect &&
		test_cmp ../expect ../out ) &&
	fresh && mkdir -p "a b" &&
	( cd "a b" && git d1 hooks install pre-push >../../out ) &&
	test_cmp "$SHIM" .git/hooks/pre-push &&
	echo "installed ../.git/hooks/pre-push" >../expect &&
	test_cmp ../expect ../out &&
	mkdir ../nowhere &&
	( cd ../nowhere && test_expect_exit 128 git d1 hooks install ) &&
	test -z "$(ls ../nowhere | grep -v err)"
'

test "$(id -u)" = 0 || test_set_prereq NOT_ROOT

test_expect_success NOT_ROOT 'a folder that is read-only' '
	fresh && mkdir .git/hooks && chmod -w .git/hooks &&
	test_when_finished "chmod +w \"$PWD/.git/hooks\"" &&
	test_expect_exit 128 git d1 hooks install &&
	grep "Permission denied" err &&
	nothing_there
'

test_expect_success '--manual and print write nothing' '
	fresh &&
	git d1 hooks install --manual pre-push >../out &&
	nothing_there &&
	test_line ../out "#	.git/hooks/pre-push" &&
	sed "1,2d" ../out >../actual &&
	test_cmp "$SHIM" ../actual &&
	git d1 hooks print pre-commit pre-push >../actual &&
	cat >../expect <<-\EOF &&
	# .husky/pre-commit
	git d1 hook pre-commit "$@"
	# .husky/pre-push
	git d1 hook pre-push "$@"

	# lefthook.yml
	pre-commit:
	  commands:
	    git-d1:
	      run: git d1 hook pre-commit
	pre-push:
	  commands:
	    git-d1:
	      run: git d1 hook pre-push {0}
	      use_stdin: true

	# .pre-commit-config.yaml
	repos:
	  - repo: local
	    hooks:
	      - id: git-d1-pre-commit
	        name: git-d1 pre-commit
	        entry: git d1 hook pre-commit
	        language: system
	        stages: [pre-commit]
	        always_run: true
	        pass_filenames: false
	      - id: git-d1-pre-push
	        name: git-d1 pre-push
	        entry: git d1 hook pre-push
	        language: system
	        stages: [pre-push]
	        always_run: true
	        pass_filenames: false

	# any other hook
	git d1 hook pre-commit "$@"
	git d1 hook pre-push "$@"
	EOF
	test_cmp ../expect ../actual &&
	nothing_there
'

test_expect_success 'the files of managers are looked at' '
	fresh && git d1 hooks print >../lines &&
	sed -n "/^# lefthook/,/^\$/p" ../lines >lefthook.yml &&
	git d1 hooks status >../actual &&
	cat >../expect <<-\EOF &&
	pre-commit    called
	pre-push      called
	post-merge    called
	post-checkout called
	post-rewrite  called
	lefthook is used here (lefthook.yml): git d1 hooks print
	EOF
	test_cmp ../expect ../actual &&
	rm lefthook.yml &&
	sed -n "/^# .pre-commit-config/,/^\$/p" ../lines \
		>.pre-commit-config.yaml &&
	git d1 hooks status pre-push >../actual &&
	cat >../expect <<-\EOF &&
	pre-push      called
	pre-commit is used here (.pre-commit-config.yaml): git d1 hooks print
	EOF
	test_cmp ../expect ../actual
'

test_expect_success 'd1.hooks.require is written into the hook' '
	fresh && git config d1.hooks.require true &&
	git d1 hooks install pre-push &&
	sed "s/^require=no/require=yes/" "$SHIM" >../expect &&
	test_cmp ../expect .git/hooks/pre-push &&
	git config d1.hooks.require false &&
	git d1 hooks install pre-push >../out &&
	test_line ../out "updated .git/hooks/pre-push" &&
	test_cmp "$SHIM" .git/hooks/pre-push
'

test_expect_success 'a shim without git-d1 says so, and lets git go on' '
	fresh && git d1 hooks install &&
	mkdir -p ../git-only && ln -sf "$(command -v git)" ../git-only/git &&
	SHORT=$(cd ../git-only && pwd):/usr/bin:/bin &&
	! ( PATH=$SHORT && command -v git-d1 ) &&
	echo a >a && git add a &&
	( PATH=$SHORT && git commit -q -m one ) 2>../err &&
	grep "git-d1 is not in PATH: pre-commit did nothing" ../err &&
	git config d1.hooks.require true && git d1 hooks install >../out &&
	echo b >a && git add a &&
	( PATH=$SHORT && test_must_fail git commit -q -m two ) &&
	( PATH=$SHORT && git checkout -q -b other )
'

test_expect_success 'git 2.54: commands in its configuration' '
	fresh && mkdir .git/hooks && cp ../other .git/hooks/pre-push &&
	mkdir -p .husky/_ && git config core.hooksPath .husky/_ &&
	fake_git 2.54.0 &&
	with_fake_git git-d1 hooks install >../out &&
	test_line ../out "installed hook.git-d1-pre-push" &&
	test "$(git config hook.git-d1-pre-push.event)" = pre-push &&
	test_cmp ../other .git/hooks/pre-push &&
	test -z "$(ls .husky/_)" &&
	with_fake_git git-d1 hooks install >../out &&
	test_line ../out "found hook.git-d1-pre-push" &&
	test "$(git config --get-all hook.git-d1-pre-push.event)" = pre-push &&
	with_fake_git git-d1 hooks status pre-push >../actual &&
	echo "pre-push      configured .git/hooks/pre-push" >../expect &&
	head -n 1 ../actual | sed "s/ *$//" >../first &&
	grep "^pre-push      configured" ../first &&
	git config hook.git-d1-pre-commit.enabled false &&
	with_fake_git git-d1 hooks status pre-commit >../actual &&
	grep "^pre-commit    off" ../actual &&
	with_fake_git git-d1 hooks uninstall >../out &&
	test_must_fail git config --get-regexp "^hook[.]" &&
	test_cmp ../other .git/hooks/pre-push
'

test_expect_success 'its command is run as git 2.54 runs it' '
	fresh && fake_git 2.60.1.windows.1 &&
	with_fake_git git-d1 hooks install pre-push &&
	command=$(git config hook.git-d1-pre-push.command) &&
	mkdir -p ../spy &&
	printf "%s\n" "#!/bin/sh" "printf \"<%s>\" \"\$@\"" "exit 7" \
		>../spy/git-d1 &&
	chmod +x ../spy/git-d1 &&
	( PATH=$(cd ../spy && pwd):$PATH &&
		test_expect_exit 7 sh -c "$command \"\$@\"" "$command" \
			"a b" "c" >../actual ) &&
	printf "<hook><pre-push><a b><c>" >../expect &&
	test_cmp ../expect ../actual &&
	( PATH=/usr/bin:/bin &&
		sh -c "$command \"\$@\"" "$command" "a b" 2>../err ) &&
	grep "git-d1 is not in PATH" ../err
'

test_expect_success 'with git 2.54 a file from before is removed' '
	fresh && git d1 hooks install pre-push && fake_git 3.0.0 &&
	with_fake_git git-d1 hooks install pre-push &&
	nothing_there &&
	fake_git 2.53.9 &&
	with_fake_git git-d1 hooks install pre-push &&
	test -x .git/hooks/pre-push
'

test_done
