#include "formats/stix/bundle_reader.hpp"

#include "formats/stix/json_window.hpp"

#include <fmt/format.h>

namespace tocsin::formats::stix {
namespace {

using Walk = JsonWindow::Walk;

constexpr std::size_t fault_sample = std::size_t{64} << 10;

}  // namespace

class BundleReader::State {
  public:
    State(ByteSource& source, BundleLimits const& limits) : limits_(limits), window_(source, limits.object_bytes) {}

    Result<std::optional<BundleItem>> next();
    BundleContainer const& container() const { return container_; }

  private:
    enum class Place { top, list, members };  ///< outside of containers, among the objects of one, among its members
    enum class Move { on, item, end };
    /// What a member says about the object it is in.
    enum class Hint { nothing, object, container, list, broken };

    Result<Move> step();
    Result<Move> at_top();
    Result<Move> in_list();
    Result<Move> in_members();
    Result<Move> begin_object();
    Result<Move> take_object();
    Result<Hint> look_at_members();
    Result<Hint> look_at_member(BundleContainer& container);
    Hint hint_of(std::string_view name, std::string_view value, BundleContainer& container);
    Status skip_byte_order_mark();

    Result<Move> pass_over(std::string_view expected, std::string_view stops);
    Result<Move> pass_over_value();
    Result<Move> end_early(std::string_view expected);
    Result<Move> give_fault(std::string_view expected);
    void begin_item();

