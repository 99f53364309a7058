// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify_report.h"

namespace binade::verify {

using Json = nlohmann::ordered_json;

namespace {

/// All keys, and no others.
Json object_of(Json properties) {
  Json names = Json::array();
  for (const auto& [name, says] : properties.items()) names.push_back(name);
  return {
      {"type", "object"}, {"additionalProperties", false}, {"required", std::move(names)}, {"properties", std::move(properties)}};
}
Json array_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }
Json or_null(Json says) { return {{"anyOf", {std::move(says), {{"type", "null"}}}}}; }

}  // namespace

Json report_schema() {
  const Json count{{"type", "integer"}, {"minimum", 0}}, text{{"type", "string"}}, words = array_of(text);
  const Json code{{"type", "string"}, {"description", "0x and hexadecimal digits, or the word of a value that has one"}};
  const Json counts{{"type", "object"}, {"additionalProperties", count}};
  const auto about = [](Json says, const char* description) {
    says["description"] = description;
    return says;
  };
  const Json mismatch = object_of({{"block", count},
                                   {"clock", about(count, "within the block, from 0")},
                                   {"port", about(text, "an output, or assertion")},
                                   {"expected", text},
                                   {"got", text},
                                   {"operands", or_null(text)},
                                   {"exact", or_null(about(text, "the exact value, where it was cut, which way it was rounded"))},
                                   {"remark", or_null(text)}});
  const Json bits = object_of({{"port", text}, {"lowest_bit", count}, {"mask", code}, {"value", code}});
  const Json codes = object_of(
      {{"port", text},
       {"codes",
        array_of({{"type", "array"}, {"prefixItems", {code, count}}, {"minItems", 2}, {"maxItems", 2}, {"items", false}})}});
  const Json failing = object_of(
      {{"vectors", about(count, "failing ones")},
       {"shared_bits", about(array_of(bits), "that every failing vector has, and not every vector")},
       {"vectors_with_them", or_null(about(count, "failing or not; null: not counted, above 2^24 vectors or without shared bits"))},
       {"classes", about(words, "that every failing vector is of")},
       {"ports", about(array_of(codes), "each code of inputs up to 16 bits with which vectors fail, and how many do")}});
  Json schema =
      object_of({{"schema", {{"const", "binade-verify-report"}}},
                 {"schema_version", {{"const", 1}}},
                 {"unit", text},
                 {"format", text},
                 {"accumulate", or_null(about(text, "the policy; null: the unit adds no products"))},
                 {"rounding", about(text, "the mode, or those of --rounding")},
                 {"module", text},
                 {"stimulus", text},
                 {"stalls", {{"enum", {"none", "bursty", "random"}}}},
                 {"seed", count},
                 {"vectors", count},
                 {"blocks", count},
                 {"cycles", count},
                 {"seconds", {{"type", "number"}, {"minimum", 0}}},
                 {"events", counts},
                 {"classes", about(counts, "how often each functional coverage class was hit")},
                 {"not_hit", about(words, "classes that were not")},
                 {"never_run", about(words, "classes that the module cannot show")},
                 {"complete", {{"type", "boolean"}}},
                 {"equal", {{"type", "boolean"}}},
                 {"failing_blocks", count},
                 {"mismatches", about(array_of(mismatch), "the first of each failing block, of as many as --failures says")},
                 {"failing", or_null(about(failing, "of an exhaustive run that went to its end"))},
                 {"mismatch_file", or_null(text)},
                 {"replay", or_null(text)},
                 {"unwritten", or_null(text)},
                 {"trouble", or_null(text)}});
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "What `binade verify --report-format json` prints (docs/verify.md)";
  return schema;
}

}  // namespace binade::verify
