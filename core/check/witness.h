// What the plugin does, written down: its calls of the host's tables, its tokens, slots and timers, and every rule that it
// breaks. The tables given to the plugin (watched_host.h) and the hooks put before its own (watched_hooks.h) report here.
//
//   plugin --watched tables--> Witness --may it?--> the real host        a broken rule becomes a Fault, the call is refused
//
// One per process, as the ABI's functions carry nothing that leads back to it. Thread-safe: a plugin may have threads.
#pragma once

#include <sluice/exchange.h>

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::check {

class Clockwork;

struct Fault {
  bool is_grave = true;  // false: a warning
  std::string text;
  std::string remedy;
  int times = 1;
};

// How a wait that the plugin ends reaches the host.
enum class Delivery : std::uint8_t {
  direct,
  other_thread,  // from a thread that the plugin does not know
  held           // only at release_held(): in the tests after the exchange has ended
};

// A wait of the plugin's: what it gets for a sluice_token. Never freed, so that a token given back twice is known for one.
struct WatchedToken {
  sluice_token* real = nullptr;
  sluice_exchange* ex = nullptr;
  std::uint64_t exchange_number = 0;  // addresses come again
  sluice_phase phase = SLUICE_PHASES;
  bool given_back = false;
  // How; kept while held.
  enum class Way : std::uint8_t { resume, resume_with, drop } way = Way::drop;
  sluice_verdict verdict = SLUICE_FAIL;
  sluice_resume_fn fn = nullptr;
  void (*gone)(void*) = nullptr;
  void* user = nullptr;
};

// A call of a hook, or of a resume_with() function, that is under way on this thread.
struct HookCall {
  sluice_exchange* ex;
  sluice_phase phase;
  bool token_taken = false;
  bool said_why = false;   // fail_reason()
  bool is_resume = false;  // a resume_with() function
  HookCall* outer = nullptr;
};

// A verdict as the number that the plugin gave, which may be none of the enum's: as a sluice_verdict it must not be read.
int number_of(const sluice_verdict& verdict);

class Witness {
 public:
  static Witness& process();

  // ---- rules ----
  void fault(std::string text, std::string remedy);
  void warn(std::string text, std::string remedy);
  // All since the last call.
  std::vector<Fault> take_faults();
  bool has_faults();

  // ---- exchanges ----
  // `clockwork` has the timers of the worker that it runs on; it outlives the exchange.
  void begin_exchange(sluice_exchange* ex, Clockwork& clockwork);
  void end_exchange(sluice_exchange* ex);
  // Null for one that is over.
  Clockwork* clockwork_of(sluice_exchange* ex);
  // True when the plugin may call `what` for `ex` here and now; else the fault is noted.
  bool may_use(sluice_exchange* ex, std::string_view what);

  // ---- hooks ----
  // Brackets a call; `leave` judges the verdict. Both on the call's thread.
  void enter(HookCall& call);
  void leave(HookCall& call, int verdict);
  HookCall* current() const;
  // True for the verdicts that there are; else the fault is noted.
  bool is_verdict(int verdict, std::string_view where);

  // ---- waiting ----
  sluice_token* take_token(sluice_exchange* ex, sluice_token* real);
  // The token, now given back; null after the fault was noted when it is none or was given back before.
  WatchedToken* give_back(sluice_token* token, std::string_view what);
  // Tokens that the plugin has not given back.
  std::size_t open_tokens();
  // Where they were taken: "on_request, on_log"; empty: there are none.
  std::string open_token_phases();
  // True while a wait of that exchange's is not over.
  bool is_waiting(sluice_exchange* ex);
  void end_wait(WatchedToken& token);
  void forget_tokens();

  // ---- slots ----
  void allow_slots(bool allowed) { slots_allowed_ = allowed; }
  bool slots_allowed() const { return slots_allowed_; }
  void set_slot(sluice_exchange* ex, std::int32_t slot, void* value);
  // Brackets the call of a free function. False: that value was in no exchange's slot.
  bool begin_free(std::size_t slot, void* value);
  void end_free();
  // Values that were stored and not freed; 0 while any exchange lives.
  std::size_t unfreed_slots();

  // ---- counts since reset_counts() ----
  struct Counts {
    std::uint32_t hooks[SLUICE_PHASES] = {};
    std::uint32_t waits = 0;
    std::uint32_t slots_set = 0;
    std::uint32_t slots_freed = 0;
    std::uint32_t timers = 0;
    std::uint32_t calls() const;
  };
  Counts counts();
  void reset_counts();
  void count_timer();

  // ---- how waits are delivered ----
  Delivery delivery = Delivery::direct;
  void hold(WatchedToken& token);
  std::vector<WatchedToken*> take_held();

 private:
  struct Exchange {
    std::uint64_t number = 0;
    Clockwork* clockwork = nullptr;
    std::thread::id thread;
    int calls = 0;        // hooks and resume functions under way
    int open_tokens = 0;  // not given back
    int waits = 0;        // not over
    std::map<std::int32_t, void*> slots;
  };
  void add(bool is_grave, std::string text, std::string remedy);
  std::string refusal(sluice_exchange* ex, std::string_view what);
  Exchange* exchange_of(const WatchedToken& token);

  std::mutex lock_;
  std::vector<Fault> faults_;
  std::unordered_map<sluice_exchange*, Exchange> exchanges_;
  std::deque<WatchedToken> tokens_;
  std::unordered_map<const void*, WatchedToken*> by_handle_;
  std::vector<WatchedToken*> held_;
  std::map<std::pair<std::int32_t, void*>, int> stored_;  // in slots, by value: how often
  std::size_t open_tokens_ = 0;
  std::uint64_t exchanges_begun_ = 0;
  Counts counts_;
  bool slots_allowed_ = false;
};

}  // namespace sluice::check
