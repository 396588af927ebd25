#!/bin/sh

test_description='rows that both sides inserted under the same number'

. "$(dirname "$0")/transfers.sh"

database shop <<\EOF
CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE profiles(user_id INTEGER PRIMARY KEY
	REFERENCES users(id) ON DELETE CASCADE, bio);
CREATE TABLE posts(id INTEGER PRIMARY KEY AUTOINCREMENT,
	user_id INTEGER NOT NULL REFERENCES users, parent_id INTEGER
	REFERENCES posts(id), title);
CREATE TABLE tags(post_id INTEGER NOT NULL
	REFERENCES posts(id) ON UPDATE CASCADE, tag TEXT COLLATE NOCASE NOT NULL,
	PRIMARY KEY(post_id, tag)) WITHOUT ROWID;
CREATE TABLE marks(post_id INTEGER NOT NULL, tag TEXT NOT NULL, n INTEGER,
	PRIMARY KEY(post_id, tag, n),
	FOREIGN KEY(post_id, tag) REFERENCES tags(post_id, tag));
INSERT INTO users VALUES(1, 'root');
INSERT INTO posts VALUES(1, 1, NULL, 'first');
INSERT INTO tags VALUES(1, 'a');
--
EOF

# whole SIDE: all rows there.
whole () {
	for table in users profiles posts tags marks
	do
		echo "$table" &&
		rows $1 shop "SELECT * FROM $table ORDER BY 1, 2" || return 1
	done
}

same () {
	git-d1 diff --exit-code shop/remote shop/local &&
	whole local >rows-local && whole remote >rows-remote &&
	test_cmp rows-local rows-remote
}

start_again () {
	to_local shop &&
	query shop "DELETE FROM marks; DELETE FROM tags; DELETE FROM posts;
		DELETE FROM profiles; DELETE FROM users;
		DELETE FROM sqlite_sequence;
		INSERT INTO users VALUES(1, 'root');
		INSERT INTO posts VALUES(1, 1, NULL, 'first');
		INSERT INTO tags VALUES(1, 'a')" &&
	git-d1 sync shop >/dev/null 2>&1
}

test_expect_success 'set up' '
	git init -q . &&
	make_config &&
	start &&
	standin_env &&
	git-d1 track shop/users shop/profiles shop/posts shop/tags shop/marks
'

# clash: both insert a user 2, with all that hangs on it.
clash () {
	start_again &&
	edit "INSERT INTO users VALUES(2, 'ann');
		INSERT INTO profiles VALUES(2, 'same');
		INSERT INTO posts VALUES(2, 2, 1, 'hi'), (3, 2, 2, 'ann 2'),
			(4, 2, 3, 'ann 3');
		INSERT INTO tags VALUES(2, 'x'), (3, 'x'), (1, 'l');
		INSERT INTO marks VALUES(2, 'x', 1), (1, 'a', 1);
		UPDATE posts SET parent_id = 3 WHERE id = 1" &&
	query shop "INSERT INTO users VALUES(2, 'bob');
		INSERT INTO profiles VALUES(2, 'same');
		INSERT INTO posts VALUES(2, 2, 1, 'hi'), (3, 2, 2, 'bob 2');
		INSERT INTO tags VALUES(2, 'x'), (2, 'y');
		INSERT INTO marks VALUES(2, 'x', 1), (2, 'y', 2)"
}

test_expect_success 'without --renumber it is a conflict' '
	clash &&
	whole local >before-local && whole remote >before-remote &&
	test_expect_exit 2 git-d1 push shop &&
	test_line err "hint: --renumber keeps both rows where each side inserted one" &&
	whole local >rows-local && whole remote >rows-remote &&
	test_cmp before-local rows-local && test_cmp before-remote rows-remote
'

# renumbered: what all of them say on standard error.
cat >renumbered <<\EOF
renumbered: marks post_id=2 tag='x' n=1 -> post_id=5 tag='x' n=1
renumbered: posts id=2 -> id=5
renumbered: posts id=3 -> id=6
renumbered: profiles user_id=2 -> user_id=3
renumbered: tags post_id=2 tag='x' -> post_id=5 tag='x'
renumbered: tags post_id=3 tag='x' -> post_id=6 tag='x'
renumbered: users id=2 -> id=3
EOF

cat >merged <<\EOF
users
1,root
2,bob
3,ann
profiles
2,same
3,same
posts
1,1,6,first
2,2,1,hi
3,2,2,bob 2
4,3,6,ann 3
5,3,1,hi
6,3,5,ann 2
tags
1,a
1,l
2,x
2,y
5,x
6,x
marks
1,a,1
2,x,1
2,y,2
5,x,1
EOF

# says_renumbered: just those lines are in err.
says_renumbered () {
	grep ^renumbered: err >actual &&
	test_cmp renumbered actual
}

