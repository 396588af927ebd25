# Shell functions for tests that move rows between a local database and a remote
# one. POSIX sh; to be sourced first, in the place of pairsetup.sh.

. "$(dirname "$0")/pairsetup.sh"

# local_file NAME: the local database of that name.
local_file () {
	local_database . "id-$1"
}

# to_local NAME [FILE]: the local database holds what that file does, NAME.sqlite
# if none is given.
to_local () {
	file=$(local_file $1) &&
	mkdir -p "$(dirname "$file")" &&
	rm -f "$file" "$file-wal" "$file-shm" &&
	cp "${2-$1.sqlite}" "$file"
}

# rows SIDE NAME SQL: what the SQL selects there, a row a line.
rows () {
	if test "$1" = local
	then
		sqlite3 -list -separator , "$(local_file $2)" "$3"
	else
		standin_sql $2 "$3" | tr -d "[]\""
	fi
}

# has SIDE NAME SQL [ROW...]: it selects just these rows there.
has () {
	rows "$1" "$2" "$3" >actual &&
	shift 3 &&
	printf "%s\n" "$@" | sed "/^\$/d" >expect &&
	test_cmp expect actual
}

# edit SQL: runs statements in the local database of a test that has only one.
edit () {
	sqlite3 "$(local_file $names)" "$1"
}

# query NAME SQL: runs statements in the remote one.
query () {
	curl --silent --show-error --fail --noproxy "*" \
		--header "Authorization: Bearer dummy-token" \
		--data "{\"sql\":\"$(echo "$2" | tr "\n\t" "  ")\"}" \
		"$(standin_url)/accounts/acc123/d1/database/id-$1/query" \
		>/dev/null
}

# says LINE...: that is the output of the command before.
says () {
	printf "%s\n" "$@" >expect &&
	test_cmp expect out
}
