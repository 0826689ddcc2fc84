// The search itself: backtracking by recursion where a pattern offers a choice, a loop where it does not.
#include "matcher.h"

#include <cstdint>
#include <cstring>
#include <utility>

namespace sluice::lua {

namespace {

// What LuaJIT calls a letter, a digit and so on: ASCII, whatever the locale.
enum : std::uint16_t {
  kControl = 1,
  kSpace = 2,
  kPunctuation = 4,
  kDigit = 8,
  kHex = 16,
  kUpper = 32,
  kLower = 64,
  kAlpha = kUpper | kLower,
  kAlnum = kAlpha | kDigit,
  kGraph = kAlnum | kPunctuation,
};

constexpr std::uint16_t traits_of(int c) {
  std::uint16_t traits = 0;
  if (c < 32 || c == 127) traits |= kControl;
  if ((c >= 9 && c <= 13) || c == ' ') traits |= kSpace;
  if (c >= '0' && c <= '9') traits |= kDigit | kHex;
  if (c >= 'A' && c <= 'Z') traits |= kUpper;
  if (c >= 'a' && c <= 'z') traits |= kLower;
  if ((c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f')) traits |= kHex;
  if (c > 32 && c < 127 && (traits & kAlnum) == 0) traits |= kPunctuation;
  return traits;
}

// The traits that a class's letter asks for; 0: no class but the character itself.
constexpr std::uint16_t traits_of_class(int letter) {
  switch (letter) {
    case 'a': return kAlpha;
    case 'c': return kControl;
    case 'd': return kDigit;
    case 'g': return kGraph;
    case 'l': return kLower;
    case 'p': return kPunctuation;
    case 's': return kSpace;
    case 'u': return kUpper;
    case 'w': return kAlnum;
    case 'x': return kHex;
    default: return 0;
  }
}

template <auto kTell>
constexpr auto kTable = [] {
  std::array<std::uint16_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    table[static_cast<std::size_t>(c)] = kTell(c);
  }
  return table;
}();

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

// Is `c` of the class %letter? A capital stands for the others.
bool in_class(unsigned char c, unsigned char letter) {
  unsigned char lower = letter | 0x20U;
  bool negated = lower != letter;
  if (std::uint16_t wanted = kTable<traits_of_class>[lower]; wanted != 0) {
    return ((kTable<traits_of>[c] & wanted) != 0) != negated;
  }
  if (lower == 'z') return (c == 0) != negated;
  return letter == c;
}

// Is `c` in the set from `at`, its '[', to `last`, its ']'?
bool in_set(unsigned char c, const char* at, const char* last) {
  bool negated = at[1] == '^';
  at += negated ? 2 : 1;
  while (at < last) {
    if (*at == '%') {
      if (in_class(c, byte(at[1]))) return !negated;
      at += 2;
    } else if (at[1] == '-' && at + 2 < last) {
      if (byte(at[0]) <= c && c <= byte(at[2])) return !negated;
      at += 3;
    } else {
      if (byte(*at) == c) return !negated;
      ++at;
    }
  }
  return negated;
}

}  // namespace

void Matcher::fail(const char* text) const {
  luaL_error(state_, "%s", text);
  std::unreachable();
}

void Matcher::give_up() const { fail("the CPU budget of this hook call is used up (cpu_budget)"); }

// The byte that every match of `pattern` begins with; -1: not a single one. Where the subject has another, match() need not
// be tried: it would look at this item alone, find it whole, and fail.
int Matcher::head_of(const char* pattern) {
  unsigned char head = byte(*pattern);
  const char* after = pattern + 1;
  if (head == '%') {
    head = byte(*after++);
    if ((kTable<traits_of>[head] & kPunctuation) == 0) return -1;
  } else if (std::string_view("^$()[.%").contains(*pattern) || head == 0) {
    return -1;
  }
  return *after == '*' || *after == '?' || *after == '-' ? -1 : head;
}

const char* Matcher::find(const char* from, const char* pattern, const char*& to) {
  int head = head_of(pattern);
  for (; from <= end_; ++from) {
    if (head >= 0) {
      from = static_cast<const char*>(std::memchr(from, head, static_cast<std::size_t>(end_ - from)));
      if (from == nullptr) return nullptr;
    }
    to = match_at(from, pattern);
    if (to != nullptr) return from;
  }
  return nullptr;
}

// Behind the single item (a character, a class or a set) that begins at `item`.
const char* Matcher::after_item(const char* item) {
  if (*item == '%') {
    if (item[1] == '\0') fail("malformed pattern (ends with '%')");
    return item + 2;
  }
  if (*item != '[') return item + 1;
  const char* at = item + (item[1] == '^' ? 2 : 1);
  // A ']' that comes first is of the set.
  do {
    if (*at == '\0') fail("malformed pattern (missing ']')");
    at += *at == '%' && at[1] != '\0' ? 2 : 1;
  } while (*at != ']');
  return at + 1;
}

bool Matcher::item_matches(const char* at, const char* item, const char* after) const {
  if (at == end_) return false;
  switch (*item) {
    case '.': return true;
    case '%': return in_class(byte(*at), byte(item[1]));
    case '[': return in_set(byte(*at), item, after - 1);
    default: return *item == *at;
  }
}

bool Matcher::at_frontier(const char* at, const char* set, const char* after) const {
  unsigned char before = at == begin_ ? 0 : byte(at[-1]);
  unsigned char behind = at == end_ ? 0 : byte(*at);
  return !in_set(before, set, after - 1) && in_set(behind, set, after - 1);
}

// Behind the balanced text at `at`; null where there is none.
const char* Matcher::balanced(const char* at, const char* delimiters) {
  if (delimiters[0] == '\0' || delimiters[1] == '\0') fail("unbalanced pattern");
  if (at == end_ || *at != delimiters[0]) return nullptr;
  std::size_t depth = 1;
  while (++at < end_) {
    if (*at == delimiters[1]) {
      if (--depth == 0) return at + 1;
    } else if (*at == delimiters[0]) {
      ++depth;
    }
  }
  return nullptr;
}

// Behind another copy of capture %digit at `at`; null where there is none.
const char* Matcher::repeat_of(const char* at, char digit) {
  int index = digit - '1';
  if (index < 0 || index >= count_ || captures_[static_cast<std::size_t>(index)].size == kOpen)
    fail("invalid capture index");
  const Capture& capture = captures_[static_cast<std::size_t>(index)];
  if (capture.size == kPosition || end_ - at < capture.size) return nullptr;
  auto size = static_cast<std::size_t>(capture.size);
  return std::memcmp(capture.at, at, size) == 0 ? at + size : nullptr;
}

const char* Matcher::open(const char* at, const char* pattern, std::ptrdiff_t kind) {
  if (count_ == kMaxCaptures) fail("too many captures");
  captures_[static_cast<std::size_t>(count_++)] = {at, kind};
  const char* to = match(at, pattern);
  if (to == nullptr) --count_;
  return to;
}

const char* Matcher::close(const char* at, const char* pattern) {
  int index = count_ - 1;
  while (index >= 0 && captures_[static_cast<std::size_t>(index)].size != kOpen) {
    --index;
  }
  if (index < 0) fail("invalid pattern capture");
  Capture& capture = captures_[static_cast<std::size_t>(index)];
  capture.size = at - capture.at;
  const char* to = match(at, pattern);
  if (to == nullptr) capture.size = kOpen;
  return to;
}

// How many of the item stand at `at`. Only sets can be long enough for a look in between.
std::ptrdiff_t Matcher::count_of(const char* at, const char* item, const char* after) const {
  const char* to = at;
  if (*item == '.') {
    to = end_;
  } else if (*item == '[') {
    for (; to < end_ && in_set(byte(*to), item, after - 1); ++to) {
      look();
    }
  } else if (*item == '%') {
    while (to < end_ && in_class(byte(*to), byte(item[1]))) {
      ++to;
    }
  } else {
    while (to < end_ && *to == *item) {
      ++to;
    }
  }
  return to - at;
}

// item* : as many as there are, then fewer and fewer until the rest matches.
const char* Matcher::most(const char* at, const char* item, const char* after) {
  int head = head_of(after + 1);
  for (std::ptrdiff_t count = count_of(at, item, after); count >= 0; --count) {
    const char* from = at + count;
    if (head >= 0 && (from == end_ || byte(*from) != head)) continue;
    if (const char* to = match(from, after + 1); to != nullptr) return to;
  }
  return nullptr;
}

// item- : as few as possible.
const char* Matcher::fewest(const char* at, const char* item, const char* after) {
  int head = head_of(after + 1);
  while (true) {
    look();
    if (head < 0 || (at < end_ && byte(*at) == head)) {
      if (const char* to = match(at, after + 1); to != nullptr) return to;
    }
    if (!item_matches(at, item, after)) return nullptr;
    ++at;
  }
}

// %b, %f and %1 to %9 at the head of `pattern`: moves both on; `at` becomes null where they do not match. False: another item.
bool Matcher::pass_special(const char*& at, const char*& pattern) {
  char what = pattern[1];
  if (what == 'b') {
    at = balanced(at, pattern + 2);
    pattern += 4;
    return true;
  }
  if (what == 'f') {
    const char* set = pattern + 2;
    if (*set != '[') fail("missing '[' after '%f' in pattern");
    pattern = after_item(set);
    if (!at_frontier(at, set, pattern)) at = nullptr;
    return true;
  }
  if (what < '0' || what > '9') return false;
  at = repeat_of(at, what);
  pattern += 2;
  return true;
}

// What decides about the rest of the pattern by itself: a capture, or an item that repeats.
const char* Matcher::match_choice(const char* at, const char* item, const char* after) {
  if (*after == '*') return most(at, item, after);
  if (*after == '-') return fewest(at, item, after);
  return item_matches(at, item, after) ? most(at + 1, item, after) : nullptr;
}

[[gnu::always_inline]] inline const char* Matcher::match_rest(const char* at, const char* pattern) {
  while (*pattern != '\0') {
    if (*pattern == '(')
      return pattern[1] == ')' ? open(at, pattern + 2, kPosition) : open(at, pattern + 1, kOpen);
    if (*pattern == ')') return close(at, pattern + 1);
    if (*pattern == '$' && pattern[1] == '\0') return at == end_ ? at : nullptr;
    if (*pattern == '%' && pass_special(at, pattern)) {
      if (at == nullptr) return nullptr;
      continue;
    }
    const char* after = after_item(pattern);
    if (*after == '*' || *after == '+' || *after == '-') return match_choice(at, pattern, after);
    bool one = item_matches(at, pattern, after);
    if (*after == '?') {
      const char* to = one ? match(at + 1, after + 1) : nullptr;
      if (to != nullptr) return to;
      pattern = after + 1;
      continue;
    }
    if (!one) return nullptr;
    ++at;
    pattern = after;
  }
  return at;
}

const char* Matcher::match(const char* at, const char* pattern) {
  look();
  if (++depth_ > kMaxDepth) fail("pattern too complex");
  const char* to = match_rest(at, pattern);
  --depth_;
  return to;
}

void Matcher::push_capture(int index, const char* from, const char* to) {
  if (index >= count_) {
    if (index != 0) fail("invalid capture index");
    lua_pushlstring(state_, from, static_cast<std::size_t>(to - from));
    return;
  }
  const Capture& capture = captures_[static_cast<std::size_t>(index)];
  if (capture.size == kOpen) fail("unfinished capture");
  if (capture.size == kPosition) {
    lua_pushinteger(state_, capture.at - begin_ + 1);
  } else {
    lua_pushlstring(state_, capture.at, static_cast<std::size_t>(capture.size));
  }
}

int Matcher::push_captures(const char* from, const char* to) {
  int count = count_ == 0 && from != nullptr ? 1 : count_;
  luaL_checkstack(state_, count, "too many captures");
  for (int i = 0; i < count; ++i) {
    push_capture(i, from, to);
  }
  return count;
}

}  // namespace sluice::lua
