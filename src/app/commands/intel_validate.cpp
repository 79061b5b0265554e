#include "app/command.hpp"
#include "formats/formats.hpp"
#include "intelligence/intelligence.hpp"
#include "store/store.hpp"

namespace tocsin::app {
namespace {

namespace stix = formats::stix;
constexpr std::size_t most_bytes = std::size_t{1} << 30;

/// Prints what one object has wrong, and counts.
class Judge {
  public:
    Judge(Invocation& call, std::string path) : call_(call), path_(std::move(path)), decoder_({.limits = {}}) {
        options_.check_should = !call.has("--must-only");
        options_.check_pattern = [](std::string_view pattern) -> std::optional<std::string> {
            auto const parsed = formats::stix_pattern::parse(pattern);
            return parsed ? std::nullopt : std::optional(parsed.error().message);
        };
    }

    void look_at(stix::BundleItem const& item) {
        ++objects;
        if (!item.fault.empty()) return tell(item, "", unreadable(item.fault));
        auto const view = decoder_.read(item.json);
        if (!view) return tell(item, "", unreadable(view.error().message));
        for (auto const& finding : stix::validate(**view, options_).findings) tell(item, (*view)->id, finding);
        if ((*view)->type == "indicator") tell_fate(item, **view);
    }

    std::int64_t objects = 0, must = 0, should = 0, unmatched = 0;

  private:
    /// Whether events would be held against it.
    void tell_fate(stix::BundleItem const& item, stix::ObjectView const& object) {
        bool const is_stix = object.pattern_type.empty() || object.pattern_type == "stix";
        auto const fate = is_stix ? intelligence::fate_of(object.pattern) : intelligence::PatternFate();
        auto const why = is_stix ? (fate.reason ? english(*fate.reason) : std::string())
                                 : fmt::format("patterns of the type {} are not", object.pattern_type);
        if (why.empty()) return;
        bool const is_never = fate.matching == intelligence::Matching::never;
        unmatched += is_never ? 1 : 0;
        if (!call_.json()) {
            call_.print("{}:{}: {} pattern: {} matched with events: {}", path_, item.line, object.id,
                        is_never ? "not" : "partly", why);
            return;
        }
        JsonWriter json;
        json.object()
            .field("file", path_)
            .field("line", item.line)
            .field("ordinal", item.ordinal)
            .field("id", object.id)
            .field("property", "pattern")
            .field("weight", "matching")
            .field("section", "")
            .field("message", why)
            .end();
        call_.print("{}", json.text());
    }
    static stix::Finding unreadable(std::string why) {
        stix::Finding finding;
        finding.message = std::move(why);
        return finding;
    }
    void tell(stix::BundleItem const& item, std::string_view id, stix::Finding const& finding) {
        bool const is_must = finding.weight == stix::Weight::must;
        ++(is_must ? must : should);
        if (!call_.json()) {
            call_.print(
                "{}:{}: {} {}: {} {}{}", path_, item.line, id.empty() ? fmt::format("object {}", item.ordinal) : id,
                finding.property.empty() ? "as a whole" : finding.property, is_must ? "must" : "should",
                finding.message, finding.section.empty() ? "" : fmt::format(" (STIX 2.1 section {})", finding.section));
            return;
        }
        JsonWriter json;
        json.object()
            .field("file", path_)
            .field("line", item.line)
            .field("ordinal", item.ordinal)
            .field("id", id)
            .field("property", finding.property)
            .field("weight", is_must ? "must" : "should")
            .field("section", finding.section)
            .field("message", finding.message)
            .end();
        call_.print("{}", json.text());
    }

    Invocation& call_;
    std::string path_;
    stix::Decoder decoder_;
    stix::ValidationOptions options_;
};

Exit run(Invocation& call) {
    std::int64_t objects = 0, must = 0, should = 0, unmatched = 0;
    for (auto const& word : call.arguments) {
        auto text = store::read_file(call.path(word), most_bytes);
        if (!text) return call.failed(text.error());
        formats::MemorySource source(*std::move(text));
        stix::BundleReader reader(source);
        Judge judge(call, word);
        while (true) {
            auto const item = reader.next();
            if (!item) return call.failed(item.error().during(word));
            if (!*item) break;
            judge.look_at(**item);
        }
        objects += judge.objects;
        must += judge.must;
        should += judge.should;
        unmatched += judge.unmatched;
    }
    call.tell(
        "{} objects: {} breaks of what must be, {} of what should be; {} indicators would not be matched with events",
        objects, must, should, unmatched);
    return must > 0 ? Exit::some_rejected : Exit::done;
}

}  // namespace

Command command_intel_validate() {
    return {.name = "intel validate",
            .summary = "Hold STIX files against the standard: which object, which property, which section",
            .about =
                "Says as well which indicators would not be matched with events, and why. Stores nothing.\n\n  tocsin "
                "intel validate bundle.json\n  tocsin intel validate --must-only --json "
                "bundle.json",
            .options = {{"--must-only", "", "leave out what only should be"}},
            .arguments = {{"FILE", "a bundle, an envelope, an array, or objects one behind the other", true, true}},
            .needs = Needs::nothing,
            .run = run};
}

}  // namespace tocsin::app
