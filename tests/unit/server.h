/*
 * A small HTTP server on the loopback for unit tests. It plays replies that
 * were queued before, one for each request, and keeps what it was asked. Each
 * connection has a thread; all of them end in server_stop().
 */
#ifndef TESTS_UNIT_SERVER_H
#define TESTS_UNIT_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

enum {
	SERVER_MAX_REPLIES = 64,
	SERVER_MAX_CONNECTIONS = 256,
};

enum server_ending {
	SERVER_KEEP, /* the connection stays open for the next request */
	SERVER_CLOSE,
	SERVER_RESET, /* the connection is torn down with RST */
	SERVER_NEVER, /* no reply: the client hangs up, or server_stop() */
};

struct server_reply {
	char *data; /* all bytes of it; none: no reply at all */
	size_t size;
	unsigned int delay_ms;
	enum server_ending ending;
};

struct server {
	int listener;
	int port;
	char url[64]; /* http://127.0.0.1:PORT */
	pthread_t thread;
	pthread_t workers[SERVER_MAX_CONNECTIONS];
	int sockets[SERVER_MAX_CONNECTIONS];
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t changed;
	bool stopping;
	struct server_reply replies[SERVER_MAX_REPLIES];
	size_t nreplies;
	size_t nawaited; /* no reply before so many requests have come */
	size_t nplayed;
	size_t nrequests;
	size_t nconnections;
	struct buf log; /* every request as it came */
};

void server_start(struct server *server);
void server_stop(struct server *server);

/* Queues bytes as they are. */
void server_play(struct server *server, const void *data, size_t size,
		 unsigned int delay_ms, enum server_ending ending);

/* Queues a complete reply; `headers` is "" or lines that end in CRLF. */
void server_answer(struct server *server, int status, const char *headers,
		   const char *body);

/* Holds up the replies until so many requests have come: at once, that is. */
void server_await(struct server *server, size_t nrequests);

/* Forgets replies and requests, for the next case. */
void server_forget(struct server *server);

#endif
