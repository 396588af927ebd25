#include "config.h"

#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct worker {
	struct server *server;
	int socket;
};

static size_t content_length(const char *head)
{
	const char *line = strcasestr(head, "\r\ncontent-length:");

	return line ? strtoul(strchr(line, ':') + 1, NULL, 10) : 0;
}

/* Reads one request and appends it to the log; false at the end. */
static bool read_request(struct server *server, int socket)
{
	struct buf request;
	const char *end = NULL;
	bool complete = false;

	buf_init(&request, (size_t)64 << 20);
	while (!complete) {
		char piece[65536];
		ssize_t got = recv(socket, piece, sizeof(piece), 0);

		if (got <= 0)
			break;
		buf_add(&request, piece, (size_t)got);
		end = strstr(request.data, "\r\n\r\n");
		complete =
			end && request.len - (size_t)(end + 4 - request.data) >=
				       content_length(request.data);
	}
	if (complete) {
		pthread_mutex_lock(&server->lock);
		buf_add(&server->log, request.data, request.len);
		server->nrequests++;
		pthread_cond_broadcast(&server->changed);
		pthread_mutex_unlock(&server->lock);
	}
	buf_release(&request);
	return complete;
}

/*
 * Moves the next reply out of the queue, when it is time: its data is the
 * caller's now.
 */
static struct server_reply next_reply(struct server *server)
{
	struct server_reply reply = { NULL, 0, 0, SERVER_CLOSE };

	pthread_mutex_lock(&server->lock);
	while (server->nrequests < server->nawaited && !server->stopping)
		pthread_cond_wait(&server->changed, &server->lock);
	if (server->nplayed < server->nreplies) {
		reply = server->replies[server->nplayed];
		server->replies[server->nplayed++].data = NULL;
	}
	pthread_mutex_unlock(&server->lock);
	return reply;
}

static void await_hangup(int socket)
{
	char piece[4096];

	while (recv(socket, piece, sizeof(piece), 0) > 0)
		;
}

static void finish_connection(int socket, enum server_ending ending)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	if (ending == SERVER_RESET)
		setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
	close(socket);
}

static void *serve(void *data)
{
	struct worker worker = *(struct worker *)data;
	enum server_ending ending = SERVER_CLOSE;

	free(data);
	while (read_request(worker.server, worker.socket)) {
		struct server_reply reply = next_reply(worker.server);
		size_t done = 0;

		usleep(reply.delay_ms * 1000);
		while (done < reply.size) {
			ssize_t sent = send(worker.socket, reply.data + done,
					    reply.size - done, MSG_NOSIGNAL);

			if (sent <= 0)
				break;
			done += (size_t)sent;
		}
		free(reply.data);
		ending = reply.ending;
		if (ending == SERVER_NEVER)
			await_hangup(worker.socket);
		if (ending != SERVER_KEEP)
			break;
	}
	pthread_mutex_lock(&worker.server->lock);
	for (size_t i = 0; i < worker.server->nconnections; i++)
		if (worker.server->sockets[i] == worker.socket)
			worker.server->sockets[i] = -1;
	pthread_mutex_unlock(&worker.server->lock);
	finish_connection(worker.socket, ending);
	return NULL;
}

static void *listen_loop(void *data)
{
	struct server *server = data;

	for (;;) {
		int socket = accept(server->listener, NULL, NULL);
		struct worker *worker;
		size_t number;

		if (socket < 0)
			return NULL;
		worker = malloc(sizeof(*worker));
		*worker = (struct worker){ server, socket };
		pthread_mutex_lock(&server->lock);
		number = server->nconnections++;
		if (number >= SERVER_MAX_CONNECTIONS)
			abort();
		server->sockets[number] = socket;
		pthread_create(&server->workers[number], NULL, serve, worker);
		pthread_mutex_unlock(&server->lock);
	}
}

void server_start(struct server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);

	*server = (struct server){ .nreplies = 0 };
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->changed, NULL);
	buf_init(&server->log, (size_t)256 << 20);
	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address,
			      sizeof(address)),
			 0);
	assert_int_equal(listen(server->listener, 16), 0);
	getsockname(server->listener, (struct sockaddr *)&address, &size);
	server->port = ntohs(address.sin_port);
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d",
		 server->port);
	pthread_create(&server->thread, NULL, listen_loop, server);
}

void server_stop(struct server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
	pthread_mutex_lock(&server->lock);
	server->stopping = true;
	pthread_cond_broadcast(&server->changed);
	for (size_t i = 0; i < server->nconnections; i++)
		if (server->sockets[i] >= 0)
			shutdown(server->sockets[i], SHUT_RDWR);
	pthread_mutex_unlock(&server->lock);
	for (size_t i = 0; i < server->nconnections; i++)
		pthread_join(server->workers[i], NULL);
	server_forget(server);
	buf_release(&server->log);
	pthread_cond_destroy(&server->changed);
	pthread_mutex_destroy(&server->lock);
}

void server_play(struct server *server, const void *data, size_t size,
		 unsigned int delay_ms, enum server_ending ending)
{
	struct server_reply *reply;

	pthread_mutex_lock(&server->lock);
	assert_true(server->nreplies < SERVER_MAX_REPLIES);
	reply = &server->replies[server->nreplies++];
	*reply = (struct server_reply){ malloc(size + 1), size, delay_ms,
					ending };
	if (size)
		memcpy(reply->data, data, size);
	pthread_mutex_unlock(&server->lock);
}

void server_answer(struct server *server, int status, const char *headers,
		   const char *body)
{
	struct buf reply;

	buf_init(&reply, (size_t)64 << 20);
	buf_add_format(&reply, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n",
		       status, strlen(body), headers);
	buf_add_string(&reply, body);
	server_play(server, reply.data, reply.len, 0, SERVER_KEEP);
	buf_release(&reply);
}

void server_await(struct server *server, size_t nrequests)
{
	pthread_mutex_lock(&server->lock);
	server->nawaited = nrequests;
	pthread_mutex_unlock(&server->lock);
}

void server_forget(struct server *server)
{
	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < server->nreplies; i++)
		free(server->replies[i].data);
	server->nreplies = 0;
	server->nplayed = 0;
	server->nrequests = 0;
	buf_clear(&server->log);
	pthread_mutex_unlock(&server->lock);
}
