// SPDX-License-Identifier: Apache-2.0
#include "sim/report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "sim/report/figures.h"
#include "sim/report/html_page.h"
#include "sim/report/page_parts.h"
#include "sim/report/svg.h"
#include "sim/report/version.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

/// What a double of the script holds exactly; larger integers are words.
constexpr std::uint64_t kExact = std::uint64_t{1} << 53;

/// Values as the script knows them: numbers, words, true and false.
Json of_script(const Json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > kExact) return value.dump();
  return value.is_primitive() ? value : Json(value.dump());
}

/// A column that has another value than its usual one in no more rows than one of these.
constexpr std::size_t kSeldom = 10;

/// A column in few bytes: one value for all rows, but for those that are listed; words with their places, -1 where there is none;
/// or a value a row.
Json compact(const PageColumn& column) {
  std::vector<Json> values;
  values.reserve(column.cells.size());
  bool is_text = true;
  for (const auto& cell : column.cells) {
    values.push_back(of_script(cell));
    is_text = is_text && (values.back().is_null() || values.back().is_string());
  }
  const auto told = std::find_if(values.begin(), values.end(), [](const Json& value) { return !value.is_null(); });
  const Json usual = told == values.end() ? Json() : *told;
  const auto others = values.size() - static_cast<std::size_t>(std::count(values.begin(), values.end(), usual));
  if (others * kSeldom <= values.size()) {
    Json but = Json::array();
    for (std::size_t row = 0; row < values.size(); ++row)
      if (values[row] != usual) but.push_back({row, values[row]});
    return {{"all", usual}, {"but", but}};
  }
  if (!is_text) return {{"values", values}};
  std::map<std::string, std::size_t> places;
  Json words = Json::array(), at = Json::array();
  for (const auto& value : values) {
    if (value.is_null()) {
      at.push_back(-1);
      continue;
    }
    const auto [place, fresh] = places.try_emplace(value.get<std::string>(), places.size());
    if (fresh) words.push_back(value);
    at.push_back(place->second);
  }
  return {{"words", words}, {"at", at}};
}

const char* role_word(PageRole role) {
  switch (role) {
    case PageRole::Word:
      return "word";
    case PageRole::Setting:
      return "setting";
    case PageRole::Figure:
      return "figure";
  }
  return "";
}

/// JSON that can stand in a script element: no `<` begins a tag there.
std::string data_text(const PageContent& content) {
  Json columns = Json::array();
  for (const auto& column : content.rows.columns()) {
    Json& facts = columns.emplace_back(Json{{"name", column.name}, {"role", role_word(column.role)}});
    if (!column.unit.empty()) facts["unit"] = column.unit;
    if (!column.meaning.empty()) facts["meaning"] = column.meaning;
    if (const auto error = content.rows.error_of(column.name); !error.empty()) facts["error"] = error;
    facts["cells"] = compact(column);
  }
  const Json data{{"rows", content.rows.count()},
                  {"columns", columns},
                  {"runs", content.runs},
                  {"trainings", content.trainings},
                  {"energy_note", content.energy_note},
                  {"better", content.better},
                  {"start", {{"x", content.x}, {"y", content.y}, {"log", content.log}}}};
  const std::string text = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  return safe;
}

}  // namespace

std::string to_html(const PageContent& content, const std::string& library) {
  std::string body =
      fmt::format("<header>\n<h1>{}</h1>\n<p>{} row{}; binade {}, revision {}</p>\n</header>\n", escaped(content.title),
                  grouped(content.rows.count()), content.rows.count() == 1 ? "" : "s", tool_version(), tool_revision());
  body +=
      "<section id=\"no-plots\" class=\"warning\" hidden><strong>No interactive plots.</strong> The plotting library was not at "
      "hand "
      "when this page was made (docs/report.md says how to get it): here are the table, and the plain charts below it.</section>\n"
      "<noscript><section class=\"warning\">Without JavaScript this page shows its plain tables and charts "
      "alone.</section></noscript>\n"
      "<div id=\"app\"></div>\n";
  if (!content.plain.empty())
    body += "<details id=\"plain\" open><summary>Plain tables and charts</summary>\n" + content.plain + "</details>\n";
  if (!library.empty()) body += "<script>" + library + "</script>\n";
  body += "<script type=\"application/json\" id=\"report-data\">" + data_text(content) + "</script>\n";
  body += fmt::format("<script>\n(() => {{\n{}}})();\n</script>\n", kPageScript);
  return html_page(content.title, body, fmt::format("<style>\n{}</style>\n", kPageStyle));
}

}  // namespace binade::sim
