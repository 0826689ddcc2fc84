/* Holds idle keep-alive connections open, so that their cost in the gateway can be read.
 *
 *   hold PORT COUNT
 *
 * Opens COUNT connections to 127.0.0.1:PORT one after the other, does one GET on each, prints "held COUNT" and waits for the
 * end of its standard input. One after the other: what is measured is the cost of rest, not the peak of a rush.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const char kRequest[] =
    "GET / HTTP/1.1\r\nHost: bench.test\r\nUser-Agent: hold/1\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n"
    "Accept-Language: en\r\n\r\n";

/* Read one response with Content-Length whole; 0 if it was a 200. */
static int read_response(int fd) {
  char buffer[8192];
  size_t held = 0;
  for (;;) {
    ssize_t n = recv(fd, buffer + held, sizeof buffer - 1 - held, 0);
    if (n <= 0) return -1;
    held += (size_t)n;
    buffer[held] = 0;
    char* end = strstr(buffer, "\r\n\r\n");
    if (end == NULL) continue;
    char* length = strcasestr(buffer, "\r\nContent-Length:");
    if (length == NULL || length > end || strncmp(buffer, "HTTP/1.1 200", 12) != 0) return -1;
    if (held == (size_t)(end + 4 - buffer) + strtoul(length + 17, NULL, 10)) return 0;
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return fprintf(stderr, "hold PORT COUNT\n"), 2;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int count = atoi(argv[2]);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(argv[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int i = 0; i < count; i++) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr*)&address, sizeof address) != 0)
      return perror("hold: connect"), 1;
    if (send(fd, kRequest, sizeof kRequest - 1, MSG_NOSIGNAL) < 0 || read_response(fd) != 0)
      return fprintf(stderr, "hold: connection %d got no 200\n", i), 1;
  }
  printf("held %d\n", count);
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0)
    continue;
  return 0;
}