    BundleLimits limits_;
    JsonWindow window_;
    JsonTree tree_;
    BundleContainer container_;
    BundleContainer candidate_;  ///< an object that may be a container
    BundleItem item_;
    Place place_ = Place::top;
    bool is_in_top_list_ = false;
    bool is_begun_ = false;
    bool may_be_envelope_ = false;
    std::int64_t ordinal_ = 0, faults_ = 0;
};

Result<std::optional<BundleItem>> BundleReader::State::next() {
    if (!is_begun_) CHECK(skip_byte_order_mark());
    is_begun_ = true;
    while (true) {
        window_.unpin();
        TRY(auto const move, step());
        if (limits_.bytes > 0 && window_.offset() > limits_.bytes)
            return fail(Code::limit, fmt::format("longer than {} bytes", limits_.bytes));
        if (move == Move::item) return std::move(item_);
        if (move == Move::end) return std::nullopt;
    }
}

Result<BundleReader::State::Move> BundleReader::State::step() {
    switch (place_) {
        case Place::top:
            return at_top();
        case Place::list:
            return in_list();
        case Place::members:
            return in_members();
    }
    return Move::end;
}

Status BundleReader::State::skip_byte_order_mark() {
    for (int const byte : {0xef, 0xbb, 0xbf}) {
        TRY(int const found, window_.peek());
        if (found != byte) return {};
        window_.skip();
    }
    return {};
}

Result<BundleReader::State::Move> BundleReader::State::at_top() {
    TRY(int const c, window_.peek());
    if (c == '{') return begin_object();
    if (c < 0) return is_in_top_list_ ? end_early("]") : Result<Move>(Move::end);
    bool const is_bracket = c == (is_in_top_list_ ? ']' : '[');
    if (is_bracket || c == ',' || c == 0x1e) {  // 0x1e: RFC 7464
        if (is_bracket) is_in_top_list_ = !is_in_top_list_;
        window_.skip();
        return Move::on;
    }
    return is_in_top_list_ ? pass_over_value() : pass_over("{ or [", "{[\n");
}

Result<BundleReader::State::Move> BundleReader::State::in_list() {
    TRY(int const c, window_.peek());
    if (c == '{') {
        begin_item();
        return take_object();
    }
    if (c < 0) return end_early("] and }");
    if (c != ']' && c != ',') return pass_over_value();
    if (c == ']') place_ = Place::members;
    window_.skip();
    return Move::on;
}

/// Before and behind the objects.
Result<BundleReader::State::Move> BundleReader::State::in_members() {
    TRY(int const c, window_.peek());
    if (c < 0) return end_early("}");
    if (c == '}') place_ = Place::top;
    if (c == '}' || c == ',') {
        window_.skip();
        return Move::on;
    }
    if (c != '"') return pass_over("a member of the container in quotes, or }", "\"}{");
    begin_item();
    TRY(auto const hint, look_at_member(container_));
    if (hint == Hint::list) place_ = Place::list;
    return hint == Hint::broken ? give_fault(window_.fault()) : Result<Move>(Move::on);
}

Result<BundleReader::State::Move> BundleReader::State::begin_object() {
    begin_item();
    window_.skip();
    TRY(auto const hint, look_at_members());
    if (hint == Hint::container || hint == Hint::list) {
        container_ = std::move(candidate_);
        if (container_.kind == BundleContainer::Kind::none) container_.kind = BundleContainer::Kind::envelope;
        place_ = hint == Hint::list ? Place::list : Place::members;
        return Move::on;
    }
    if (window_.is_too_long()) {  // the rest of it is passed over like a container's members
        place_ = Place::members;
        return give_fault("");
    }
    window_.rewind();
    return take_object();
}

/// Stands behind the member that says what the object is, or anywhere in an object that is no container.
Result<BundleReader::State::Hint> BundleReader::State::look_at_members() {
    candidate_ = {};
    may_be_envelope_ = true;
    while (true) {
        TRY(int const c, window_.peek());
        if (c == ',') {
            window_.skip();
            continue;
        }
        if (c == '}') return may_be_envelope_ ? Hint::container : Hint::object;
        if (c != '"') return Hint::object;
        TRY(auto const hint, look_at_member(candidate_));
        if (window_.is_too_long() && hint != Hint::list) return Hint::nothing;
        if (hint == Hint::broken) return Hint::object;
        if (hint != Hint::nothing) return hint;
    }
}

Result<BundleReader::State::Hint> BundleReader::State::look_at_member(BundleContainer& container) {
    auto const name_at = window_.pinned().size();
    TRY(auto const named, window_.walk_text());
    if (named != Walk::whole) return Hint::broken;
    auto const name_size = window_.pinned().size() - name_at;
    TRY(int const colon, window_.peek());
    if (colon != ':') {
        window_.blame(":");
        return Hint::broken;
    }
    window_.skip();
    TRY(int const first, window_.peek());
    bool const is_objects = !window_.is_too_long() && window_.pinned().substr(name_at, name_size) == "\"objects\"";
    if (is_objects && first == '[') {
        window_.skip();
        return Hint::list;
    }
    auto const value_at = window_.pinned().size();
    TRY(auto const walk, window_.walk_value());
    if (walk != Walk::whole) return Hint::broken;
    if (window_.is_too_long()) return Hint::nothing;
    auto const kept = window_.pinned();
    return hint_of(kept.substr(name_at, name_size), kept.substr(value_at), container);
}

BundleReader::State::Hint BundleReader::State::hint_of(std::string_view name, std::string_view value,
                                                       BundleContainer& container) {
    auto const text = [&] { return std::string(tree_.parse(value) ? tree_.root().text() : std::string_view()); };
    if (name == "\"type\"" || name == "\"id\"") {
        bool const is_bundle = name == "\"id\"" ? value.starts_with("\"bundle--") : value == "\"bundle\"";
        if (!is_bundle) return Hint::object;
        if (name == "\"id\"") container.id = text();
        container.kind = BundleContainer::Kind::bundle;
        return Hint::container;
    }
    if (name == "\"more\"") {
        container.more = value == "true";
    } else if (name == "\"next\"") {
        container.next = text();
    } else if (name == "\"spec_version\"") {
        container.spec_version = text();
        may_be_envelope_ = false;
    } else {
        may_be_envelope_ = false;
    }
    return Hint::nothing;
}

/// The object that begins at the pinned byte.
Result<BundleReader::State::Move> BundleReader::State::take_object() {
    TRY(auto const walk, window_.walk_nested());
    if (walk == Walk::cut) return give_fault("the end of the object before the end of the input");
    if (walk == Walk::broken || window_.is_too_long()) return give_fault(window_.fault());
    item_.json = window_.minified();
    item_.ordinal = ++ordinal_;
    return Move::item;
}

/// Bytes that belong nowhere, up to one that may begin something.
Result<BundleReader::State::Move> BundleReader::State::pass_over(std::string_view expected, std::string_view stops) {
    begin_item();
    window_.skip();
    CHECK(window_.skip_to(stops));
    return give_fault(expected);
}

/// An element of a list that is no object.
Result<BundleReader::State::Move> BundleReader::State::pass_over_value() {
    TRY(int const c, window_.peek());
    if (c == '}' || c == ':') return pass_over("an object", "{],");
    begin_item();
    TRY([[maybe_unused]] auto const walk, window_.walk_value());
    return give_fault("an object");
}

Result<BundleReader::State::Move> BundleReader::State::end_early(std::string_view expected) {
    begin_item();
    place_ = Place::top;
    is_in_top_list_ = false;
    return give_fault(fmt::format("{} before the end of the input", expected));
}

void BundleReader::State::begin_item() {
    item_ = {.offset = window_.offset(), .line = window_.line(), .json = {}, .fault = {}};
    window_.pin();
}

Result<BundleReader::State::Move> BundleReader::State::give_fault(std::string_view expected) {
    if (++faults_ > limits_.faults)
        return fail(Code::limit, fmt::format("more than {} faults: this is no STIX", limits_.faults));
    item_.ordinal = ++ordinal_;
    if (window_.is_too_long()) {
        item_.fault = fmt::format("expected an object of at most {} bytes", limits_.object_bytes);
    } else {
        item_.fault = fmt::format("expected {}", expected);
        item_.json = window_.pinned().substr(0, fault_sample);
    }
    return Move::item;
}

BundleReader::BundleReader(ByteSource& source, BundleLimits const& limits)
    : state_(std::make_unique<State>(source, limits)) {}
BundleReader::~BundleReader() = default;
BundleReader::BundleReader(BundleReader&&) noexcept = default;
BundleReader& BundleReader::operator=(BundleReader&&) noexcept = default;

Result<std::optional<BundleItem>> BundleReader::next() {
    return state_->next();
}
BundleContainer const& BundleReader::container() const {
    return state_->container();
}

}  // namespace tocsin::formats::stix
