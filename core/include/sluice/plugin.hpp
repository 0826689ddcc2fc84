// Writing a plugin in C++ (20 or later): a class, a macro, nothing to link.
//
//   #include <sluice/plugin.hpp>
//   namespace {
//   class Hello {
//    public:
//     explicit Hello(const sluice::Create&) {}
//     void on_response(sluice::Exchange ex) { ex.response().set("X-Hello", "world"); }
//   };
//   }  // namespace
//   SLUICE_PLUGIN(Hello, "hello")
//
//   g++ -std=c++20 -O2 -shared -fPIC -fvisibility=hidden hello.cpp -o hello.so
//
// The class: one object per use and snapshot, made by Class(const Create&), or by Class() if it has no such constructor; shared
// by all workers (lock what changes, or see Worker). Its public hooks, all optional, are called by name:
//   on_connect on_request on_route on_balance on_upstream_request on_response on_error on_log   (Exchange)
//   on_request_body on_response_body                                                            (Exchange, Chunk)
// Each returns void (go on), Verdict, Task<> or Task<Verdict> (see cpp/task.hpp). An exception that leaves a hook fails it with
// its text; out of the constructor it refuses the configuration.
// Static members, all optional: `keys` and `route_keys` (arrays made with sluice::key), `summary`, `version`,
// `guards`, `routes`, `libraries`, `repeatable`, `observes` (see abi.h).
// `std::uint32_t wants() const` chooses hooks per use, as in abi.h. A nested class `Worker` with Worker(Class&, uint32_t number)
// has the hooks instead of the class: one object per worker thread, no locks.
#ifndef SLUICE_PLUGIN_HPP
#define SLUICE_PLUGIN_HPP

#include <sluice/cpp/config.hpp>
#include <sluice/cpp/exchange.hpp>
#include <sluice/cpp/host.hpp>
#include <sluice/cpp/log.hpp>
#include <sluice/cpp/task.hpp>

#include <cstdint>
#include <exception>
#include <iterator>
#include <string>
#include <type_traits>

