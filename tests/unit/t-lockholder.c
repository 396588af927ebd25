/* Who has locked a file, while others lock other files. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox.h"

#include "util/lockholder.h"

enum { OTHER_LOCKS = 100, LOOKS = 2000 };

static bool system_tells(void)
{
	return access("/proc/locks", R_OK) == 0;
}

static int set_lock(int fd, short type, off_t at)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = at,
		.l_len = 1,
	};

	return fcntl(fd, F_SETLK, &lock);
}

/* Locks the file as long as the test runs, and says so by a byte to `told`. */
static void hold(const char *path, short type, int told, pid_t test)
{
	int fd = open(path, O_RDWR);

	if (fd < 0 || set_lock(fd, type, 0) < 0 || write(told, "", 1) != 1)
		_exit(1);
	while (getppid() == test)
		usleep(100 * 1000);
	_exit(0);
}

/*
 * Locks and unlocks bytes of the file, for as long as the test runs; between
 * two of them one stays free, or they would be one lock.
 */
static void lock_and_unlock(const char *path, pid_t test)
{
	int fd = open(path, O_RDWR);

	while (fd >= 0 && getppid() == test)
		for (int i = 0; i < 2 * OTHER_LOCKS; i++)
			if (set_lock(fd, i < OTHER_LOCKS ? F_WRLCK : F_UNLCK,
				     (off_t)(i % OTHER_LOCKS) * 2) < 0)
				_exit(1);
	_exit(0);
}

static pid_t start_holder(const char *path, short type)
{
	pid_t self = getpid(), pid;
	int told[2];
	char byte;

	assert_int_equal(pipe(told), 0);
	pid = fork();
	if (pid == 0)
		hold(path, type, told[1], self);
	close(told[1]);
	assert_int_equal(read(told[0], &byte, 1), 1);
	close(told[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void the_holder_is_found(void **state)
{
	struct lock_holder holder;
	pid_t pid;

	(void)state;
	if (!system_tells())
		skip();
	sandbox_write("x.sqlite", "text");
	assert_false(lock_holder_find(&holder, "x.sqlite"));
	pid = start_holder("x.sqlite", F_RDLCK);
	assert_true(lock_holder_find(&holder, "x.sqlite"));
	assert_int_equal(holder.pid, pid);
	assert_non_null(strstr(holder.name, "t-lockholder"));
	end(pid);
	assert_false(lock_holder_find(&holder, "x.sqlite"));

	/* with a write-ahead log, readers keep nobody from writing */
	sandbox_write("x.sqlite-shm", "text");
	pid = start_holder("x.sqlite", F_RDLCK);
	assert_false(lock_holder_find(&holder, "x.sqlite"));
	end(pid);
	pid = start_holder("x.sqlite-shm", F_WRLCK);
	assert_true(lock_holder_find(&holder, "x.sqlite"));
	assert_int_equal(holder.pid, pid);
	end(pid);
}

/* The kernel's list is read in parts, and changes between two of them. */
static void whatever_others_lock(void **state)
{
	struct lock_holder holder;
	pid_t self = getpid(), pid, other;
	int found = 0;

	(void)state;
	if (!system_tells())
		skip();
	sandbox_write("x.sqlite", "text");
	sandbox_write("other", "text");
	pid = start_holder("x.sqlite", F_WRLCK);
	other = fork();
	if (other == 0)
		lock_and_unlock("other", self);
	for (int i = 0; i < LOOKS; i++)
		found += lock_holder_find(&holder, "x.sqlite") &&
			 holder.pid == pid;
	end(other);
	end(pid);
	assert_int_equal(found, LOOKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_holder_is_found,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(whatever_others_lock,
						sandbox_enter, sandbox_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
