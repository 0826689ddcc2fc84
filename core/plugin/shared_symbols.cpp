#include "plugin/shared_symbols.h"

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <optional>

namespace sluice {
namespace {

// A copy of the T at `offset`, if it is all there.
template <class T>
std::optional<T> read(std::string_view object, std::uint64_t offset) {
  if (offset > object.size() || object.size() - offset < sizeof(T)) return std::nullopt;
  T out;
  std::memcpy(&out, object.data() + offset, sizeof out);
  return out;
}

std::string_view text_at(std::string_view object, std::uint64_t offset) {
  if (offset >= object.size()) return {};
  auto rest = object.substr(offset);
  auto end = rest.find('\0');
  return end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
}

// Namespaces std and __gnu_cxx, and the guards of their statics: one copy per process is what they want.
bool is_standard(std::string_view name) {
  for (auto prefix : {"_ZNSt", "_ZNKSt", "_ZSt", "_ZZNSt", "_ZZNKSt", "_ZZSt", "_ZGVNSt", "_ZGVZNSt",
                      "_ZGVZNKSt", "_ZN9__gnu_cxx", "_ZNK9__gnu_cxx", "_ZZN9__gnu_cxx", "_ZGVN9__gnu_cxx"})
    if (name.starts_with(prefix)) return true;
  return false;
}

void add_table(std::string_view object, const Elf64_Shdr& table, std::uint64_t names,
               std::vector<std::string>& found) {
  for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.sh_size; at += sizeof(Elf64_Sym)) {
    auto symbol = read<Elf64_Sym>(object, table.sh_offset + at);
    if (!symbol) return;
    if (ELF64_ST_BIND(symbol->st_info) != STB_GNU_UNIQUE || symbol->st_shndx == SHN_UNDEF) continue;
    auto name = text_at(object, names + symbol->st_name);
    if (!name.empty() && !is_standard(name)) found.emplace_back(name);
  }
}

}  // namespace

std::vector<std::string> shared_symbols(std::string_view object) {
  std::vector<std::string> found;
  auto header = read<Elf64_Ehdr>(object, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
    return found;
  auto section = [&](std::uint64_t index) {
    return index < header->e_shnum ? read<Elf64_Shdr>(object, header->e_shoff + index * sizeof(Elf64_Shdr))
                                   : std::nullopt;
  };
  for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
    auto table = section(i);
    if (!table || table->sh_type != SHT_DYNSYM) continue;
    if (auto names = section(table->sh_link)) add_table(object, *table, names->sh_offset, found);
  }
  return found;
}

}  // namespace sluice
