#include "sharing/mappings/misp_source.hpp"

#include <fmt/format.h>

namespace tocsin::sharing::misp {
namespace {

constexpr std::size_t most_events = 1'000'000;
constexpr std::size_t sample = std::size_t{16} << 10;

}  // namespace

using Kind = formats::misp::EventItem::Kind;

Status EventSource::look_ahead() {
    formats::misp::EventReader heads(events_);
    while (true) {
        TRY(auto const item, heads.next());
        if (!item) break;
        if (item->kind != Kind::end) continue;
        if (contexts_.size() == most_events) return fail(Code::limit, "more than a million events");
        auto context = context_of(item->json);
        contexts_.push_back(context ? *std::move(context) : EventContext());
    }
    CHECK(events_.rewind());
    reader_ = std::make_unique<formats::misp::EventReader>(events_);
    if (!contexts_.empty()) converter_.begin(contexts_.front());
    return {};
}

void EventSource::set_aside(formats::misp::EventItem const& item, std::string_view reason) {
    JsonWriter json;
    json.object().field("unmapped", reason).field("line", item.line);
    json.field("as_it_came", item.json.substr(0, sample)).end();
    objects_.push_back(std::move(json).text());
}

Status EventSource::step() {
    TRY(auto const item, reader_->next());
    if (!item) {
        is_at_end_ = true;
        return {};
    }
    bool const has_context = event_ < contexts_.size() && !contexts_[event_].event_id.empty();
    if (item->kind == Kind::fault) {
        set_aside(*item, item->fault);
    } else if (!has_context) {
        set_aside(*item, "the event it is in can't be read");
    } else {
        auto const done = item->kind == Kind::end ? converter_.finish(item->json, objects_)
                                                  : converter_.add(item->kind, item->json, objects_);
        if (!done) set_aside(*item, done.error().message);
    }
    if (item->kind == Kind::end && ++event_ < contexts_.size()) converter_.begin(contexts_[event_]);
    return {};
}

Result<std::size_t> EventSource::read(std::span<char> into) {
    if (!reader_) CHECK(look_ahead());
    while (at_ == text_.size() && !is_at_end_) {
        text_.clear();
        at_ = 0;
        CHECK(step());
        for (auto const& object : objects_) text_ += object + "\n";
        objects_.clear();
    }
    auto const size = text_.copy(into.data(), into.size(), at_);
    at_ += size;
    return size;
}

}  // namespace tocsin::sharing::misp
