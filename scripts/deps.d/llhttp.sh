# shellcheck shell=bash
# The Debian 13 package's header and static library; the shared object stays behind.
piece_llhttp() {
  private_apt download libllhttp-dev
  dpkg-deb -x libllhttp-dev_*.deb deb
  mkdir -p root/include root/lib
  cp deb/usr/include/llhttp.h root/include/
  cp deb/usr/lib/*/libllhttp.a root/lib/
  dpkg-deb -f libllhttp-dev_*.deb Version >version
  describe_library llhttp libllhttp llhttp '' ''
  cat >try.c <<'C'
#include <llhttp.h>
#include <string.h>
int main(void) {
  llhttp_settings_t settings;
  llhttp_t parser;
  const char* request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  llhttp_settings_init(&settings);
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  return llhttp_execute(&parser, request, strlen(request)) != HPE_OK || LLHTTP_VERSION_MAJOR != 9;
}
C
  gcc -fPIE -pie -Iroot/include try.c root/lib/libllhttp.a -o try
  ./try
}
