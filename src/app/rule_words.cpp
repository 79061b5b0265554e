#include "app/rule_words.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>

namespace tocsin::app {
namespace {

constexpr std::size_t most_bytes = std::size_t{64} << 10;

Result<std::string> read_here(Invocation const& call, std::string const& name) {
    std::string text;
    if (name == "-") {
        text.resize(most_bytes + 1);
        text.resize(std::fread(text.data(), 1, text.size(), stdin));
    } else {
        std::ifstream in(call.path(name), std::ios::binary);
        if (!in) return fail(Code::io, fmt::format("{} cannot be read", call.path(name)));
        text.assign(std::istreambuf_iterator<char>(in), {});
    }
    if (text.size() > most_bytes) return fail(Code::limit, fmt::format("{}: more than {} bytes", name, most_bytes));
    return text;
}

}  // namespace

Result<notifications::Rules*> rules_of(Invocation const& call) {
    TRY(auto* const room, call.instance->notifications());
    return &room->rules();
}

Result<std::string> read_rule_file(Invocation const& call) {
    if (call.arguments.empty()) return std::string();
    return read_here(call, call.arguments[0]);
}

Result<std::string> read_campaign_texts(Invocation const& call) {
    if (!call.has("--texts")) return std::string();
    return read_here(call, call.get("--texts"));
}

Result<std::optional<int>> approval_option(Invocation const& call) {
    auto const word = call.get("--approval");
    if (word.empty()) return std::nullopt;
    if (word == "none") return 0;
    if (word == "one") return 1;
    if (word == "two") return 2;
    return fail(Code::invalid, fmt::format("--approval: expected none, one or two, found \"{}\"", word));
}

}  // namespace tocsin::app
