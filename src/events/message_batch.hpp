#pragma once
#include "events/feed_definition.hpp"

#include <string>
#include <string_view>
#include <vector>

/// How the messages of a stream become reports. Private to the room.
namespace tocsin::events {

/// How messages stand in one report.
enum class Joining : std::uint8_t {
    documents,  ///< JSON: one behind the other, each on a line
    lines,      ///< text: each brings one line or more
    alone,      ///< each is a report: a table with its header, XML, a mail
};
Joining joining_of(FeedDefinition const& feed);

/// Messages that become one report of a feed, and those that can't stand with others.
///
/// A message can spoil nothing but itself: one that is no JSON where JSON is expected becomes a record that the feed's
/// parser rejects and keeps, with the message as its text; one that is packed, of another character set, or would
/// swallow what follows it, stands alone.
class MessageBatch {
  public:
    explicit MessageBatch(FeedDefinition const& feed) : feed_(&feed), joining_(joining_of(feed)) {}

    void add(std::string_view body, std::string mark);
    bool is_empty() const { return marks_.empty() && alone_.empty(); }
    std::size_t messages() const { return marks_.size() + alone_.size(); }
    std::size_t bytes() const { return bytes_; }

    struct Alone {
        std::string body, mark;
    };
    std::string const& joined() const { return joined_; }
    /// Of the messages in `joined`.
    std::vector<std::string> const& marks() const { return marks_; }
    std::vector<Alone> const& alone() const { return alone_; }
    void clear();

  private:
    void add_document(std::string_view body);
    std::string as_record(std::string_view body) const;
    bool must_be_alone(std::string_view body) const;

    FeedDefinition const* feed_;
    Joining joining_;
    std::string joined_;
    std::vector<std::string> marks_;
    std::vector<Alone> alone_;
    std::size_t bytes_ = 0;
};

}  // namespace tocsin::events
