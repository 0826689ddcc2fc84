// One search with a Lua pattern: from which places of the subject does the pattern match, and what are its captures.
//
// A pattern ends at its first NUL, as in LuaJIT; both texts are Lua strings and so have one behind them. Errors in the
// pattern raise (longjmp or unwinding through LuaJIT), so a Matcher owns nothing.
#pragma once

#include <lua.hpp>

#include <array>
#include <csignal>
#include <cstddef>
#include <string_view>

namespace sluice::lua {

class Matcher {
 public:
  Matcher(lua_State* state, std::string_view subject, const volatile std::sig_atomic_t* stop)
      : state_(state), stop_(stop), begin_(subject.data()), end_(begin_ + subject.size()) {}

  // Where a match that begins at `from` ends; null: none does. Forgets the captures of the match before.
  const char* match_at(const char* from, const char* pattern) {
    count_ = 0;
    depth_ = 0;
    return match(from, pattern);
  }
  // The first place from `from` on where the pattern matches, and in `to` where that match ends; null: none.
  const char* find(const char* from, const char* pattern, const char*& to);
  // Push capture `index`, from 0; the whole match from..to is number 0 of a pattern without captures.
  void push_capture(int index, const char* from, const char* to);
  // Push all; how many. A pattern without captures gives the whole match, or nothing where `from` is null.
  int push_captures(const char* from, const char* to);

  const char* begin() const { return begin_; }
  const char* end() const { return end_; }

 private:
  static constexpr int kMaxCaptures = 32;  // LUA_MAXCAPTURES
  static constexpr int kMaxDepth = 200;    // LuaJIT's LJ_MAX_XLEVELS
  static constexpr std::ptrdiff_t kOpen = -1;
  static constexpr std::ptrdiff_t kPosition = -2;

  struct Capture {
    const char* at;
    std::ptrdiff_t size;  // bytes, kOpen or kPosition
  };

  const char* match(const char* at, const char* pattern);
  const char* match_rest(const char* at, const char* pattern);
  const char* match_choice(const char* at, const char* item, const char* after);
  bool pass_special(const char*& at, const char*& pattern);
  std::ptrdiff_t count_of(const char* at, const char* item, const char* after) const;
  static int head_of(const char* pattern);
  const char* most(const char* at, const char* item, const char* after);
  const char* fewest(const char* at, const char* item, const char* after);
  const char* open(const char* at, const char* pattern, std::ptrdiff_t kind);
  const char* close(const char* at, const char* pattern);
  const char* balanced(const char* at, const char* delimiters);
  const char* repeat_of(const char* at, char digit);
  bool at_frontier(const char* at, const char* set, const char* after) const;
  bool item_matches(const char* at, const char* item, const char* after) const;
  const char* after_item(const char* item);
  void look() const {
    if (*stop_ != 0) [[unlikely]]
      give_up();
  }
  [[noreturn]] void give_up() const;
  [[noreturn]] void fail(const char* text) const;

  lua_State* state_;
  const volatile std::sig_atomic_t* stop_;
  const char* begin_;
  const char* end_;
  int depth_ = 0;
  int count_ = 0;
  std::array<Capture, kMaxCaptures> captures_;
};

}  // namespace sluice::lua
