#include "api/change_stream.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace tocsin::api {

namespace {

std::string message(std::uint64_t number, std::string_view kind, std::string_view id, std::string_view change,
                    Timestamp now) {
    JsonWriter json;
    json.object().field("kind", kind).field("id", id).field("change", change).field("at", now).end();
    return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", number, kind, json.text());
}

}  // namespace

void ChangeStream::publish(std::string_view kind, std::string_view id, std::string_view change, Timestamp now) {
    std::lock_guard const lock(mutex_);
    auto text = message(++last_, kind, id, change, now);
    std::erase_if(listeners_, [&](Listener const& listener) { return !listener.sink->send(text); });
    remembered_.push_back({last_, std::move(text)});
    if (remembered_.size() > most_remembered) remembered_.pop_front();
}

void ChangeStream::join(std::shared_ptr<net::EventSink> sink, std::string owner, std::string_view last_event_id,
                        Timestamp now) {
    std::lock_guard const lock(mutex_);
    auto const known = parse_int(last_event_id);
    auto const oldest = remembered_.empty() ? last_ + 1 : remembered_.front().number;
    auto const is_whole = !known || (*known >= 0 && static_cast<std::uint64_t>(*known) + 1 >= oldest &&
                                     static_cast<std::uint64_t>(*known) <= last_);
    sink->send("retry: 2000\n" + message(last_, "hello", "", is_whole ? "added" : "removed", now));
    if (known && is_whole) {
        for (auto const& missed : remembered_) {
            if (missed.number > static_cast<std::uint64_t>(*known)) sink->send(missed.text);
        }
    }
    listeners_.push_back({std::move(owner), std::move(sink)});
}

void ChangeStream::close_for(std::string_view owner) {
    std::lock_guard const lock(mutex_);
    std::erase_if(listeners_, [&](Listener const& listener) {
        if (listener.owner != owner) return false;
        listener.sink->close();
        return true;
    });
}

}  // namespace tocsin::api
