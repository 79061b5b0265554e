#pragma once
#include "intelligence/filter_words.hpp"
#include "intelligence/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

/// A question that somebody keeps under a name.
struct SavedSearch {
    std::int64_t id = 0;
    std::string name = {};
    std::string query = {};  ///< filter_words
    std::string owner = {};  ///< Principal::who
    bool is_team = false;
    Timestamp created = {};
};
struct NewSearch {
    std::string name;  ///< 1 to 200 bytes, of each owner's once
    std::string query = {};
    bool is_team = false;
};

/// The saved searches: one's own and the team's. Who acts through a command sees all. A value: make one when it is
/// needed.
class Searches {
  public:
    explicit Searches(Intelligence& room) : room_(room) {}

    /// Errors: Code::invalid for a query that can't be asked; Code::conflict for a name that is taken; Code::limit.
    Result<SavedSearch> add(NewSearch const& wanted, access::Principal const& by);
    Result<std::vector<SavedSearch>> all(access::Principal const& by) const;
    /// By number or name; of two of a name one's own. Errors: Code::not_found, also for another's.
    Result<SavedSearch> find(std::string_view number_or_name, access::Principal const& by) const;
    /// One's own; an administrator's any. Errors: Code::not_found, Code::denied; Code::conflict while it is watched.
    Status remove(std::int64_t id, access::Principal const& by);
    /// What it asks for, as of now; for lists, collections, exports.
    static Result<ObjectFilter> filter(SavedSearch const& search, Timestamp now);

  private:
    Intelligence& room_;
};

struct Watch {
    std::int64_t id = 0;
    std::string name = {};
    std::int64_t search = 0;  ///< 0: a list of values
    std::string search_name = {};
    std::vector<std::string> values = {};
    std::string owner = {};
    bool is_team = false;
    Timestamp created = {};
    std::int64_t unread = 0;         ///< of what the asker may see, with the events
    std::int64_t unread_events = 0;  ///< of these the events that carried a value
};
struct NewWatch {
    std::string name = {};
    std::int64_t search = 0;
    std::vector<std::string> values = {};  ///< addresses, networks, domains, hashes, ...: at most 1,000
    bool is_team = false;
};

/// One new thing that a watch was made for.
struct WatchHit {
    std::int64_t id = 0;
    Timestamp at;
    std::string value;    ///< which of the watched; empty: found by a search
    std::string subject;  ///< of a match: the machine that met the indicator
    bool is_read = false;
    gate::Cleared<Object> object;  ///< of a match its indicator
};
struct WatchHits {
    std::vector<WatchHit> items;  ///< the newest first
    std::string next;
};

/// An event that came in carried a watched value: once for each value, machine, side and day.
struct WatchedEvent {
    std::int64_t id = 0;
    std::string value;    ///< which of the watched
    std::string seen;     ///< as the event had it
    std::string side;     ///< source, destination, file
    std::string subject;  ///< the machine it is about: address, else name, URL, account
    Timestamp observed, at;
    std::string feed;
    std::int64_t report = 0;
    gate::Tlp tlp = gate::Tlp::red;
    bool is_read = false;
};

}  // namespace tocsin::intelligence

template <>
struct tocsin::gate::About<tocsin::intelligence::WatchedEvent> {
    static Particulars of(intelligence::WatchedEvent const& event) {
        Particulars particulars;
        particulars.kind = "watched_event";
        particulars.id = std::to_string(event.id);
        particulars.marking = {event.tlp};
        return particulars;
    }
};

namespace tocsin::intelligence {

/// {"id", "at", "observed", "value", "seen", "side", "subject", "feed", "report", "tlp", "is_read"}
void append_watched_event(JsonWriter& json, gate::Cleared<WatchedEvent> const& event);

struct WatchedEvents {
    std::vector<gate::Cleared<WatchedEvent>> items;  ///< the newest first
    std::string next;
};

/// Watches tell their owners what is new: an object that a search finds, an object, a match or an event about one of
/// a list's values. Looked for as the owner, shown as whoever asks: nobody is told of what they may not see. Read is
/// read for all who see the watch. The newest 10,000 hits of a watch are kept. A value: make one when it is needed.
class Watches {
  public:
    explicit Watches(Intelligence& room) : room_(room) {}

    /// What is here already is no news.
    /// Errors: Code::invalid for a value that can't be told; Code::conflict for a name that is taken; Code::limit.
    Result<Watch> add(NewWatch const& wanted, access::Principal const& by);
    Result<std::vector<Watch>> all(access::Principal const& by) const;
    Result<Watch> find(std::string_view number_or_name, access::Principal const& by) const;
    Status remove(std::int64_t id, access::Principal const& by);

    Result<WatchHits> hits(std::int64_t watch, bool only_unread, access::Principal const& by,
                           PageRequest const& page) const;
    /// Events that carried a value of a list.
    Result<WatchedEvents> events(std::int64_t watch, bool only_unread, access::Principal const& by,
                                 PageRequest const& page) const;
    /// Empty: all of the watch. Gives how many were unread.
    Result<std::int64_t> read_events(std::int64_t watch, std::vector<std::int64_t> const& events,
                                     access::Principal const& by);
    /// Of all watches that `by` sees.
    Result<std::int64_t> unread(access::Principal const& by) const;
    /// Empty: all of the watch. Gives how many were unread.
    Result<std::int64_t> read(std::int64_t watch, std::vector<std::int64_t> const& hits, access::Principal const& by);

    /// Looks at what is new since the last time, at most 50,000 objects a watch, and writes down hits. Cheap when there
    /// is nothing new; cut off, it goes on from there and doubles nothing. One thread at a time. Gives how many.
    Result<std::int64_t> look(std::function<bool()> const& is_cancelled = {});

  private:
    Intelligence& room_;
};

}  // namespace tocsin::intelligence
