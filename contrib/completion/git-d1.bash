# Completion of `git d1` for bash. Installed as "git-d1" among the completions,
# where git's own completion finds it and calls _git_d1.
#
# Commands and options are asked of git-d1, so this file need not know them.

# Sets __git_d1_command to the command that stands before the cursor, and
# __git_d1_second to the word after it, if that stands there too.
__git_d1_find_command ()
{
	local i=${__git_cmd_idx-0}

	__git_d1_command='' __git_d1_second=''
	while ((++i < cword)); do
		case "${words[i]}" in
		-C)
			((i++))
			;;
		-*)
			;;
		*)
			__git_d1_command=${words[i]}
			if ((i + 1 < cword)); then
				__git_d1_second=${words[i + 1]}
			fi
			return
			;;
		esac
	done
}

# True behind `--`, where the names of tables stand.
__git_d1_after_dashes ()
{
	local i

	for ((i = 0; i < cword; i++)); do
		if [ "${words[i]}" = -- ]; then
			return 0
		fi
	done
	return 1
}

_git_d1 ()
{
	local __git_d1_command __git_d1_second

	if __git_d1_after_dashes; then
		return
	fi
	__git_d1_find_command
	case "$__git_d1_command,$cur" in
	,-*)
		__gitcomp "$(git-d1 --git-completion-helper 2>/dev/null)"
		;;
	,* | help,*)
		__gitcomp_nl "$(git-d1 --list-cmds 2>/dev/null)"
		;;
	*,--color=*)
		__gitcomp "auto always never" "" "${cur#--color=}"
		;;
	*,--porcelain=*)
		__gitcomp "v1" "" "${cur#--porcelain=}"
		;;
	*,--json=*)
		__gitcomp "lines" "" "${cur#--json=}"
		;;
	*,--scratch=*)
		__gitcomp "memory prefix" "" "${cur#--scratch=}"
		;;
	*,--word-diff=*)
		__gitcomp "color none plain" "" "${cur#--word-diff=}"
		;;
	*,--*)
		__gitcomp "$(git-d1 "$__git_d1_command" \
			${__git_d1_second:+"$__git_d1_second"} \
			--git-completion-helper 2>/dev/null)"
		;;
	diff,* | format-patch,*)
		__gitcomp "local remote preview"
		;;
	*)
		if [ -z "$__git_d1_second" ]; then
			__gitcomp "$(git-d1 "$__git_d1_command" \
				--git-completion-helper 2>/dev/null |
				tr ' ' '\n' | grep -v '^-')"
		fi
		;;
	esac
}

# `git-d1` with the dash completes alike, once git's completion is there.
if declare -F __git_complete >/dev/null; then
	__git_complete git-d1 _git_d1
fi
