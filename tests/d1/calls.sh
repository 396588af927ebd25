# Calls of the API from a test, and what can be said about the replies; to be
# sourced after setup.sh.

UUID=11111111-2222-3333-4444-555555555555
DATABASES=accounts/acc123/d1/database
SHOP=$DATABASES/$UUID

# Starts the stand-in with two databases, "shop" and "stock".
start () {
	standin_start --database shop=$UUID --database stock=stock-uuid "$@"
}

# call METHOD PATH [CURL-OPTION...]: the body of a POST is read from standard
# input; the reply goes to "reply", its status to "status".
call () {
	method=$1 path=$2
	shift 2
	test "$method" = POST && set -- --data-binary @- "$@"
	curl --silent --show-error --noproxy '*' --request "$method" \
		--header "Authorization: Bearer ${TOKEN-dummy-token}" \
		--output reply --write-out '%{http_code}\n' "$@" \
		"$(standin_url)/$path" >status
}

raw () {
	call POST $SHOP/raw
}

# it EXPRESSION: prints a JavaScript expression of the reply, named "it".
it () {
	node -e '
		const text = require("fs").readFileSync("reply", "utf8");
		const it = JSON.parse(text);
		const value = eval(process.argv[1]);
		console.log(typeof value === "string"
			? value : JSON.stringify(value));
	' "$1"
}

# is EXPRESSION EXPECTED
is () {
	it "$1" >actual &&
	printf '%s\n' "$2" >expect &&
	test_cmp expect actual
}

status_is () {
	echo "$1" >expect &&
	test_cmp expect status
}

# refused STATUS CODE MESSAGE: the reply is Cloudflare's envelope of an error,
# with MESSAGE in its message.
refused () {
	status_is "$1" &&
	is '[it.result, it.success, it.errors[0].code, it.messages]' \
		"[null,false,$2,[]]" &&
	it 'it.errors[0].message' >message &&
	grep -F -e "$3" message
}

# rows_are DATABASE SQL: its rows are those on standard input.
rows_are () {
	cat >expect_rows &&
	standin_sql "$1" "$2" >actual_rows &&
	test_cmp expect_rows actual_rows
}

# Prints the current bookmark of "shop".
bookmark () {
	call GET $SHOP/time_travel/bookmark &&
	it 'it.result.bookmark'
}

md5_of () {
	node -e '
		const bytes = require("fs").readFileSync(process.argv[1]);
		console.log(require("crypto").createHash("md5")
			.update(bytes).digest("hex"));
	' "$1"
}

import_init () {
	echo "{\"action\":\"init\",\"etag\":\"$1\"}" | call POST $SHOP/import
}

import_ingest () {
	echo "{\"action\":\"ingest\",\"etag\":\"$1\",\"filename\":\"$2\"}" |
	call POST $SHOP/import
}

import_poll () {
	echo "{\"action\":\"poll\",\"current_bookmark\":\"$1\"}" |
	call POST $SHOP/import
}

# import_file FILE: all steps for a file that was not uploaded before; the reply
# is that of the first poll.
import_file () {
	etag=$(md5_of "$1") &&
	import_init "$etag" &&
	filename=$(it 'it.result.filename') &&
	curl --silent --show-error --noproxy '*' --upload-file "$1" \
		"$(it 'it.result.upload_url')" &&
	import_ingest "$etag" "$filename" &&
	import_poll "$(it 'it.result.at_bookmark')"
}
