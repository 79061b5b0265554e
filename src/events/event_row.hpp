#pragma once
#include "events/batch.hpp"
#include "events/dictionary.hpp"
#include "events/engine.hpp"
#include "events/hash.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::events {

/// Fields whose texts are few: stored as words. Severity and tlp are ranks in the archive.
inline constexpr std::array word_fields = {
    Field::classification_taxonomy,
    Field::classification_type,
    Field::classification_identifier,
    Field::protocol_transport,
    Field::protocol_application,
    Field::source_cc,
    Field::source_region,
    Field::source_city,
    Field::source_as_name,
    Field::malware_name,
};
inline constexpr std::size_t word_taxonomy = 0, word_type = 1, word_identifier = 2, word_transport = 3,
                             word_application = 4, word_country = 5, word_region = 6, word_city = 7, word_as_name = 8,
                             word_malware = 9;

/// What is the same for all events of a batch.
struct RowHead {
    std::int64_t report = 0;
    Word feed = 0;
    Word base = 0;  ///< JSON members of the constant fields that have no column
    std::int32_t round = 0;
    std::int32_t window_days = 1;
};

/// An event on its way into the archive: fixed size, texts behind `text`.
struct EventRow {
    IpAddress source;
    IpAddress destination;
    EventKey key;
    std::int64_t time = 0;       ///< microseconds
    std::uint64_t subject = 0;   ///< hash of account, URL or domain if the finding is about one
    char const* text = nullptr;  ///< fqdn, reverse DNS name, URL, other fields, one behind the other
    RowHead const* head = nullptr;
    std::array<Word, word_fields.size()> words{};
    std::uint32_t asn = 0;
    std::uint32_t organisation = 0;
    std::uint32_t finding_class = 0;
    std::uint32_t rest_size = 0;  ///< of the other fields
    std::uint32_t url_size = 0;
    std::uint16_t fqdn_size = 0;
    std::uint16_t reverse_size = 0;
    std::int32_t port = -1;  ///< -1: none
    std::int32_t destination_port = -1;
    std::uint8_t network_length = 0;  ///< of 128; 0: none
    std::uint8_t lane = 0;
    std::uint8_t flags = 0;
    std::uint8_t severity = 0;  ///< 0 none, 1 info ... 5 critical
    std::uint8_t tlp = 0;       ///< 0 none, 1 CLEAR ... 5 RED
    bool duplicate = false;

    static constexpr std::uint8_t has_source_time = 1;  ///< `time` is time.source
    static constexpr std::uint8_t has_finding = 2;      ///< has an address or a subject
    static constexpr std::uint8_t port_is_service = 4;  ///< the port is part of the finding
    static constexpr std::uint8_t tlp_is_told = 8;      ///< by the event itself, not by its feed
    static constexpr std::uint8_t subject_shift = 4;    ///< 2 bits: SubjectKind
    /// None of the other fields is in `observable_fields`. Events of older archives don't say so: look at them.
    static constexpr std::uint8_t rest_is_plain = 64;

    std::string_view fqdn() const { return {text, fqdn_size}; }
    std::string_view reverse_name() const { return {text + fqdn_size, reverse_size}; }
    std::string_view url() const { return {text + fqdn_size + reverse_size, url_size}; }
    std::string_view rest() const { return {text + fqdn_size + reverse_size + url_size, rest_size}; }
};

enum class SubjectKind : std::uint8_t { none, domain, url, account };

struct FindingSubject {
    std::uint64_t hash;
    SubjectKind kind;
    std::string text;
};

/// A batch ready for the committer. Movable: rows point into `text` and at `head`, which stay where they are.
struct EncodedBatch {
    std::unique_ptr<RowHead> head;
    std::vector<EventRow> rows;
    std::unique_ptr<char[]> text;
    std::size_t text_bytes = 0;
    std::vector<FindingSubject> subjects;
    std::int64_t newest = 0;  ///< time of the newest event

    std::size_t bytes() const { return rows.capacity() * sizeof(EventRow) + text_bytes; }
};

std::uint8_t severity_rank(std::string_view severity);
std::string_view severity_named(std::uint8_t rank);
std::uint8_t tlp_rank(std::string_view tlp);
std::string_view tlp_named(std::uint8_t rank);
std::uint64_t subject_hash(SubjectKind kind, std::string_view text);

struct EncodeOptions {
    std::int64_t report = 0;
    Timestamp received;
    std::int32_t round = 0;
    FeedDefinition const* feed = nullptr;
    HashSecret const* secret = nullptr;
};

/// One for each parser thread: turns parsed batches into rows; enriches and attributes by batch.
class Encoder {
  public:
    Encoder(Dictionary& dictionary, HashSecret const& secret) : words_(dictionary), secret_(secret) {}

    EncodedBatch encode(EventBatch const& batch, Surroundings const* surroundings, EncodeOptions const& options);

  private:
    void add_keys(EventBatch const& batch, EncodeOptions const& options, EncodedBatch& out);
    void add_columns(EventBatch const& batch, EncodeOptions const& options, EncodedBatch& out);
    void attribute(EventBatch const& batch, Surroundings const* surroundings, EncodedBatch& out);
    void add_texts(EventBatch const& batch, EncodedBatch& out);
    void add_words(EventBatch const& batch, std::size_t which, EncodedBatch& out);

    WordCache words_;
    HashSecret const& secret_;
    std::vector<Field> rest_fields_;  ///< of the batch: without a column, not constant
    std::vector<Field> odd_words_;    ///< of the batch: some text was no word
    std::vector<Subject> questions_;
    std::vector<Attribution> answers_;
    std::string rest_;
};

}  // namespace tocsin::events
