/*
 * The limit: the least that a kernel lets a server do. One thread, epoll; what has arrived in one turn is joined once, and
 * written with one `write` per subscriber. It speaks just enough STOMP over WebSocket for a load to drive it, and writes
 * the header lines that a server has to write, so that it moves as many octets. It checks nothing and keeps nothing: a
 * subscriber that does not read loses messages.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536, INPUT = 65536 };

struct client {
  int fd, length, upgraded, place; /* place among the subscribers, or -1 */
  char input[INPUT];
};

static struct client *subscribers[MOST];
static int descriptors[MOST]; /* theirs, side by side: a batch touches nothing else */
static int subscriber_count;
static char out[1 << 22];
static size_t out_length;
static unsigned message_id;

static size_t frame(char *to, const char *payload, size_t length) {
  size_t header = length < 126 ? 2 : 4;
  to[0] = (char)0x81;
  to[1] = (char)(length < 126 ? length : 126);
  if (header == 4) {
    to[2] = (char)(length >> 8);
    to[3] = (char)length;
  }
  memcpy(to + header, payload, length);
  return header + length;
}

static void answer(struct client *client, const char *payload, size_t length) {
  char bytes[256];
  if (write(client->fd, bytes, frame(bytes, payload, length)) < 0) perror("write");
}

static void publish(const char *payload, size_t length) {
  const char *body = memmem(payload, length, "\n\n", 2);
  if (body == NULL) return;
  body += 2;
  size_t body_length = length - (size_t)(body - payload); /* with its NUL */
  char message[4096];
  int head = snprintf(message, sizeof message,
                      "MESSAGE\nsubscription:sub-0\nmessage-id:abcdefgh-%u\ndestination:/topic/bench\n"
                      "content-length:%zu\ncontent-type:text/plain\n\n",
                      message_id++, body_length - 1);
  if (head + body_length > sizeof message || out_length + sizeof message + 4 > sizeof out) return;
  memcpy(message + head, body, body_length);
  out_length += frame(out + out_length, message, (size_t)head + body_length);
}

static void take(struct client *client, const char *payload, size_t length) {
  if (payload[0] == 'C') answer(client, "CONNECTED\nversion:1.2\n\n", 24);
  else if (payload[1] == 'U') {
    client->place = subscriber_count;
    descriptors[subscriber_count] = client->fd;
    subscribers[subscriber_count++] = client;
    answer(client, "RECEIPT\nreceipt-id:ready\n\n", 27);
  } else publish(payload, length);
}

static void leave(struct client *client) {
  if (client->place >= 0) {
    struct client *last = subscribers[--subscriber_count];
    subscribers[client->place] = last;
    descriptors[client->place] = last->fd;
    last->place = client->place;
  }
  close(client->fd);
  free(client);
}

static void receive(struct client *client) {
  ssize_t got = read(client->fd, client->input + client->length, (size_t)(INPUT - client->length));
  if (got <= 0) {
    leave(client);
    return;
  }
  client->length += (int)got;
  char *input = client->input;
  int at = 0;
  if (!client->upgraded) {
    char *end = memmem(input, (size_t)client->length, "\r\n\r\n", 4);
    if (end == NULL) return;
    client->upgraded = 1;
    at = (int)(end + 4 - input);
    static const char switching[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    if (write(client->fd, switching, sizeof switching - 1) < 0) perror("write");
  }
  for (;;) {
    const unsigned char *bytes = (const unsigned char *)input + at;
    int left = client->length - at;
    if (left < 6) break;
    int length = bytes[1] & 127, header = 6;
    if (length == 126) {
      length = bytes[2] << 8 | bytes[3];
      header = 8;
    }
    if (left < header + length) break;
    take(client, input + at + header, (size_t)length); /* masked with zeros */
    at += header + length;
  }
  memmove(input, input + at, (size_t)(client->length - at));
  client->length -= at;
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1024) < 0) return 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("listening on %d\n", ntohs(address.sin_port));
  fflush(stdout);
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int count = epoll_wait(poll, events, 256, -1);
    for (int i = 0; i < count; i++) {
      struct client *client = events[i].data.ptr;
      if (client != NULL) {
        receive(client);
        continue;
      }
      int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
      if (fd < 0) continue;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      client = calloc(1, sizeof *client);
      client->fd = fd;
      client->place = -1;
      event.data.ptr = client;
      epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    }
    if (out_length == 0) continue;
    for (int i = 0; i < subscriber_count; i++)
      if (write(descriptors[i], out, out_length) < 0) perror("write");
    out_length = 0;
  }
}
