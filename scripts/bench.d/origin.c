/* The origin that every gateway under measurement talks to: one thread, epoll, nothing but the answers.
 *
 *   origin PORT_A PORT_B
 *
 * Listens on both ports of 127.0.0.1, and on the first one of 127.0.0.2 to 127.0.0.8 too (scenes with eight endpoints), and says in `X-Origin` which one a request came to, so that routing can be checked.
 * Any request is answered 200 with 13 bytes, one whose path begins with "/1m" with 1 MiB. Request bodies (Content-Length) are
 * read and dropped. It exists because a full server as origin would take most of the core that it shares with the load
 * generator, and the gateway would then be measured half idle.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kInput = 16384, kBulk = 1 << 20, kEvents = 256 };

struct answer {
  char* bytes;
  size_t size;
};

struct connection {
  int fd;
  int listener;     /* 0 or 1: which port; -1 - listener for the listening sockets themselves */
  size_t held;      /* bytes of an unfinished request head in `input` */
  size_t body_left; /* request body bytes still to drop before the answer */
  int answering;    /* a head was read and its answer is due */
  const struct answer* answer;
  const struct answer* sending; /* partly sent */
  size_t sent;
  char input[kInput];
};

static struct answer small_answer[2], bulk_answer[2];
static int epoll_fd;

static void die(const char* what) {
  perror(what);
  exit(1);
}

static struct answer make_answer(char origin, size_t body) {
  struct answer made;
  made.bytes = malloc(512 + body);
  int head = sprintf(
      made.bytes,
      "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Tue, 24 Nov 2026 04:00:00 GMT\r\n"
      "Content-Type: text/plain\r\nCache-Control: no-cache\r\nX-Origin: %c\r\nContent-Length: %zu\r\n\r\n",
      origin, body);
  memset(made.bytes + head, 'x', body);
  if (body == 13) memcpy(made.bytes + head, "hello, world\n", 13);
  made.size = (size_t)head + body;
  return made;
}

static void drop(struct connection* c) {
  close(c->fd);
  free(c);
}

static void watch(struct connection* c, uint32_t events, int op) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll_fd, op, c->fd, &event) != 0) die("epoll_ctl");
}

/* Send what is due. 0: all gone, 1: the socket is full, -1: the connection is dead. */
static int flush_answer(struct connection* c) {
  while (c->sent < c->sending->size) {
    ssize_t n = send(c->fd, c->sending->bytes + c->sent, c->sending->size - c->sent, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN ? 1 : -1;
    c->sent += (size_t)n;
  }
  c->sending = NULL;
  return 0;
}

/* Take requests off the input; the same results as flush_answer. */
static int serve(struct connection* c) {
  size_t at = 0;
  for (;;) {
    if (c->answering) {
      size_t take = c->held - at < c->body_left ? c->held - at : c->body_left;
      at += take;
      c->body_left -= take;
      if (c->body_left > 0) break;
      c->answering = 0;
      c->sending = c->answer;
      c->sent = 0;
      int state = flush_answer(c);
      if (state != 0) {
        memmove(c->input, c->input + at, c->held - at);
        c->held -= at;
        return state;
      }
    }
    char* head = c->input + at;
    char* end = memmem(head, c->held - at, "\r\n\r\n", 4);
    if (end == NULL) break;
    end += 2;
    c->body_left = 0;
    for (char* line = memchr(head, '\n', (size_t)(end - head)); line != NULL && line + 1 < end;
         line = memchr(line + 1, '\n', (size_t)(end - line - 1)))
      if (strncasecmp(line + 1, "Content-Length:", 15) == 0) c->body_left = strtoull(line + 16, NULL, 10);
    char* path = memchr(head, ' ', (size_t)(end - head));
    c->answer = path != NULL && strncmp(path, " /1m", 4) == 0 ? &bulk_answer[c->listener]
                                                              : &small_answer[c->listener];
    c->answering = 1;
    at = (size_t)(end + 2 - c->input);
  }
  if (at > 0) memmove(c->input, c->input + at, c->held - at);
  c->held -= at;
  return c->held == kInput ? -1 : 0;
}

static void on_ready(struct connection* c, uint32_t events) {
  if (c->sending != NULL) {
    int state = flush_answer(c);
    if (state == 0) state = serve(c);
    if (state < 0) return drop(c);
    if (state > 0) return;
    watch(c, EPOLLIN, EPOLL_CTL_MOD);
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
  for (;;) {
    size_t room = kInput - c->held;
    ssize_t n = recv(c->fd, c->input + c->held, room, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return drop(c);
    c->held += (size_t)n;
    int state = serve(c);
    if (state < 0) return drop(c);
    if (state > 0) return watch(c, EPOLLOUT, EPOLL_CTL_MOD);
    if ((size_t)n < room) return;
  }
}

static void on_accept(struct connection* listener) {
  int one = 1;
  for (;;) {
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct connection* c = malloc(sizeof *c);
    memset(c, 0, offsetof(struct connection, input));
    c->fd = fd;
    c->listener = -1 - listener->listener;
    watch(c, EPOLLIN, EPOLL_CTL_ADD);
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return fprintf(stderr, "origin PORT_A PORT_B\n"), 2;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if ((epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0) die("epoll_create1");
  for (int i = 0; i < 2; i++) {
    small_answer[i] = make_answer((char)('a' + i), 13);
    bulk_answer[i] = make_answer((char)('a' + i), kBulk);
  }
  for (int each = 0; each < 9; each++) {
    const int i = each == 8;
    struct connection* c = calloc(1, sizeof *c);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(argv[1 + i])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (i ? 0u : (unsigned)each))};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    c->listener = -1 - i;
    setsockopt(c->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(c->fd, (struct sockaddr*)&address, sizeof address) != 0 || listen(c->fd, 4096) != 0)
      die(argv[1 + i]);
    watch(c, EPOLLIN, EPOLL_CTL_ADD);
  }
  for (;;) {
    struct epoll_event events[kEvents];
    int n = epoll_wait(epoll_fd, events, kEvents, -1);
    for (int i = 0; i < n; i++) {
      struct connection* c = events[i].data.ptr;
      if (c->listener < 0)
        on_accept(c);
      else
        on_ready(c, events[i].events);
    }
  }
}