namespace sluice SLUICE_HIDDEN {
namespace detail {

template <class T>
constexpr bool is_task = false;
template <class T>
constexpr bool is_task<Task<T>> = true;

// Set while the object is loaded, before its entry runs, when any of its hooks is a coroutine.
inline bool has_coroutines = false;
template <class Hook>
struct Coroutine {
  static inline const bool mark = has_coroutines = true;
};

// Nothing a hook throws crosses the ABI.
template <class Call>
sluice_verdict guarded(sluice_exchange* ex, Call call) noexcept {
  std::string reason;
  try {
    using Result = decltype(call());
    if constexpr (std::is_void_v<Result>) {
      call();
      return SLUICE_CONTINUE;
    } else if constexpr (is_task<Result>) {
      static_cast<void>(&Coroutine<Call>::mark);
      return start(ex, call());
    } else {
      return static_cast<sluice_verdict>(call());
    }
  } catch (const std::exception& fault) {
    reason = fault.what();
  } catch (...) {
    reason = "an exception that is no std::exception";
  }
  exchange_api().fail_reason(ex, reason.data(), reason.size());
  return SLUICE_FAIL;
}

// Hooks are found by name, so that one with a wrong signature does not compile instead of never being called.
template <class T>
constexpr sluice_hooks make_hooks() {
  sluice_hooks hooks{};
  hooks.size = sizeof hooks;
  if constexpr (requires { &T::on_connect; })
    hooks.on_connect = [](sluice_exchange* ex, void* self) {
      return guarded(ex, [&] { return static_cast<T*>(self)->on_connect(Exchange(ex)); });
    };
  if constexpr (requires { &T::on_request; })
    hooks.on_request = [](sluice_exchange* ex, void* self) {
      return guarded(ex, [&] { return static_cast<T*>(self)->on_request(Exchange(ex)); });
    };
  if constexpr (requires { &T::on_request_body; })
    hooks.on_request_body = [](sluice_exchange* ex, void* self, const sluice_chunk* chunk) {
      return guarded(ex, [&] { return static_cast<T*>(self)->on_request_body(Exchange(ex), Chunk(chunk)); });
    };
  if constexpr (requires { &T::on_route; })
    hooks.on_route = [](sluice_exchange* ex, void* self) {
      return guarded(ex, [&] { return static_cast<T*>(self)->on_route(Exchange(ex)); });
    };
  if constexpr (requires { &T::on_balance; })
    hooks.on_balance = [](sluice_exchange* ex, void* self) {
      return guarded(ex, [&] { return static_cast<T*>(self)->on_balance(Exchange(ex)); });
    };
  if constexpr (requires { &T::on_upstream_request; })
    hooks.on_upstream_request = [](sluice_exchange* ex, void* self) {
      return guarded(ex, [&] { return static_cast<T*>(self)->on_upstream_request(Exchange(ex)); });
    };
  if constexpr (requires { &T::on_response; })
    hooks.on_response = [](sluice_exchange* ex, void* self) {
      return guarded(ex, [&] { return static_cast<T*>(self)->on_response(Exchange(ex)); });
    };
  if constexpr (requires { &T::on_response_body; })
    hooks.on_response_body = [](sluice_exchange* ex, void* self, const sluice_chunk* chunk) {
      return guarded(ex, [&] { return static_cast<T*>(self)->on_response_body(Exchange(ex), Chunk(chunk)); });
    };
  if constexpr (requires { &T::on_error; })
    hooks.on_error = [](sluice_exchange* ex, void* self) {
      return guarded(ex, [&] { return static_cast<T*>(self)->on_error(Exchange(ex)); });
    };
  if constexpr (requires { &T::on_log; })
    hooks.on_log = [](sluice_exchange* ex, void* self) {
      return guarded(ex, [&] { return static_cast<T*>(self)->on_log(Exchange(ex)); });
    };
  return hooks;
}

// Runs what makes an object; null, and a problem in the configuration, for what it throws.
template <class Make>
void* made(const sluice_config* place, Make make) noexcept {
  const sluice_config* at = place;
  std::string text;
  try {
    return make();
  } catch (const ConfigError& fault) {
    if (fault.node()) at = fault.node();
    text = fault.what();
  } catch (const std::exception& fault) {
    text = fault.what();
  } catch (...) {
    text = "an exception that is no std::exception";
  }
  config_api().problem(at, text.data(), text.size());
  return nullptr;
}

// The object that has the hooks: T, or its Worker.
template <class T, class = void>
struct Parts {
  using Hooks = T;
  static void add_worker(sluice_plugin&) {}
};
template <class T>
struct Parts<T, std::void_t<typename T::Worker>> {
  using Hooks = typename T::Worker;
  static void add_worker(sluice_plugin& plugin) {
    plugin.create_worker = [](void* instance, std::uint32_t number) {
      return made(nullptr, [&]() -> void* { return new Hooks(*static_cast<T*>(instance), number); });
    };
    plugin.destroy_worker = [](void*, void* worker) {
      delete static_cast<Hooks*>(worker);
    };
  }
};

template <class T>
const sluice_plugin* entry(const sluice_host* given, const char* name) {
  using HookClass = typename Parts<T>::Hooks;
  static constexpr sluice_hooks hooks = make_hooks<HookClass>();
  static sluice_plugin plugin{};
  host = given;
  plugin_name = name;
  if (has_coroutines && !Run::reserve(given, name)) {
    log(SLUICE_ERROR, "all slots for plugins are taken");
    return nullptr;
  }
  plugin.size = sizeof plugin;
  plugin.abi_major = SLUICE_ABI_MAJOR;
  plugin.abi_minor = SLUICE_ABI_MINOR;
  plugin.name = name;
  plugin.key_size = sizeof(sluice_key);
  if constexpr (requires { T::version; }) plugin.version = T::version;
  if constexpr (requires { T::summary; }) plugin.summary = T::summary;
  if constexpr (requires { T::keys; }) {
    plugin.keys = std::data(T::keys);
    plugin.key_count = std::size(T::keys);
  }
  if constexpr (requires { T::route_keys; }) {
    plugin.route_keys = std::data(T::route_keys);
    plugin.route_key_count = std::size(T::route_keys);
  }
  if constexpr (requires { T::libraries; }) plugin.libraries = T::libraries;
  if constexpr (requires { T::repeatable; }) plugin.repeatable = T::repeatable;
  if constexpr (requires { T::observes; }) plugin.observes = T::observes;
  if constexpr (requires { T::guards; }) plugin.guards = T::guards;
  if constexpr (requires { T::routes; }) plugin.routes = T::routes;
  if constexpr (requires(const T& t) { t.wants(); })
    plugin.wants = [](void* instance) -> std::uint32_t {
      return static_cast<const T*>(instance)->wants();
    };
  plugin.create = [](const sluice_create* args) {
    return made(args->config, [&]() -> void* {
      if constexpr (std::is_constructible_v<T, Create>)
        return new T(Create(args));
      else
        return new T();  // nothing to configure
    });
  };
  plugin.destroy = [](void* instance) {
    delete static_cast<T*>(instance);
  };
  Parts<T>::add_worker(plugin);
  plugin.hooks = &hooks;
  return &plugin;
}

}  // namespace detail
}  // namespace sluice SLUICE_HIDDEN

// The shared object's one symbol. Once, outside any namespace.
#define SLUICE_PLUGIN(Class, name)                                                  \
  SLUICE_EXPORT const sluice_plugin* sluice_plugin_entry(const sluice_host* host) { \
    return ::sluice::detail::entry<Class>(host, name);                              \
  }

#endif