cat >shown <<\EOF
diff --d1 shop/marks
key post_id, tag, n
--- shop/remote
+++ shop/local
@@ + post_id=1 tag='a' n=1 @@
@@ + post_id=5 tag='x' n=1 @@
diff --d1 shop/posts
key id
--- shop/remote
+++ shop/local
@@ ~ id=1 @@
-parent_id: NULL
+parent_id: 6
@@ + id=4 @@
+user_id: 3
+parent_id: 6
+title: 'ann 3'
@@ + id=5 @@
+user_id: 3
+parent_id: 1
+title: 'hi'
@@ + id=6 @@
+user_id: 3
+parent_id: 5
+title: 'ann 2'
diff --d1 shop/profiles
key user_id
--- shop/remote
+++ shop/local
@@ + user_id=3 @@
+bio: 'same'
diff --d1 shop/tags
key post_id, tag
--- shop/remote
+++ shop/local
@@ + post_id=1 tag='l' @@
@@ + post_id=5 tag='x' @@
@@ + post_id=6 tag='x' @@
diff --d1 shop/users
key id
--- shop/remote
+++ shop/local
@@ + id=3 @@
+name: 'ann'
diff --d1 shop/marks
key post_id, tag, n
--- shop/local
+++ shop/remote
@@ + post_id=5 tag='x' n=1 @@
diff --d1 shop/posts
key id
--- shop/local
+++ shop/remote
@@ ~ id=1 @@
-parent_id: 3
+parent_id: 6
@@ ~ id=3 @@
-title: 'ann 2'
+title: 'bob 2'
@@ ~ id=4 @@
-user_id: 2
+user_id: 3
-parent_id: 3
+parent_id: 6
@@ + id=5 @@
+user_id: 3
+parent_id: 1
+title: 'hi'
@@ + id=6 @@
+user_id: 3
+parent_id: 5
+title: 'ann 2'
diff --d1 shop/profiles
key user_id
--- shop/local
+++ shop/remote
@@ + user_id=3 @@
+bio: 'same'
diff --d1 shop/tags
key post_id, tag
--- shop/local
+++ shop/remote
@@ - post_id=3 tag='x' @@
@@ + post_id=5 tag='x' @@
@@ + post_id=6 tag='x' @@
diff --d1 shop/users
key id
--- shop/local
+++ shop/remote
@@ ~ id=2  name='ann' @@
-name: 'ann'
+name: 'bob'
@@ + id=3 @@
+name: 'ann'
EOF

test_expect_success 'a dry run shows new keys, references and both writes' '
	git-d1 push --renumber --dry-run shop >out 2>err &&
	says_renumbered &&
	grep "rows written, with indexes" err &&
	test_cmp shown out &&
	whole local >rows-local && whole remote >rows-remote &&
	test_cmp before-local rows-local && test_cmp before-remote rows-remote
'

test_expect_success 'push: both keep all rows, and each reference its row' '
	git-d1 push --renumber shop >out 2>err &&
	says_renumbered &&
	says "marks: 1 inserted, 0 updated, 0 deleted" \
		"posts: 2 inserted, 3 updated, 0 deleted" \
		"profiles: 1 inserted, 0 updated, 0 deleted" \
		"tags: 2 inserted, 0 updated, 1 deleted" \
		"users: 1 inserted, 1 updated, 0 deleted" \
		"marks: 2 inserted, 0 updated, 0 deleted" \
		"posts: 3 inserted, 1 updated, 0 deleted" \
		"profiles: 1 inserted, 0 updated, 0 deleted" \
		"tags: 3 inserted, 0 updated, 0 deleted" \
		"users: 1 inserted, 0 updated, 0 deleted" \
		"2 rows newer on the remote: git d1 pull" &&
	whole remote >actual && test_cmp merged actual &&
	sed "/^2,y/d" merged >expect &&
	whole local >actual && test_cmp expect actual &&
	git-d1 push --renumber shop >out &&
	says "2 rows newer on the remote: git d1 pull" &&
	git-d1 pull shop >out &&
	says "marks: 1 inserted, 0 updated, 0 deleted" \
		"tags: 1 inserted, 0 updated, 0 deleted" &&
	same &&
	git-d1 sync shop >out &&
	says "already up to date" &&
	git-d1 fetch shop >out &&
	test_must_be_empty out
'

test_expect_success 'push: what clashes alone, and both are equal' '
	clash &&
	query shop "DELETE FROM marks WHERE tag = '\''y'\'';
		DELETE FROM tags WHERE tag = '\''y'\''" &&
	git-d1 push --renumber shop &&
	same &&
	sed "/^2,y/d" merged >expect &&
	test_cmp expect rows-local
'

test_expect_success 'both writes can be taken back' '
	clash &&
	git-d1 push --renumber shop &&
	git-d1 undo --list shop >list &&
	git-d1 undo --no-limit shop/remote &&
	git-d1 undo shop/local &&
	whole local >rows-local && whole remote >rows-remote &&
	test_cmp before-local rows-local && test_cmp before-remote rows-remote
'

test_expect_success 'pull: local rows are renumbered, and stay local' '
	clash &&
	git-d1 pull --renumber shop >out 2>err &&
	says_renumbered &&
	tail -n 1 out >last &&
	echo "11 rows newer here: git d1 push" >expect &&
	test_cmp expect last &&
	whole remote >rows-remote && test_cmp before-remote rows-remote &&
	whole local >actual && test_cmp merged actual &&
	git-d1 push shop &&
	same && test_cmp merged rows-local
'

test_expect_success 'sync: all goes both ways' '
	clash &&
	git-d1 sync --renumber shop >out 2>err &&
	says_renumbered &&
	same && test_cmp merged rows-local &&
	git-d1 sync --renumber shop >out 2>err &&
	says "already up to date"
'

test_done
