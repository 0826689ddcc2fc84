#include "upstream/discovery/json_tree.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <limits>
#include <vector>

#include "config/nesting.h"

namespace sluice {
namespace {

using config::Node;

// The library's events do not say where in the text they are, so the text is read through an iterator that counts: what has been
// read when an event comes ends with its token, and a token begins behind the end of the one before.
class CountingIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char* begin, std::size_t* read)
      : at_(at), begin_(begin), read_(read) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    *read_ = std::max(*read_, static_cast<std::size_t>(at_ - begin_));
    return *this;
  }
  CountingIterator operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char* begin_;
  std::size_t* read_;
};

class Builder {
 public:
  Builder(std::string_view text, const std::string& file, const std::size_t& read)
      : text_(text), file_(file), read_(read), tree_(std::make_shared<config::Tree>(file)) {}

  // ---- the library's events; false stops it ----
  bool null() { return refuse(begin_token(), "null is no value here; leave the key out"); }
  bool boolean(bool value) {
    make(SLUICE_NODE_BOOL)->boolean = value;
    return true;
  }
  bool number_integer(std::int64_t value) {
    make(SLUICE_NODE_INT, kNumber)->integer = value;
    return true;
  }
  bool number_unsigned(std::uint64_t value) {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return number_integer(static_cast<std::int64_t>(value));
    make(SLUICE_NODE_FLOAT, kNumber)->floating = static_cast<double>(value);
    return true;
  }
  bool number_float(double value, const std::string&) {
    make(SLUICE_NODE_FLOAT, kNumber)->floating = value;
    return true;
  }
  bool string(std::string& value) {
    make(SLUICE_NODE_STRING)->text = tree_->copy(value);
    return true;
  }
  bool binary(std::vector<std::uint8_t>&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return open(SLUICE_NODE_TABLE); }
  bool start_array(std::size_t) { return open(SLUICE_NODE_LIST); }
  bool key(std::string& value) {
    const auto at = begin_token();
    end_token();
    const auto [line, column] = place(at);
    for (const auto& each : open_.back().entries)
      if (each.key == value)
        return refuse(
            at, fmt::format("key {} stands twice; the first is at line {}", config::quote(value), each.line));
    open_.back().entries.push_back({tree_->copy(value), nullptr, line, column});
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& fault) {
    std::string_view message = fault.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while ..."
    if (const auto colon = message.find(": "); colon != message.npos) message.remove_prefix(colon + 2);
    return refuse(position == 0 ? 0 : position - 1, std::string(message));
  }

  std::expected<JsonTree, config::Problems> result() {
    if (!problems_.empty()) return std::unexpected(std::move(problems_));
    return JsonTree{tree_, root_};
  }

 private:
  // A number ends only where another byte is seen.
  static constexpr std::size_t kNumber = 1;

  struct Open {
    Node* node;
    std::vector<config::Entry> entries;
  };

  // Where the token of this event begins.
  std::size_t begin_token() const {
    const auto at = text_.find_first_not_of(" \t\r\n,:", end_);
    return std::min(at, text_.size());
  }
  void end_token(std::size_t ahead = 0) { end_ = read_ < ahead ? 0 : read_ - ahead; }

  // Lines and columns of growing offsets: each byte is looked at once.
  std::pair<std::uint32_t, std::uint32_t> place(std::size_t offset) {
    offset = std::min(offset, text_.size());
    if (offset < counted_) counted_ = 0, line_ = 1, line_begin_ = 0;
    for (; counted_ < offset; ++counted_)
      if (text_[counted_] == '\n') {
        ++line_;
        line_begin_ = counted_ + 1;
      }
    return {line_, static_cast<std::uint32_t>(offset - line_begin_ + 1)};
  }

  bool refuse(std::size_t offset, std::string message) {
    const auto [line, column] = place(offset);
    problems_.add(config::Problem{file_, line, column, {}, std::move(message)});
    return false;
  }

  Node* make(sluice_node_type type, std::size_t ahead = 0) {
    const auto [line, column] = place(begin_token());
    end_token(ahead);
    auto* node = tree_->make(type, line, column);
    if (open_.empty()) {
      root_ = node;
    } else if (auto& entries = open_.back().entries; open_.back().node->type == SLUICE_NODE_TABLE) {
      entries.back().node = node;
    } else {
      entries.push_back({{}, node, line, column});
    }
    return node;
  }

  bool open(sluice_node_type type) {
    if (open_.size() == config::kDeepest)
      return refuse(begin_token(),
                    fmt::format("objects and arrays are nested deeper than {} levels", config::kDeepest));
    auto* node = make(type);
    open_.push_back({node, {}});
    return true;
  }

  bool close() {
    end_token();
    auto done = std::move(open_.back());
    open_.pop_back();
    auto entries = tree_->make_entries(done.entries.size());
    std::ranges::copy(done.entries, entries.begin());
    done.node->entries = entries;
    return true;
  }

  std::string_view text_;
  const std::string& file_;
  const std::size_t& read_;
  std::size_t end_ = 0;  // of the token before
  std::size_t counted_ = 0, line_begin_ = 0;
  std::uint32_t line_ = 1;
  std::shared_ptr<config::Tree> tree_;
  const Node* root_ = nullptr;
  std::vector<Open> open_;
  config::Problems problems_;
};

}  // namespace

std::expected<JsonTree, config::Problems> parse_json(std::string_view text, const std::string& file) {
  std::size_t read = 0;
  Builder builder(text, file, read);
  const auto* begin = text.data();
  const auto* end = begin + text.size();
  nlohmann::json::sax_parse(CountingIterator(begin, begin, &read), CountingIterator(end, begin, &read),
                            &builder);
  return builder.result();
}

}  // namespace sluice
