#include "formats/misp/event_reader.hpp"

#include "formats/stix/json_window.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace tocsin::formats::misp {
namespace {

using stix::JsonWindow;
using Kind = EventItem::Kind;

constexpr std::size_t fault_sample = std::size_t{16} << 10;
constexpr std::size_t looked_at = std::size_t{64} << 10;

std::optional<Kind> list_of(std::string_view quoted_name) {
    static constexpr std::array<std::pair<std::string_view, Kind>, 4> lists{{{"\"Attribute\"", Kind::attribute},
                                                                             {"\"Object\"", Kind::object},
                                                                             {"\"ShadowAttribute\"", Kind::proposal},
                                                                             {"\"EventReport\"", Kind::report}}};
    for (auto const& [name, kind] : lists)
        if (name == quoted_name) return kind;
    return std::nullopt;
}

}  // namespace

class EventReader::State {
  public:
    State(ByteSource& source, EventLimits const& limits)
        : limits_(limits), window_(source, std::max(limits.element_bytes, limits.head_bytes)) {}

    Result<std::optional<EventItem>> next();

  private:
    enum class Place { outside, members, list };
    enum class Move { on, item, end };

    Result<Move> step();
    Result<Move> outside();
    Result<Move> member_outside();
    Result<Move> open_outside();
    Result<Move> members();
    Result<Move> member();
    Result<Move> element();
    Result<Move> fault(std::string_view expected);
    Result<Move> finish_event(bool is_whole);
    Result<bool> name_and_colon(std::string& name);
    Status byte_order_mark();
    void begin_item() {
        item_ = {.kind = Kind::fault, .offset = window_.offset(), .line = window_.line(), .json = {}, .fault = {}};
        window_.pin();
    }

    EventLimits limits_;
    JsonWindow window_;
    EventItem item_;
    std::string head_, given_head_, name_;
    std::uint64_t event_offset_ = 0, event_line_ = 0;
    Place place_ = Place::outside;
    Kind list_ = Kind::attribute;
    std::int64_t faults_ = 0;
    bool is_begun_ = false;
};

Result<std::optional<EventItem>> EventReader::State::next() {
    if (!std::exchange(is_begun_, true)) CHECK(byte_order_mark());
    while (true) {
        window_.unpin();
        TRY(auto const move, step());
        if (move == Move::item) return std::move(item_);
        if (move == Move::end) return std::nullopt;
    }
}

Result<EventReader::State::Move> EventReader::State::step() {
    switch (place_) {
        case Place::outside:
            return outside();
        case Place::members:
            return members();
        case Place::list:
            return element();
    }
    return Move::end;
}

Status EventReader::State::byte_order_mark() {
    for (int const byte : {0xef, 0xbb, 0xbf}) {
        TRY(int const found, window_.peek());
        if (found != byte) return {};
        window_.skip();
    }
    return {};
}

Result<bool> EventReader::State::name_and_colon(std::string& name) {
    auto const at = window_.pinned().size();
    TRY(auto const walk, window_.walk_text());
    name = window_.pinned().substr(std::min(at, window_.pinned().size()));
    TRY(int const colon, window_.peek());
    if (walk != JsonWindow::Walk::whole || colon != ':') return false;
    window_.skip();
    return true;
}

/// Among wrappers: their brackets are passed over, their members looked at.
Result<EventReader::State::Move> EventReader::State::outside() {
    TRY(int const c, window_.peek());
    if (c < 0) return Move::end;
    if (c == '{') return open_outside();
    if (c == '"') return member_outside();
    if (c == '[' || c == ']' || c == '}' || c == ',') {
        window_.skip();
        return Move::on;
    }
    begin_item();
    window_.skip();
    CHECK(window_.skip_to("{[\n"));
    return fault("{ or [");
}

/// A wrapper, or an event without one.
Result<EventReader::State::Move> EventReader::State::open_outside() {
    event_offset_ = window_.offset();
    event_line_ = window_.line();
    window_.skip();
    TRY(int const c, window_.peek());
    if (c != '"') return Move::on;
    begin_item();
    TRY(bool const is_member, name_and_colon(name_));
    window_.rewind();
    bool const is_wrapper = name_ == "\"Event\"" || name_ == "\"response\"";
    if (is_member && !is_wrapper) {
        head_.clear();
        place_ = Place::members;
    }
    return is_member ? Result<Move>(Move::on) : member_outside();
}

Result<EventReader::State::Move> EventReader::State::member_outside() {
    begin_item();
    TRY(bool const is_member, name_and_colon(name_));
    if (!is_member) {
        CHECK(window_.skip_to("{[\n"));
        return fault("a member");
    }
    TRY(int const c, window_.peek());
    if (name_ == "\"Event\"" && c == '{') {
        event_offset_ = window_.offset();
        event_line_ = window_.line();
        window_.skip();
        head_.clear();
        place_ = Place::members;
        return Move::on;
    }
    if (name_ == "\"response\"" && (c == '[' || c == '{')) return Move::on;
    TRY(auto const walk, window_.walk_value());
    return walk == JsonWindow::Walk::whole ? Result<Move>(Move::on) : fault(window_.fault());
}

