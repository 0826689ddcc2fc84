/* The floor: bytes relayed both ways by libuv, nothing parsed, one upstream connection per client connection.
 *   relay PORT ORIGIN_PORT
 */
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

struct half {
  uv_tcp_t tcp;
  struct half* other;
  int closed;
};
struct out {
  uv_write_t request;
  uv_buf_t buffer;
};
static char shared[65536]; /* one read buffer for all: what the socket does not take at once is copied */
static struct sockaddr_in origin;

static void on_closed(uv_handle_t* handle) { free(handle->data); }
static void shut(struct half* h) {
  if (h->other) h->other->other = NULL;
  struct half* other = h->other;
  h->other = NULL;
  if (!uv_is_closing((uv_handle_t*)&h->tcp)) uv_close((uv_handle_t*)&h->tcp, on_closed);
  if (other) shut(other);
}
static void on_alloc(uv_handle_t* h, size_t size, uv_buf_t* b) {
  (void)h, (void)size;
  *b = uv_buf_init(shared, sizeof shared);
}
static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);
static void on_written(uv_write_t* request, int status) {
  struct half* to = request->handle->data;
  if (status == 0 && to->other) uv_read_start((uv_stream_t*)&to->other->tcp, on_alloc, on_read);
  free(request);
}
static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  struct half* from = stream->data;
  if (size < 0 || !from->other) return shut(from);
  uv_buf_t piece = uv_buf_init(buffer->base, (unsigned)size);
  int sent = uv_try_write((uv_stream_t*)&from->other->tcp, &piece, 1);
  if (sent < 0) sent = 0;
  if (sent == size) return;
  struct out* out = malloc(sizeof *out + (size_t)(size - sent));
  out->buffer = uv_buf_init((char*)(out + 1), (unsigned)(size - sent));
  __builtin_memcpy(out->buffer.base, buffer->base + sent, (size_t)(size - sent));
  uv_read_stop(stream);
  uv_write(&out->request, (uv_stream_t*)&from->other->tcp, &out->buffer, 1, on_written);
}
static void on_connected(uv_connect_t* request, int status) {
  struct half* up = request->handle->data;
  free(request);
  if (status != 0 || !up->other) return shut(up);
  uv_read_start((uv_stream_t*)&up->tcp, on_alloc, on_read);
  uv_read_start((uv_stream_t*)&up->other->tcp, on_alloc, on_read);
}
static struct half* make(uv_loop_t* loop) {
  struct half* h = calloc(1, sizeof *h);
  uv_tcp_init(loop, &h->tcp);
  return h->tcp.data = h;
}
static void on_client(uv_stream_t* server, int status) {
  if (status != 0) return;
  struct half *down = make(server->loop), *up = make(server->loop);
  down->other = up, up->other = down;
  if (uv_accept(server, (uv_stream_t*)&down->tcp) != 0) return shut(down);
  uv_tcp_nodelay(&down->tcp, 1), uv_tcp_nodelay(&up->tcp, 1);
  uv_tcp_connect(malloc(sizeof(uv_connect_t)), &up->tcp, (struct sockaddr*)&origin, on_connected);
}
int main(int argc, char** argv) {
  struct sockaddr_in address;
  uv_tcp_t server;
  if (argc != 3) return 2;
  signal(SIGPIPE, SIG_IGN);
  uv_ip4_addr("127.0.0.1", atoi(argv[1]), &address), uv_ip4_addr("127.0.0.1", atoi(argv[2]), &origin);
  uv_tcp_init(uv_default_loop(), &server);
  if (uv_tcp_bind(&server, (struct sockaddr*)&address, 0) ||
      uv_listen((uv_stream_t*)&server, 4096, on_client))
    return 1;
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
