#include "line.h"

#include "escape.h"

namespace access_log {
namespace {

constexpr std::string_view kCommon =
    R"({client} - - [{time_clf}] "{method} {target} {protocol}" {status} {response_bytes})";
constexpr std::string_view kCombined =
    R"({client} - - [{time_clf}] "{method} {target} {protocol}" {status} {response_bytes} )"
    R"("{request_header.Referer}" "{request_header.User-Agent}")";

// What a JSON line says when `fields` is not given.
constexpr std::string_view kUsual[] = {"time",        "request_id",    "client",
                                       "listener",    "method",        "host",
                                       "target",      "protocol",      "status",
                                       "origin",      "reason",        "plugin",
                                       "route",       "upstream",      "endpoint",
                                       "attempts",    "request_bytes", "response_bytes",
                                       "duration_ms", "first_byte_ms", "request_header.User-Agent",
                                       "notes"};

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json(out, text);
  return out;
}

// The nearest thing to a suggestion without a measure of words: everything there is.
std::string all_names() {
  std::string out;
  for (auto each : Field::names())
    out += std::string(each) + ", ";
  return out + "request_header.NAME, response_header.NAME, note.NAME";
}

Field field_named(sluice::Config where, std::string_view name) {
  auto field = Field::find(name);
  if (!field) where.refuse(in_quotes(name) + " is no field; there are " + all_names());
  return *field;
}

}  // namespace

Line Line::from(sluice::Config config) {
  Line line;
  auto format = config["format"];
  auto form = format.as_string();
  auto fields = config["fields"];
  line.is_json_ = form == "json";
  if (!line.is_json_ && fields.size() > 0)
    fields.refuse("goes with format = \"json\" only; other formats name their fields");
  if (form == "common") {
    line.add_template(format, kCommon);
  } else if (form == "combined") {
    line.add_template(format, kCombined);
  } else if (!line.is_json_) {
    if (form.find('{') == std::string_view::npos)
      format.refuse(in_quotes(form) +
                    " is no format; needs \"json\", \"common\", \"combined\" or a text with {fields}");
    line.add_template(format, form);
  } else if (fields.size() > 0) {
    for (std::size_t i = 0; i < fields.size(); ++i)
      line.add_json(fields.at(i));
  } else {
    for (auto name : kUsual) {
      auto field = *Field::find(name);
      line.pieces_.push_back({in_quotes(field.label) + ":", std::move(field)});
    }
  }
  return line;
}

// "status" or { field = "request_header.Referer", name = "from" }
void Line::add_json(sluice::Config element) {
  const auto* api = &sluice::detail::config_api();
  auto is_table = api->type(element.node()) == SLUICE_NODE_TABLE;
  auto source = is_table ? element["field"] : element;
  if (!source || (is_table && element.size() != (element["name"] ? 2u : 1u)))
    element.refuse("needs a field's name, or { field = \"...\", name = \"...\" }");
  auto field = field_named(source, source.as_string());
  auto label = is_table && element["name"] ? std::string(element["name"].as_string()) : field.label;
  auto before = in_quotes(label) + ":";
  for (const auto& each : pieces_)
    if (each.before == before)
      element.refuse(in_quotes(label) + " is there twice; give one of them another name");
  pieces_.push_back({std::move(before), std::move(field)});
}

// "{field}" stands for its value, "{{" and "}}" for braces.
void Line::add_template(sluice::Config where, std::string_view text) {
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto doubled = i + 1 < text.size() && text[i + 1] == text[i];
    if (text[i] == '\n' || text[i] == '\r') where.refuse("has a line break; one request is one line");
    if ((text[i] == '{' || text[i] == '}') && doubled) {
      literal += text[i++];
    } else if (text[i] == '{') {
      auto end = text.find('}', i);
      if (end == std::string_view::npos)
        where.refuse("has a \"{\" without its \"}\"; write \"{{\" for the character");
      pieces_.push_back({std::move(literal), field_named(where, text.substr(i + 1, end - i - 1))});
      literal.clear();
      i = end;
    } else if (text[i] == '}') {
      where.refuse("has a \"}\" without its \"{\"; write \"}}\" for the character");
    } else {
      literal += text[i];
    }
  }
  if (!literal.empty()) pieces_.push_back({std::move(literal), {}, false});
}

void Line::append(std::string& out, sluice::Exchange ex, Stamp& stamp) const {
  if (!is_json_) {
    for (const auto& piece : pieces_) {
      out += piece.before;
      if (piece.has_field && !piece.field.append(out, ex, stamp, false)) out += '-';
    }
    out += '\n';
    return;
  }
  // A field without a value leaves its key out.
  out += '{';
  auto begin = out.size();
  for (const auto& piece : pieces_) {
    auto before = out.size();
    if (before != begin) out += ',';
    out += piece.before;
    if (!piece.field.append(out, ex, stamp, true)) out.resize(before);
  }
  out += "}\n";
}

}  // namespace access_log