Result<EventReader::State::Move> EventReader::State::members() {
    TRY(int const c, window_.peek());
    if (c == '"') return member();
    if (c == ',') {
        window_.skip();
        return Move::on;
    }
    if (c == '}') {
        window_.skip();
        return finish_event(true);
    }
    if (c < 0) return finish_event(false);
    begin_item();
    window_.skip();
    CHECK(window_.skip_to("\"}"));
    return fault("a member of the event in quotes, or }");
}

Result<EventReader::State::Move> EventReader::State::member() {
    begin_item();
    TRY(bool const is_member, name_and_colon(name_));
    if (!is_member) {
        CHECK(window_.skip_to("\",}"));
        return fault("a member of the event");
    }
    TRY(int const c, window_.peek());
    auto const list = list_of(name_);
    if (list && c == '[') {
        window_.skip();
        fmt::format_to(std::back_inserter(head_), "{}{}:[]", head_.empty() ? "" : ",", name_);
        list_ = *list;
        place_ = Place::list;
        return Move::on;
    }
    TRY(auto const walk, window_.walk_value());
    if (walk != JsonWindow::Walk::whole) return fault(window_.fault());
    auto const text = window_.is_too_long() ? std::string_view() : window_.minified();
    if (text.empty() || head_.size() + text.size() > limits_.head_bytes)
        return fail(Code::limit,
                    fmt::format("line {}: the event has more than {} bytes beside its attributes and objects",
                                window_.line(), limits_.head_bytes));
    if (!head_.empty()) head_ += ',';
    head_ += text;
    return Move::on;
}

Result<EventReader::State::Move> EventReader::State::element() {
    TRY(int const c, window_.peek());
    if (c == ',' || c == ']') {
        if (c == ']') place_ = Place::members;
        window_.skip();
        return Move::on;
    }
    if (c < 0) return finish_event(false);
    begin_item();
    if (c != '{') {
        if (c == '}' || c == ':') {
            window_.skip();
            CHECK(window_.skip_to("{],"));
            return fault("an object");
        }
        TRY([[maybe_unused]] auto const walk, window_.walk_value());
        return fault("an object");
    }
    TRY(auto const walk, window_.walk_nested());
    if (walk == JsonWindow::Walk::cut) return fault("the end of the object before the end of the input");
    if (walk == JsonWindow::Walk::broken || window_.is_too_long()) return fault(window_.fault());
    item_.kind = list_;
    item_.json = window_.minified();
    if (item_.json.size() > limits_.element_bytes)
        return fault(fmt::format("an object of at most {} bytes", limits_.element_bytes));
    return Move::item;
}

Result<EventReader::State::Move> EventReader::State::finish_event(bool is_whole) {
    if (!is_whole) {  // what came before the cut is given as faults would be: the event has no end
        place_ = Place::outside;
        begin_item();
        return fault("the end of the event before the end of the input");
    }
    given_head_ = fmt::format("{{{}}}", head_);
    item_ = {.kind = Kind::end, .offset = event_offset_, .line = event_line_, .json = given_head_, .fault = {}};
    place_ = Place::outside;
    return Move::item;
}

Result<EventReader::State::Move> EventReader::State::fault(std::string_view expected) {
    if (++faults_ > limits_.faults)
        return fail(Code::limit, fmt::format("line {}: more than {} faults: these are no MISP events", window_.line(),
                                             limits_.faults));
    item_.kind = Kind::fault;
    if (window_.is_too_long()) {
        item_.fault = fmt::format("expected an object of at most {} bytes", limits_.element_bytes);
    } else {
        item_.fault = fmt::format("expected {}", expected.empty() ? "JSON" : expected);
        item_.json = window_.pinned().substr(0, fault_sample);
    }
    return Move::item;
}

EventReader::EventReader(ByteSource& source, EventLimits const& limits)
    : state_(std::make_unique<State>(source, limits)) {}
EventReader::~EventReader() = default;

Result<std::optional<EventItem>> EventReader::next() {
    return state_->next();
}

bool looks_like_events(std::string_view start) {
    start = start.substr(0, looked_at);
    if (start.starts_with("\xef\xbb\xbf")) start.remove_prefix(3);
    auto const first = start.find_first_not_of(" \t\r\n[{");
    if (first == std::string_view::npos || start.find('{') >= first) return false;
    auto const rest = start.substr(first);
    auto const names = [&](std::string_view name) {
        if (!rest.starts_with(name)) return false;
        auto const colon = rest.find_first_not_of(" \t\r\n", name.size());
        return colon != std::string_view::npos && rest[colon] == ':';
    };
    if (names("\"Event\"") || names("\"response\"")) return true;
    auto const stix = rest.find("\"spec_version\"");
    auto const bundle = rest.find("\"objects\"");
    auto const own = std::min({rest.find("\"threat_level_id\""), rest.find("\"Orgc\""), rest.find("\"Attribute\""),
                               rest.find("\"orgc_id\"")});
    return own != std::string_view::npos && own < std::min(stix, bundle);
}

}  // namespace tocsin::formats::misp
