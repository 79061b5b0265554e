#pragma once
#include "formats/detection/detection.hpp"
#include "formats/stix/identifier.hpp"

#include <unordered_set>

/// What the writers of the formats share. Private to formats/detection.
namespace tocsin::formats::detection {

/// Of an entry and a part of it ("dns"): the same for ever.
stix::Uuid stable_uuid(Entry const& entry, std::string_view part);

/// Numbers of rules, from 1,000,000,000 to 2^31 - 1, which nobody else uses. They come from the entry; where two fall
/// on one number, the later takes the next that is free.
class RuleNumbers {
  public:
    std::uint32_t number_of(Entry const& entry, std::string_view part);

  private:
    std::unordered_set<std::uint32_t> used_;
};

/// Collects what a writer writes and passes it on in larger pieces. After an error of the sink nothing more is passed.
class Output {
  public:
    explicit Output(Sink const& sink) : sink_(sink) {}

    void put(std::string_view text) {
        buffer_ += text;
        if (buffer_.size() >= most_buffered) flush();
    }
    void wrote() { ++written_.entries; }
    void left_out() { ++written_.left_out; }
    RuleNumbers& numbers() { return numbers_; }
    Written const& written() const { return written_; }
    Status finish() {
        flush();
        return std::move(status_);
    }

  private:
    static constexpr std::size_t most_buffered = std::size_t{64} << 10;
    void flush() {
        if (status_ && !buffer_.empty()) status_ = sink_(buffer_);
        buffer_.clear();
    }

    Sink const& sink_;
    std::string buffer_;
    RuleNumbers numbers_;
    Written written_;
    Status status_;
};

/// The body of a file: what stands between the comments.
using WriteBody = void (*)(std::span<Entry const> entries, Output& out);

void write_csv(std::span<Entry const> entries, Output& out);
void write_domain_list(std::span<Entry const> entries, Output& out);
void write_hash_list(std::span<Entry const> entries, Output& out);
void write_hosts(std::span<Entry const> entries, Output& out);
void write_ip_list(std::span<Entry const> entries, Output& out);
void write_nftables(std::span<Entry const> entries, Output& out);
void write_rpz(std::span<Entry const> entries, Output& out);
void write_sigma(std::span<Entry const> entries, Output& out);
void write_snort3(std::span<Entry const> entries, Output& out);
void write_squid(std::span<Entry const> entries, Output& out);
void write_suricata(std::span<Entry const> entries, Output& out);
void write_url_list(std::span<Entry const> entries, Output& out);
void write_yara(std::span<Entry const> entries, Output& out);

/// What own rules of one file must not have twice.
struct OwnNames {
    RuleNumbers& numbers;
    std::unordered_set<std::string> taken = {};  ///< names, ids, whole texts
    std::unordered_set<std::uint32_t> sids = {};
};
/// The text of an own rule as it goes into the file, with its line end. Errors: Code::invalid with the reason.
using CheckOwn = Result<std::string> (*)(OwnRule const& rule, OwnNames& names);
Result<std::string> own_suricata(OwnRule const& rule, OwnNames& names);
Result<std::string> own_snort(OwnRule const& rule, OwnNames& names);
Result<std::string> own_sigma(OwnRule const& rule, OwnNames& names);
Result<std::string> own_yara(OwnRule const& rule, OwnNames& names);

/// UTF-8 without control characters and line ends of any kind, not empty.
bool is_one_line(std::string_view value);
/// A name that any resolver and zone file takes as it is: letters, digits, "-" and "_" in labels of at most 63, in all
/// at most `most` characters.
bool is_host_name(std::string_view name, std::size_t most = 253);

/// A URL taken apart; nothing when it is not http or https, or its host is no name and no IPv4 address.
struct WebAddress {
    std::string host;    ///< lower case, without port
    std::string target;  ///< path and query, never empty
};
std::optional<WebAddress> web_address(std::string_view url);

/// In quotes of a Suricata or Snort `content`: all but letters, digits and a few harmless characters as |hex|.
std::string rule_content(std::string_view bytes);
/// `indicator indicator--..., confidence 80, valid_until 2026-12-01`.
std::string rule_metadata(Entry const& entry);
/// The name, or the value if there is none, made plain.
std::string title_of(Entry const& entry);

}  // namespace tocsin::formats::detection
