#include "upstream/discovery/endpoint_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <expected>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/log.h"
#include "config/fingerprint.h"
#include "net/timer.h"
#include "upstream/discovery/endpoint_text.h"
#include "upstream/discovery/folder_watch.h"

namespace sluice {
namespace {

constexpr std::uint64_t kLargestFile = 64u << 20;  // bytes: kMostEndpoints with every key take about 12 MiB
constexpr unsigned kPatientLooks = 20;     // quiet times that a file which never stops changing is waited for
constexpr std::size_t kShownProblems = 5;  // in the log, of one state of the file

struct Content {
  std::string text;
  FileMark mark;
};

// The file as it is, or why not. Opening does not wait for the other end of a pipe.
std::expected<Content, std::string> read_whole(const std::string& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::unexpected(fmt::format("{}: cannot be read: {}", file, std::strerror(errno)));
  struct Closing {
    int fd;
    ~Closing() { close(fd); }
  } const closing{fd};
  struct stat status{};
  if (fstat(fd, &status) != 0)
    return std::unexpected(fmt::format("{}: cannot be read: {}", file, std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) return std::unexpected(fmt::format("{}: is no regular file", file));
  if (static_cast<std::uint64_t>(status.st_size) > kLargestFile)
    return std::unexpected(fmt::format("{}: {} bytes are more than {}", file, status.st_size, kLargestFile));
  Content content{std::string(static_cast<std::size_t>(status.st_size), '\0'), FileMark::of(status)};
  std::size_t have = 0;
  while (have < content.text.size()) {
    const auto got = read(fd, content.text.data() + have, content.text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(fmt::format("{}: cannot be read: {}", file, std::strerror(errno)));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  content.text.resize(have);
  return content;
}

std::string message_of(const config::Problems& problems) {
  std::string text;
  const auto& list = problems.list();
  for (std::size_t i = 0; i < std::min(list.size(), kShownProblems); ++i)
    text += (text.empty() ? "" : "; ") + list[i].text();
  if (list.size() > kShownProblems)
    text += fmt::format("; and {} more mistakes", list.size() - kShownProblems);
  return text;
}

std::uint64_t unix_ms() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

// event or look -> (quiet for a while) -> is it another file, or another content? -> parse -> tell
class EndpointFile final : public Source {
 public:
  EndpointFile(Loop& loop, std::filesystem::path file, SourceSink& sink, EndpointFileSettings settings)
      : loop_(loop), file_(file.string()), sink_(sink), settings_(settings) {
    syntax_ =
        ascii::iequals(file.extension().string(), ".json") ? EndpointSyntax::json : EndpointSyntax::toml;
    std::error_code ignored;
    folder_ = std::filesystem::absolute(file, ignored).parent_path().string();
    name_ = file.filename().string();
    status_.what = "file " + file_;
    read_in(std::chrono::milliseconds{0});
    look_later();
  }
  ~EndpointFile() override { timers_.cancel_all(); }

  Status status() const override { return status_; }

 private:
  static void on_change(void* arg, const char* entry) {
    auto& self = *static_cast<EndpointFile*>(arg);
    self.changed(entry == nullptr || entry == self.name_ || entry == self.real_name_);
  }

  // Something happened in a folder. Each event puts the reading off, but not for ever.
  void changed(bool is_ours) {
    is_due_ = is_due_ || is_ours;
    if (reading_ != nullptr) {
      if (++put_off_ > kPatientLooks) return;
      std::exchange(reading_, nullptr)->cancel();
    }
    read_in(settings_.quiet);
  }

  void read_in(std::chrono::milliseconds wait) {
    reading_ = Timer::start(
        loop_, static_cast<std::uint64_t>(wait.count()),
        [](void* arg) {
          auto& self = *static_cast<EndpointFile*>(arg);
          self.reading_ = nullptr;
          self.put_off_ = 0;
          self.read();
        },
        this, &timers_);
  }

  void look_later() {
    Timer::start(
        loop_, static_cast<std::uint64_t>(settings_.look.count()),
        [](void* arg) {
          auto& self = *static_cast<EndpointFile*>(arg);
          self.look_later();
          self.follow();
          if (self.reading_ == nullptr && FileMark::of(self.file_) != self.mark_)
            self.read_in(self.settings_.quiet);
        },
        this, &timers_);
  }

  // Watches the folder of the name, in which files and links are renamed, and that of the file itself where a link leads there.
  void follow() {
    if (!settings_.notify) return;
    by_name_.follow(folder_);
    std::error_code fault;
    const auto real = std::filesystem::canonical(file_, fault);
    const auto folder = real.parent_path().string();
    real_name_ = real.filename().string();
    by_link_.follow(fault || folder == folder_ ? std::string() : folder);
  }

  void read() {
    follow();  // first: what changes after this is told
    // Of others in the folder. Where the file itself was named it is read: it may have changed twice in one tick of its clock.
    if (!std::exchange(is_due_, false) && content_ && FileMark::of(file_) == mark_) return;
    auto content = read_whole(file_);
    if (!content) {
      mark_ = FileMark::of(file_);
      content_.reset();
      return fail(std::move(content.error()));
    }
    // Somebody is at it: what was read may be half of two states.
    if (FileMark::of(file_) != content->mark) {
      if (++unsteady_ <= kPatientLooks) return read_in(settings_.quiet);
      log::debug("discovery: {}: changes all the time", status_.what);
    }
    unsteady_ = 0;
    mark_ = content->mark;
    const auto print = config::fingerprint(content->text);
    if (content_ == print) return;
    content_ = print;
    auto found = parse_endpoints(content->text, syntax_, file_);
    if (!found) return fail(message_of(found.error()));
    succeed(std::move(*found));
  }

  void fail(std::string error) {
    if (error == status_.error) return;
    status_.error = std::move(error);
    log::warn("discovery: {}; {}", status_.error,
              status_.found == 0 ? "no endpoints are known from it"
                                 : fmt::format("its last {} endpoints stay", status_.found));
  }

  // Last in whatever calls it: the sink may end the source.
  void succeed(std::vector<Found>&& found) {
    if (!status_.error.empty()) log::info("discovery: {}: is good again", status_.what);
    status_.error.clear();
    status_.good_at_ms = unix_ms();
    if (has_told_ && found == found_) return;
    has_told_ = true;
    found_ = std::move(found);
    status_.found = found_.size();
    const auto told = found_;
    sink_.on_found(*this, told);
  }

  Loop& loop_;
  std::string file_, folder_, name_, real_name_;
  SourceSink& sink_;
  EndpointFileSettings settings_;
  EndpointSyntax syntax_ = EndpointSyntax::toml;
  TimerList timers_;
  Timer* reading_ = nullptr;
  bool is_due_ = false;  // an event has named the file
  unsigned put_off_ = 0, unsteady_ = 0;
  FolderWatch by_name_{loop_, on_change, this};
  FolderWatch by_link_{loop_, on_change, this};
  FileMark mark_;                               // of what was last read
  std::optional<config::Fingerprint> content_;  // that was last parsed
  std::vector<Found> found_;
  bool has_told_ = false;
  Status status_;
};

}  // namespace

std::unique_ptr<Source> watch_endpoint_file(Loop& loop, std::filesystem::path file, SourceSink& sink,
                                            EndpointFileSettings settings) {
  return std::make_unique<EndpointFile>(loop, std::move(file), sink, settings);
}

}  // namespace sluice
